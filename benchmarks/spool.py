"""Ready lines through spool and writer into a real InfluxDB, beside Telegraf's buffers in the same run.

200,000 lines of two fields in adds of 1,000, from the first add until InfluxDB counts every one. Telegraf
takes them by its InfluxDB listener. Its disk buffer syncs every single line (``models/buffer_disk.go`` has
no option for it); ours syncs each add where it is ``durable``, and else once a second. The
bars hold for both.

Then point by point: each is made, with the schema's checks, and added; beside influxdb-client's
batching mode, which gets a ``Point`` of its own kind for each and keeps them in memory.
Needs ``python scripts/servers.py influxd telegraf``.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import httpx
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import WriteOptions

from benchmarks._ground import with_store
from collector.config import SpoolSection
from collector.spool import Spool
from collector.writer import Writer
from influx import points
from influx.config import Retention
from influx.plan import plan
from influx.schema import ENVIRONMENT
from influx.server import ServerStore
from influx.windows import Aggregate, Horizon, Window
from scripts import servers
from tests.daemon import HOST, Daemon
from tests.servers import Influx

LINES, PER_ADD = 200_000, 1_000
TARGET = 100_000
"""Lines a second, spooled and delivered."""
START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
POINT_TARGET = 1.5
"""Point by point, as many times influxdb-client's batching mode."""
PEER_TARGETS = {"telegraf-disk": 40, "telegraf-memory": 0.5}
"""Lines delivered, as many times Telegraf's; for either of our rows, synced once a second and every add."""
OURS, THEIRS = "hutch, points", "influxdb-client, points"
PATIENCE_SECONDS = 300
Part = TypeVar("Part")
STRATEGIES = {
    "telegraf-memory": 'buffer_strategy = "memory"',
    "telegraf-disk": 'buffer_strategy = "disk"',
}


@dataclass(frozen=True)
class Figure:
    """Lines a second, taken in and arrived in InfluxDB."""

    taken: float
    delivered: float


class Telegraf(Daemon):
    """Telegraf between a listener for InfluxDB's protocol and InfluxDB, with the buffer ``strategy``."""

    name = "telegraf"

    def __init__(self, folder: Path, influx: Influx, bucket: str, strategy: str) -> None:
        super().__init__(folder)
        self._influx = influx
        self._bucket = bucket
        self._strategy = strategy

    def command(self) -> list[str]:
        """With batches as large as ours, and room for all lines."""
        config = self.folder / "telegraf.toml"
        config.write_text(f"""
            [agent]
            flush_interval = "200ms"
            metric_batch_size = 5000
            metric_buffer_limit = {2 * LINES}
            omit_hostname = true
            quiet = true
            {self._strategy}
            buffer_directory = "{self.folder}/buffer"
            [[inputs.influxdb_v2_listener]]
            service_address = "{HOST}:{self.ports[0]}"
            [[outputs.influxdb_v2]]
            urls = ["{self._influx.url}"]
            token = "{self._influx.token}"
            organization = "{self._influx.org}"
            bucket = "{self._bucket}"
        """)
        return [str(servers.program("telegraf")), "--config", str(config)]

    def answers(self) -> bool:
        """Whether its listener is up."""
        return httpx.get(f"http://{HOST}:{self.ports[0]}/health", timeout=2).status_code < 500


def lines_of(run: str) -> list[str]:
    """The lines of one run: ten sensors, two fields, a millisecond apart."""
    start = int(START.timestamp()) * 1_000_000_000
    return [
        f"environment,location=den,node={run},sensor=s{number % 10}"
        f" temperature={18 + number % 700 / 100},humidity={40 + number % 13}.5 {start + number * 1_000_000}"
        for number in range(LINES)
    ]


def count(store: ServerStore, run: str) -> int:
    """How many points of the run InfluxDB has."""
    window = Window(START, START + timedelta(hours=1))
    counting = plan(
        "environment",
        ("humidity",),
        window,
        # At its time no rollup is ready: the points themselves are counted.
        horizon=Horizon(START, Retention(), ZoneInfo("UTC")),
        every=timedelta(hours=1),
        aggregates=(Aggregate.COUNT,),
        tags={"node": run},
    )
    return sum(int(row[1][0] or 0) for series in store.series(counting) for row in series.rows)


def measure_lines(store: ServerStore, run: str, add: Callable[[list[str]], None]) -> Figure:
    """Add the lines of ``run`` and wait until InfluxDB has every one."""
    lines = lines_of(run)
    return measure(store, run, [lines[first : first + PER_ADD] for first in range(0, LINES, PER_ADD)], add)


def measure(store: ServerStore, run: str, parts: Sequence[Part], add: Callable[[Part], None]) -> Figure:
    """Add the parts of ``run`` and wait until InfluxDB has every point."""
    started = time.perf_counter()
    for part in parts:
        add(part)
    taken = time.perf_counter() - started
    while (arrived := count(store, run)) < LINES:
        if time.perf_counter() - started > PATIENCE_SECONDS:
            raise SystemExit(f"{run}: only {arrived} of {LINES} lines arrived in {PATIENCE_SECONDS} s")
        time.sleep(0.05)
    return Figure(LINES / taken, LINES / (time.perf_counter() - started))


@contextmanager
def ours(folder: Path, store: ServerStore, *, durable: bool) -> Iterator[Callable[[list[str]], None]]:
    """Spool and writer as the collector runs them."""
    stop = threading.Event()
    with closing(Spool(folder / "spool.sqlite", SpoolSection())) as spool:
        thread = threading.Thread(target=Writer(spool, store, node="pi", stop=stop).run)
        thread.start()
        try:
            yield lambda lines: spool.add_lines("environment", lines, durable=durable)
        finally:
            stop.set()
            thread.join()


@contextmanager
def telegraf(
    folder: Path, influx: Influx, bucket: str, strategy: str
) -> Iterator[Callable[[list[str]], None]]:
    """Telegraf, taking lines over a kept connection."""
    server = Telegraf(folder, influx, bucket, strategy)
    server.start()
    try:
        with httpx.Client(base_url=f"http://{HOST}:{server.ports[0]}", timeout=60) as client:

            def add(lines: list[str]) -> None:
                answer = client.post(f"/api/v2/write?bucket={bucket}", content="\n".join(lines))
                answer.raise_for_status()

            yield add
    finally:
        server.stop()


def make_points(run: str, first: int) -> Iterator[points.Point]:
    """``PER_ADD`` points of the run, each checked against the vocabulary."""
    start = int(START.timestamp()) * 1_000_000_000
    for number in range(first, first + PER_ADD):
        yield points.make(
            ENVIRONMENT,
            {"node": run, "sensor": f"s{number % 10}", "location": "den"},
            {"temperature": 18 + number % 700 / 100, "humidity": 40.5 + number % 13},
            start + number * 1_000_000,
        )


def client_points(run: str, first: int) -> Iterator[Point]:
    """The same points as influxdb-client has them."""
    start = int(START.timestamp()) * 1_000_000_000
    for number in range(first, first + PER_ADD):
        yield (
            Point("environment")
            .tag("node", run)
            .tag("sensor", f"s{number % 10}")
            .tag("location", "den")
            .field("temperature", 18 + number % 700 / 100)
            .field("humidity", 40.5 + number % 13)
            .time(start + number * 1_000_000)
        )


@contextmanager
def our_points(folder: Path, store: ServerStore, run: str) -> Iterator[Callable[[int], None]]:
    """Spool and writer, which get points."""
    stop = threading.Event()
    with closing(Spool(folder / "spool.sqlite", SpoolSection())) as spool:
        thread = threading.Thread(target=Writer(spool, store, node="pi", stop=stop).run)
        thread.start()
        try:
            yield lambda first: spool.add(make_points(run, first))
        finally:
            stop.set()
            thread.join()


@contextmanager
def batching_client(influx: Influx, run: str) -> Iterator[Callable[[int], None]]:
    """influxdb-client's batching mode, with batches as large as ours."""
    options = WriteOptions(batch_size=5_000, flush_interval=1_000)
    with (
        InfluxDBClient(url=influx.url, token=influx.token, org=influx.org) as client,
        client.write_api(write_options=options) as write,
    ):

        def add(first: int) -> None:
            for point in client_points(run, first):
                write.write(bucket="readings", record=point)

        yield add


def acknowledgements(folder: Path, threads: int) -> float:
    """Durable adds of one line a second, from ``threads`` at once."""
    each = 2_000 // threads
    with closing(Spool(folder / "acknowledge.sqlite", SpoolSection())) as spool:

        def add() -> None:
            for _ in range(each):
                spool.add_lines("environment", ["environment value=1 1"], durable=True)

        adders = [threading.Thread(target=add) for _ in range(threads)]
        started = time.perf_counter()
        for adder in adders:
            adder.start()
        for adder in adders:
            adder.join()
        return threads * each / (time.perf_counter() - started)


def point_by_point(folder: Path, server: Influx, store: ServerStore) -> dict[str, Figure]:
    """Ours and influxdb-client's, by the names ``report`` knows them by."""
    figures: dict[str, Figure] = {}
    parts = range(0, LINES, PER_ADD)
    (folder / OURS).mkdir()
    with our_points(folder / OURS, store, OURS) as ours_add:
        figures[OURS] = measure(store, OURS, parts, ours_add)
    with batching_client(server, THEIRS) as their_add:
        figures[THEIRS] = measure(store, THEIRS, parts, their_add)
    return figures


def main() -> int:
    """Measure each in turn and print the table; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-telegraf", action="store_true", help="measure the spool alone")
    options = parser.parse_args()
    figures: dict[str, Figure] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with with_store(folder) as (server, store):
            for name, durable in (("hutch", False), ("hutch-durable", True)):
                (folder / name).mkdir()
                with ours(folder / name, store, durable=durable) as add:
                    figures[name] = measure_lines(store, name, add)
            for name, strategy in {} if options.without_telegraf else STRATEGIES.items():
                (folder / name).mkdir()
                with telegraf(folder / name, server, "readings", strategy) as add:
                    figures[name] = measure_lines(store, name, add)
            figures |= point_by_point(folder, server, store)
        rates = {threads: acknowledgements(folder, threads) for threads in (1, 16)}
    return 0 if report(figures, rates) else 1


def tell(what: str, measured: float, least: float, unit: str = "x") -> bool:
    """Print a figure beside the least that it may be; whether it is no less."""
    met = measured >= least
    print(f"{what:<64}{measured:>10,.2f} {unit}   bar {least:,}: {'met' if met else 'MISSED'}")
    return met


def report(figures: dict[str, Figure], rates: dict[int, float]) -> bool:
    """Print lines a second of each, what the first is of the others, the rate of durable adds and the bars.

    Returns whether all are met. All but the rate of durable adds count lines delivered into InfluxDB.
    """
    best = figures["hutch"].delivered
    print(f"{'':<24}{'taken/s':>12}{'delivered/s':>14}{'hutch is':>12}")
    for name, figure in figures.items():
        ratio = best / figure.delivered
        print(f"{name:<24}{figure.taken:>12,.0f}{figure.delivered:>14,.0f}{ratio:>10.2f} x")
    for threads, rate in rates.items():
        print(f"durable adds of one line, {threads} threads at once: {rate:,.0f}/s")
    bars = [tell("synced once a second: delivered", best, TARGET, "/s")]
    for peer, least in PEER_TARGETS.items():
        if peer in figures:
            for name, what in (("hutch", "synced once a second"), ("hutch-durable", "every add synced")):
                ratio = figures[name].delivered / figures[peer].delivered
                bars.append(tell(f"{what}: delivered, of {peer}", ratio, least))
    ratio = figures[OURS].delivered / figures[THEIRS].delivered
    bars.append(tell("point by point: delivered, of influxdb-client", ratio, POINT_TARGET))
    return all(bars)


if __name__ == "__main__":
    sys.exit(main())
