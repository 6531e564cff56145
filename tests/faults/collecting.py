"""A collector as a process, put together so that it tells what it does: sensors, spool, writer to InfluxDB.

Every reading has a number for its temperature, so each is a point of its own. Printed are ``read <number>``
before a reading goes on its way, ``offered <line>`` before the spool is asked to take it, and
``accepted <line>`` when it has; what the collector says of itself is not.
"""

import argparse
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from collector.backlog import Backlog
from collector.clock import Stamp
from collector.config import SensorSection, SpoolSection
from collector.sampler import Sampler
from collector.sensors.reading import Reading
from collector.spool import Spool, spool_path
from collector.writer import Writer
from influx.config import InfluxSection
from influx.connect import connect
from influx.points import Point, line
from influx.schema import ENVIRONMENT

SCALE = 1000
"""Readings to a °C; the vocabulary has room for 150,000."""
_printing = threading.Lock()


def tell(word: str, what: Iterable[object]) -> None:
    text = "".join(f"{word} {each}\n" for each in what)
    with _printing:
        sys.stdout.write(text)
        sys.stdout.flush()


class Telling(Spool):
    def add(self, points: Iterable[Point], *, durable: bool = False, boot: str | None = None) -> None:
        points = list(points)
        lines = [line(point) for point in points if point.measurement == ENVIRONMENT.name]
        tell("offered", lines)
        super().add(points, durable=durable, boot=boot)
        tell("accepted", lines)


class Numbered:
    def __init__(self) -> None:
        self._number = 0

    def read(self) -> Sequence[Reading]:
        self._number += 1
        tell("read", [self._number])
        return [Reading(ENVIRONMENT, {"temperature": self._number / SCALE})]

    def close(self) -> None:
        """Nothing to give back."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("node")
    parser.add_argument("--influx", type=InfluxSection.model_validate_json, required=True)
    parser.add_argument("--interval", type=float, default=0.005)
    parser.add_argument("--sensors", type=int, default=2)
    parser.add_argument("--most", type=int, default=10_000)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    stop, sources_stop = threading.Event(), threading.Event()
    store = connect(options.influx, options.data_dir)
    spool = Telling(spool_path(options.data_dir), SpoolSection())
    backlog = Backlog(spool, most=options.most)
    sources = [
        Sampler(
            SensorSection(kind="numbered", name=f"s{number}", location="den"),
            timedelta(seconds=options.interval),
            node=options.node,
            open=Numbered,
            add=backlog.put,
            stamp=lambda: Stamp(time.time_ns()),
            stop=sources_stop,
        )
        for number in range(options.sensors)
    ]
    reading = [_start(source.run) for source in sources]
    others = [
        _start(Writer(spool, store, node=options.node, stop=stop).run),
        _start(partial(backlog.run, stop)),
    ]
    sys.stdin.read()  # until whoever started this says so, or is gone
    sources_stop.set()
    for thread in reading:
        thread.join()
    stop.set()
    for thread in others:
        thread.join()
    spool.close()
    store.close()


def _start(body: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=body)
    thread.start()
    return thread


if __name__ == "__main__":
    main()
