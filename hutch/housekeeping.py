"""What has to be done now and then while Hutch runs, by the clock of ``schedule``."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from schedule import Scheduler

from collector.clock import Clock, SystemClock
from hutch.config import Config
from influx.embedded import EmbeddedStore
from influx.schema import RECORDED
from influx.store import RowQuery, Store, StoreError
from influx.upkeep import Upkeep
from influx.windows import ALL_TIME

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0


class Job:
    """Something done now and then, whose failure is logged when it begins and when it is over."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._name = name
        self._work = work
        self._failures = 0

    def __call__(self) -> None:
        """Do it; whatever goes wrong, the next time comes."""
        try:
            self._work()
        except Exception as error:
            self._failures += 1
            if self._failures == 1:
                # An absent store is a state to live in, anything else a mistake whose place we want to know.
                trace = None if isinstance(error, StoreError) else error
                logger.warning("%s failed and is tried again: %s", self._name, error, exc_info=trace)
            return
        if self._failures:
            logger.info("%s works again after %d failures", self._name, self._failures)
            self._failures = 0


def jobs_for(store: Store, config: Config, stop: threading.Event, *, clock: Clock | None = None) -> Scheduler:
    """The jobs that ``store`` needs; call ``run_pending`` of what is returned often.

    InfluxDB expires old points by itself; the embedded store is told to, each hour. Where no ``clock`` is
    given it is this machine's.
    """
    known = clock or SystemClock()
    jobs = Scheduler()
    upkeep = Upkeep(store, config.influx.retention, ZoneInfo(config.timezone), stop=stop)
    jobs.every().minute.do(Job("the upkeep of rollups", lambda: upkeep.tick(datetime.now(UTC))))
    if isinstance(store, EmbeddedStore):
        jobs.every().hour.do(Job("the deletion of old points", lambda: _expire(store, known)))
    return jobs


def keep_house(jobs: Scheduler, stop: threading.Event) -> None:
    """Run every job at once, and then each in its turn until ``stop``; the body of a thread of its own.

    A slow store must keep nobody from starting what has died.
    """
    jobs.run_all()
    while not stop.wait(_LOOK_SECONDS):
        jobs.run_pending()


def _expire(store: EmbeddedStore, clock: Clock) -> None:
    """Delete what is too old: too old beside the newest point while nobody knows what time it is.

    A clock that jumped ahead would delete all that a home has.
    """
    now = clock.now()
    if not clock.is_right():
        pages = [store.rows(RowQuery(spec.name, ALL_TIME, limit=1)) for spec in RECORDED]
        now = min(now, max((page.points[0].time.timestamp() for page in pages if page.points), default=now))
    if gone := sum(store.expire(now).values()):
        logger.info("deleted %s points that are older than their bucket keeps", gone)
