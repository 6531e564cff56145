"""What a collector costs: CPU and memory of a real one that reads simulated sensors into a real InfluxDB.

``python -m hutch.worker collector`` at 5 points a second (a sensor each second of its own), then at 1,000
(100 sensors, ten times a second each). CPU is user and system time of the process over the measured
stretch, which begins when its points arrive; memory is its peak (``VmHWM``). The points a second are
counted in InfluxDB. Needs ``python scripts/servers.py influxd``; ``--minutes 1`` is good for a look.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil

from benchmarks._ground import peak_mb, with_store
from influx.config import Retention
from influx.connect import TOKEN_VARIABLE
from influx.plan import plan
from influx.server import ServerStore
from influx.windows import Aggregate, Horizon, Window
from tests.daemon import wait_until
from tests.servers import Influx


@dataclass(frozen=True)
class Load:
    """Sensors that are read every ``interval`` seconds, and the part of a core and the MB it may take."""

    name: str
    sensors: int
    interval: float
    most_cpu: float
    most_mb: float


LOADS = (Load("5 points/s", 5, 1.0, 0.01, 70), Load("1,000 points/s", 100, 0.1, 0.25, 70))


@dataclass(frozen=True)
class Figure:
    """Points a second that arrived, part of a core, peak in MB."""

    rate: float
    cpu: float
    peak_mb: float

    def meets(self, load: Load) -> bool:
        """Whether it takes no more than ``load`` allows."""
        return self.cpu <= load.most_cpu and self.peak_mb <= load.most_mb


def configuration(load: Load, server: Influx, node: str) -> str:
    """A hutch.toml with nothing but the sensors of ``load``."""
    sensors = "\n".join(
        f'[[collector.sensors]]\nkind = "simulated"\nname = "s{number}"\nlocation = "den"\nseed = {number}'
        for number in range(load.sensors)
    )
    store = f'[influx]\nurl = "{server.url}"\norg = "{server.org}"\n'
    return (
        f'node = "{node}"\ndata_dir = "data"\n[[locations]]\nname = "den"\nlabel = "Den"\n'
        f"{store}[collector]\ninterval = {load.interval}\n{sensors}\n"
    )


@contextmanager
def collector(folder: Path, server: Influx) -> Iterator[psutil.Process]:
    """The collector's process."""
    environment = {**os.environ, TOKEN_VARIABLE: server.token}
    command = [sys.executable, "-m", "hutch.worker", "collector", "--config", str(folder / "hutch.toml")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def count(store: ServerStore, node: str) -> int:
    """Temperatures of ``node`` that InfluxDB has."""
    now = datetime.now(UTC)
    counting = plan(
        "environment",
        ("temperature",),
        Window(now - timedelta(hours=1), now + timedelta(minutes=1)),
        # So long ago no rollup was ready: the points themselves are counted.
        horizon=Horizon(now - timedelta(hours=1), Retention(), ZoneInfo("UTC")),
        every=timedelta(hours=1),
        aggregates=(Aggregate.COUNT,),
        tags={"node": node},
    )
    return sum(int(row[1][0] or 0) for series in store.series(counting) for row in series.rows)


def measure(load: Load, server: Influx, store: ServerStore, folder: Path, seconds: float) -> Figure:
    """Run the collector under ``load`` and watch it for so long."""
    node = f"n{load.sensors}"
    folder.mkdir()
    (folder / "hutch.toml").write_text(configuration(load, server, node))
    with collector(folder, server) as process:
        if not wait_until(lambda: count(store, node) > 0, 30):
            raise SystemExit(f"{load.name}: nothing arrives")
        before, started, arrived = process.cpu_times(), time.monotonic(), count(store, node)
        time.sleep(seconds)
        after, lasted, arrived = process.cpu_times(), time.monotonic() - started, count(store, node) - arrived
        used = after.user - before.user + after.system - before.system
        return Figure(arrived / lasted, used / lasted, peak_mb(process.pid))


def row(load: Load, found: Figure) -> str:
    """A line of the table, with what each figure is of its bar."""
    cpu, memory = found.cpu / load.most_cpu, found.peak_mb / load.most_mb
    rate = f"{load.name:<18}{found.rate:>10.1f}"
    met = "met" if found.meets(load) else "MISSED"
    return f"{rate}{found.cpu:>12.2%}{cpu:>10.2f} x{found.peak_mb:>10.1f}{memory:>10.2f} x  {met}"


def main() -> int:
    """Measure each load and print the table; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long each load is watched")
    parser.add_argument("--only", choices=[str(load.sensors) for load in LOADS], help="one load: its sensors")
    options = parser.parse_args()
    seconds, met = 60 * options.minutes, True
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with with_store(folder) as (server, store):
            print(f"{'':<18}{'arrived/s':>10}{'of a core':>12}{'bar':>12}{'peak MB':>10}{'bar':>12}")
            for load in LOADS:
                if options.only in (None, str(load.sensors)):
                    found = measure(load, server, store, folder / f"n{load.sensors}", seconds)
                    print(row(load, found), flush=True)
                    met = found.meets(load) and met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
