"""Spool and writer with a real InfluxDB: bad lines are found among good ones, and an outage costs nothing."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.writer import Writer
from influx.apply import apply
from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE
from influx.plan import plan
from influx.server import ServerStore
from influx.windows import Aggregate, Window
from tests.collector.lines import START_NS, Clock, climate, spool_at
from tests.daemon import wait_until
from tests.influx.horizons import RAW
from tests.servers import Influx, influxd

PREFIX = "delivery_"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influx]:
    """An InfluxDB of this test's own, to stop and start."""
    with influxd(tmp_path_factory.mktemp("influxd")) as running:
        apply(
            InfluxSection(url=running.url, org=running.org, bucket_prefix=PREFIX),
            environment={TOKEN_VARIABLE: running.token},
        )
        yield running


def count_stored(store: ServerStore) -> int:
    start = datetime.fromtimestamp(START_NS / 1e9, UTC)
    window = Window(start, start + timedelta(days=2))
    counting = plan("environment", ("humidity",), window, aggregates=(Aggregate.COUNT,), horizon=RAW)
    return sum(int(row[1][0] or 0) for series in store.series(counting) for row in series.rows)


def test_bad_lines_are_found_and_an_outage_costs_nothing(server: Influx, tmp_path: Path) -> None:
    conflict = climate(1, first=9000)[0].replace("humidity=41.0", 'humidity="damp"')
    ancient = climate(1, first=9001)[0].rpartition(" ")[0] + " 1000000000"
    lines = climate(3000)
    lines[700:700] = [conflict]
    lines[2000:2000] = [ancient]
    stop = threading.Event()
    with (
        closing(ServerStore(server.url, server.org, server.token, prefix=PREFIX)) as store,
        spool_at(tmp_path) as spool,
    ):
        writer = Writer(spool, store, node="pi", now=Clock(), stop=stop)
        spool.add_lines("environment", climate(1, first=9999))
        writer.drain_once()
        spool.add_lines("environment", lines)
        writer.drain_once()
        assert {letter.line for letter in spool.dead()} == {conflict, ancient}
        assert count_stored(store) == 3001
        server.stop()
        thread = threading.Thread(target=writer.run)
        thread.start()
        try:
            spool.add_lines("environment", climate(2000, first=3000))
            server.start()
            assert wait_until(lambda: spool.status().depth == 0, 60), spool.status()
        finally:
            stop.set()
            thread.join()
        assert count_stored(store) == 5001


class Counting(ServerStore):
    """Counts the requests it makes."""

    writes = 0

    def write(self, measurement: str, lines: Sequence[str]) -> None:
        self.writes += 1
        super().write(measurement, lines)


def test_a_batch_refused_whole_is_not_taken_apart(server: Influx, tmp_path: Path) -> None:
    old = [line.rpartition(" ")[0] + f" {number}" for number, line in enumerate(climate(500), 10**9)]
    conflicts = [line.replace("temperature=2", "temperature=2i,pressure=2") for line in climate(500)]
    with (
        closing(Counting(server.url, server.org, server.token, prefix=PREFIX)) as store,
        spool_at(tmp_path) as spool,
    ):
        writer = Writer(spool, store, node="pi", now=Clock(), stop=threading.Event())
        spool.add_lines("environment", climate(1))
        writer.drain_once()
        for number, (bad, reason) in enumerate(
            [(old, "older than the 14 days that readings keeps"), (conflicts, "field type conflict")], 1
        ):
            store.writes = 0
            spool.add_lines("environment", bad)
            writer.drain_once()
            assert spool.status().rejected == 500 * number
            assert reason in spool.dead(1)[0].reason
            assert store.writes == 1, spool.dead(1)[0].reason
