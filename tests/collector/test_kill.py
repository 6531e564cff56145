"""kill -9: what was acknowledged is there exactly once, and delivery goes on in another process."""

import contextlib
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.spool import Spool
from collector.writer import Writer
from influx.embedded import EmbeddedStore
from influx.plan import plan
from influx.windows import Aggregate, Window
from tests.collector.lines import START_NS, Clock, climate, spool_at, take_all
from tests.daemon import wait_until
from tests.influx.horizons import RAW

ADD = """
import sys
from pathlib import Path
from collector.config import SpoolSection
from collector.spool import Spool
from tests.collector.lines import climate
folder, first = Path(sys.argv[1]), int(sys.argv[2])
spool = Spool(folder / "spool.sqlite", SpoolSection())
for number in range(first, first + 100_000):
    spool.add_lines("environment", climate(1, first=number), durable=number % 10 == 0)
    print(number, flush=True)
"""

DRAIN = """
import sys, threading
from pathlib import Path
from collector.config import SpoolSection
from collector.spool import Spool
from collector.writer import Writer
from influx.embedded import EmbeddedStore
from tests.collector.lines import Clock
class Telling(EmbeddedStore):
    def write(self, measurement, lines):
        super().write(measurement, lines)
        print(len(lines), flush=True)
        if sys.argv[2] == "wait":
            threading.Event().wait()
folder = Path(sys.argv[1])
spool = Spool(folder / "spool.sqlite", SpoolSection(batch_lines=50))
Writer(spool, Telling(folder / "points.sqlite"), node="pi", now=Clock(), stop=threading.Event()).run()
"""


@contextlib.contextmanager
def child(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_lines(process: subprocess.Popen[str], count: int) -> list[int]:
    """The next ``count`` numbers that the child prints."""
    assert process.stdout is not None
    found: list[int] = []
    while len(found) < count:
        line = process.stdout.readline()
        assert line, f"the child ended with {process.wait()} after {len(found)} acknowledgements"
        found.append(int(line))
    return found


def kill(process: subprocess.Popen[str]) -> list[int]:
    """Kill the child; what it had printed and nobody read yet (a line cut in the middle is none)."""
    process.kill()
    assert process.stdout is not None
    rest = process.stdout.read()
    return [int(line) for line in rest.split("\n")[:-1]]


def test_what_a_killed_process_acknowledged_is_there_exactly_once(
    tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    acknowledged: list[int] = []
    for number in range(rounds):
        with (
            child(ADD, tmp_path, 1_000_000 * number) as one,
            child(ADD, tmp_path, 1_000_000 * number + 500_000) as two,
        ):
            for process in (one, two):
                acknowledged += read_lines(process, chance.randrange(1, 60))
            for process in (two, one):
                acknowledged += kill(process)
    with spool_at(tmp_path) as spool:
        assert spool.status().healed == 0, "a kill has damaged the file"
        found = take_all(spool)
    assert len(found) == len(set(found)), "lines came twice"
    expected = {climate(1, first=number)[0] for number in acknowledged}
    assert not expected - set(found), f"{len(expected - set(found))} acknowledged lines are lost"
    assert len(found) - len(expected) <= 2 * rounds, "more than what was in flight came extra"


def count_stored(store: EmbeddedStore) -> int:
    """Points of ``environment`` in the store; the same point twice is one."""
    start = datetime.fromtimestamp(START_NS / 1e9, UTC)
    window = Window(start, start + timedelta(days=1))
    counting = plan("environment", ("temperature",), window, aggregates=(Aggregate.COUNT,), horizon=RAW)
    return sum(int(row[1][0] or 0) for series in store.series(counting) for row in series.rows)


@contextlib.contextmanager
def writing(spool: Spool, store: EmbeddedStore) -> Iterator[None]:
    """A writer that drains ``spool`` into ``store`` meanwhile."""
    stop = threading.Event()
    writer = threading.Thread(target=Writer(spool, store, node="pi", now=Clock(), stop=stop).run)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def test_a_drain_killed_between_write_and_accept_loses_nothing(tmp_path: Path, rounds: int) -> None:
    with contextlib.closing(EmbeddedStore(tmp_path / "points.sqlite")) as store:
        for number in range(rounds):
            with spool_at(tmp_path) as spool:
                spool.add_lines("environment", climate(40, first=100 * number))
                with child(DRAIN, tmp_path, "wait") as process:
                    assert read_lines(process, 1) == [40]
                    assert spool.drain() is None, "two drain at once"
                    process.kill()
                    process.wait(10)
                    assert spool.status().depth == 40, "a batch left the spool that nobody accepted"
                    with writing(spool, store):
                        assert wait_until(lambda: spool.status().depth == 0, 10), "nobody took over"
        assert count_stored(store) == 40 * rounds


def test_a_drain_killed_at_any_moment_loses_nothing(
    tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    with contextlib.closing(EmbeddedStore(tmp_path / "points.sqlite")) as store:
        with spool_at(tmp_path, batch_lines=50) as spool:
            spool.add_lines("environment", climate(500 * rounds))
            for _ in range(rounds):
                with child(DRAIN, tmp_path, "go on") as process:
                    read_lines(process, chance.randrange(1, 6))
                    process.kill()
            with writing(spool, store):
                assert wait_until(lambda: spool.status().depth == 0, 20), "stuck"
            assert spool.status().accepted == 500 * rounds, "not accepted exactly once"
        assert count_stored(store) == 500 * rounds
