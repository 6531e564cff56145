"""What has to be done now and then while Hutch runs, by the clock of ``schedule``."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from schedule import Scheduler

from collector.clock import Clock, SystemClock
from hutch.alerting.book import Book
from hutch.alerting.present import Present
from hutch.alerting.watch import Watch
from hutch.config import Config
from hutch.home import keeping_clips, making_rollups, tends
from hutch.storage import keeps_clips, storage_of
from influx.schema import RECORDED
from influx.store import RowQuery, Store, StoreError
from influx.upkeep import Upkeep
from influx.windows import ALL_TIME
from vision.clips import ClipsError
from vision.connect import connect as connect_clips
from vision.storage import Storage

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
                trace = None if isinstance(error, StoreError | ClipsError) else error
                logger.warning("%s failed and is tried again: %s", self._name, error, exc_info=trace)
            return
        if self._failures:
            failures = "a failure" if self._failures == 1 else f"{self._failures} failures"
            logger.info("%s works again after %s", self._name, failures)
            self._failures = 0


def jobs_for(store: Store, config: Config, stop: threading.Event, *, clock: Clock | None = None) -> Scheduler:
    """The jobs that ``store`` needs; call ``run_pending`` of what is returned often.

    InfluxDB expires old points by itself; the embedded store is told to, each hour. Where no ``clock`` is
    given it is this machine's.
    """
    known = clock or SystemClock()
    jobs = Scheduler()
    upkeep = Upkeep(
        store,
        config.influx.retention,
        ZoneInfo(config.timezone),
        node=config.node,
        stop=stop,
        path=config.data_dir / "rollups.json",
    )
    jobs.every().minute.do(Job("the upkeep of rollups", lambda: _tend(upkeep, store, config, known)))
    if not store.tends_itself:
        jobs.every().hour.do(Job("the deletion of old points", lambda: _expire(store, known)))
    return jobs


def alerting_for(store: Store, config: Config, book: Book, *, clock: Clock | None = None) -> Scheduler:
    """The look for what is wrong, every ``[alerts] every``; no job where Grafana looks.

    Apart from the other jobs: rollups that take minutes must keep no mail waiting.
    """
    known = clock or SystemClock()
    jobs = Scheduler()
    if config.alerts.by == "hutch":
        seconds = round(config.alerts.every.total_seconds())
        watch = Watch(store, config, book, Present(known, lambda: _present(store, known), book))
        jobs.every(seconds).seconds.do(Job("the look for what is wrong", watch.look))
    return jobs


def storage_for(
    store: Store, config: Config, stop: threading.Event, *, clock: Clock | None = None
) -> Scheduler:
    """The keeping of clips within their room, every five minutes.

    Apart from the other jobs: to list a bucket of 100,000 clips takes its time.
    """
    known = clock or SystemClock()
    jobs = Scheduler()
    keeper = _Storage(store, config, stop, known)
    jobs.every(5).minutes.do(Job("the keeping of clips within their room", keeper))
    return jobs


class _Storage:
    """Opens the store of clips when it is first wanted: that of an S3 store takes memory."""

    def __init__(self, store: Store, config: Config, stop: threading.Event, clock: Clock) -> None:
        self._store = store
        self._config = config
        self._stop = stop
        self._clock = clock
        self._storage: Storage | None = None

    def __call__(self) -> None:
        if not keeps_clips(self._config, self._store):
            return
        now = _present(self._store, self._clock)
        if now is None:
            return
        if self._storage is None:
            clips = connect_clips(self._config.vision.clips, self._config.data_dir)
            self._storage = storage_of(self._config, self._store, clips, self._stop)
        with keeping_clips(self._config.data_dir):
            self._storage.round(datetime.fromtimestamp(now, UTC), sure=self._clock.is_synchronised())


def keep_house(jobs: Scheduler, stop: threading.Event) -> None:
    """Run every job at once, and then each in its turn until ``stop``; the body of a thread of its own.

    A slow store must keep nobody from starting what has died.
    """
    jobs.run_all()
    while not stop.wait(_LOOK_SECONDS):
        run_due(jobs)


def run_due(jobs: Scheduler) -> None:
    """Run the jobs whose turn it is.

    ``schedule`` goes by local wall time. Where that went back, in autumn or because a clock was wrong, a job
    would wait until it has caught up; one that waits for longer than its period is run at once.
    """
    jobs.run_pending()
    shown = datetime.now()  # noqa: DTZ005 -- as schedule tells the time
    for job in jobs.get_jobs():
        period = timedelta(**{job.unit or "seconds": job.interval})
        if job.next_run is not None and job.next_run - shown > period:
            job.run()  # type: ignore[no-untyped-call]


def _tend(upkeep: Upkeep, store: Store, config: Config, clock: Clock) -> None:
    """Keep rollups true, where this machine tends ``store``."""
    if not tends(config.influx, store):
        return
    now = _present(store, clock)
    if now is not None:
        with making_rollups(config.data_dir):
            upkeep.tick(datetime.fromtimestamp(now, UTC))


def _expire(store: Store, clock: Clock) -> None:
    """Delete what is too old; nobody but a time server is believed that it is later than the newest point.

    A clock that jumped ahead would delete all that a home has, and a battery clock can be years ahead.
    """
    now = clock.now() if clock.is_synchronised() else _newest(store, clock.now())
    if gone := sum(store.expire(now).values()):
        logger.info("deleted %s points that are older than their bucket keeps", gone)


def _present(store: Store, clock: Clock) -> float | None:
    """What time it is, in seconds since 1970; None while nobody knows.

    Of a store on this machine the newest point tells it as well as can be.
    """
    if clock.is_right():
        return clock.now()
    return None if store.tends_itself else _newest(store, clock.now())


def _newest(store: Store, now: float) -> float:
    """When the newest point was, or ``now`` where that is earlier or there is none."""
    pages = [store.rows(RowQuery(spec.name, ALL_TIME, limit=1)) for spec in RECORDED]
    return min(now, max((page.points[0].time.timestamp() for page in pages if page.points), default=now))
