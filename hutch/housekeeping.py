"""What has to be done now and then while Hutch runs, by the clock of ``schedule``."""

import logging
import time
from collections.abc import Callable

import schedule

from influx.embedded import EmbeddedStore
from influx.store import Store, StoreError

logger = logging.getLogger(__name__)


def plan_jobs(store: Store) -> Callable[[], None]:
    """Plan the jobs that ``store`` needs; call what is returned often, it runs those that are due.

    InfluxDB expires old points by itself; the embedded store is told to, each hour.
    """
    scheduler = schedule.Scheduler()
    if isinstance(store, EmbeddedStore):
        scheduler.every().hour.do(_expire, store)
    return scheduler.run_pending


def _expire(store: EmbeddedStore) -> None:
    try:
        expired = store.expire(time.time())
    except StoreError as error:
        logger.warning("old points could not be deleted and will be in an hour: %s", error)
        return
    if gone := sum(expired.values()):
        logger.info("deleted %s points that are older than their bucket keeps", gone)
