"""What has to be done now and then while Hutch runs, by the clock of ``schedule``."""

import logging
import time

from schedule import Scheduler

from influx.embedded import EmbeddedStore
from influx.store import Store, StoreError

logger = logging.getLogger(__name__)


def jobs_for(store: Store) -> Scheduler:
    """The jobs that ``store`` needs; call ``run_pending`` of what is returned often.

    InfluxDB expires old points by itself; the embedded store is told to, each hour.
    """
    jobs = Scheduler()
    if isinstance(store, EmbeddedStore):
        jobs.every().hour.do(_expire, store)
    return jobs


def _expire(store: EmbeddedStore) -> None:
    try:
        expired = store.expire(time.time())
    except StoreError as error:
        logger.warning("old points could not be deleted and will be in an hour: %s", error)
        return
    if gone := sum(expired.values()):
        logger.info("deleted %s points that are older than their bucket keeps", gone)
