"""The collector: every sensor on its own schedule, points into the spool, the spool into the store."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from collector.backlog import Backlog
from collector.config import CollectorSection
from collector.sampler import Sampler
from collector.sensors import check_sensor, open_sensor
from collector.spool import Spool, SpoolStatus, SpoolUnavailable, open_spool
from collector.writer import Writer
from influx import points
from influx.points import Point
from influx.schema import PIPELINE
from influx.store import Store

logger = logging.getLogger(__name__)

_WATCH_SECONDS = 1.0
_REPORT_SECONDS = 30.0
_FAREWELL_SECONDS = 2.0


def run(config: CollectorSection, *, node: str, data_dir: Path, store: Store, stop: threading.Event) -> None:
    """Collect until ``stop``; the store and the devices may come and go meanwhile.

    Raises ``SensorError`` at once for a sensor whose configuration is wrong, ``SpoolUnavailable`` where the
    spool cannot be opened.
    """
    for section in config.sensors:
        check_sensor(section)
    with contextlib.closing(open_spool(data_dir, config.spool)) as spool:
        backlog = Backlog(spool)
        samplers = [
            Sampler(
                section,
                config.interval,
                node=node,
                open=partial(open_sensor, section, data_dir=data_dir),
                add=backlog.add,
                stop=stop,
            )
            for section in config.sensors
        ]
        writer = Writer(spool, store, stop=stop)
        threads = [_start(sampler.name, sampler.run) for sampler in samplers]
        drain = _start("writer", writer.run)
        next_report = time.monotonic()
        while not stop.wait(_WATCH_SECONDS):
            for sampler in samplers:
                sampler.watch()
            if not drain.is_alive():
                logger.error("The writer died and is started again")
                drain = _start("writer", writer.run)
            backlog.retry()
            if time.monotonic() >= next_report:
                _report(spool, backlog, node)
                next_report = time.monotonic() + _REPORT_SECONDS
        for thread in (*threads, drain):
            thread.join(_FAREWELL_SECONDS)  # a sensor that hangs is left behind
        backlog.retry()


def _start(name: str, body: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=body, name=name, daemon=True)
    thread.start()
    return thread


def _report(spool: Spool, backlog: Backlog, node: str) -> None:
    try:
        status = spool.status()
    except SpoolUnavailable:
        return  # the backlog has said so
    backlog.add([pipeline_point(status, node, now=datetime.now(UTC))])


def pipeline_point(status: SpoolStatus, node: str, *, now: datetime) -> Point:
    """How the spool is doing, as a point."""
    return points.make(
        PIPELINE,
        {"node": node, "part": "spool"},
        {
            "depth": status.depth,
            "oldest_age": status.oldest_age,
            "accepted": status.accepted,
            "rejected": status.rejected,
            "dropped": status.dropped,
        },
        now,
    )
