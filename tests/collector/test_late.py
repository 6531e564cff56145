"""What came too late for its rollups is told before the points leave the spool."""

import random
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.writer import Writer
from influx.embedded import EmbeddedStore
from influx.lines import parse_line
from influx.points import Point, to_ns
from influx.store import Rejected, RowQuery, Unavailable
from influx.windows import Window
from tests.collector.lines import START_NS, Clock, spool_at

NOON = datetime(2026, 5, 28, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def line_at(moment: datetime) -> str:
    return f"environment,location=den,node=pi,sensor=s temperature=20.5 {to_ns(moment)}"


class Store:
    """Takes lines, or what stands in ``refusals`` first."""

    def __init__(self, *refusals: Exception) -> None:
        self.refusals = list(refusals)
        self.stored: list[str] = []

    def write(self, measurement: str, lines: Sequence[str]) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.stored += lines


def reports(store: Store) -> list[Point]:
    return [parse_line(line) for line in store.stored if line.startswith("late_window")]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON.timestamp())


def test_the_writer_reports_late_windows_through_the_spool(tmp_path: Path, clock: Clock) -> None:
    store = Store()
    with spool_at(tmp_path, clock) as spool:
        writer = Writer(spool, store, node="pi", now=clock, stop=threading.Event())
        spool.add_lines("environment", [line_at(NOON - n * QUARTER) for n in (0, 4, 5, 9)])
        assert writer.drain_once() == 1
        assert writer.drain_once() == 1
        assert writer.drain_once() == 0
    made = reports(store)
    assert [point.tags for point in made] == [{"measurement": "environment", "node": "pi"}] * 2
    assert [point.fields for point in made] == [
        {"start": f"2026-05-28T{start}:00+00:00", "stop": f"2026-05-28T{stop}:00+00:00", "rolled_up": False}
        for start, stop in (("09:45", "10:00"), ("10:45", "11:15"))
    ]
    assert len({point.time for point in made}) == 2, "one report overwrites another"
    assert abs(made[0].time - NOON) < timedelta(seconds=1)


def test_what_was_not_stored_is_not_reported(tmp_path: Path, clock: Clock) -> None:
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", [line_at(NOON - 8 * QUARTER)])
        store = Store(Unavailable("away"), Rejected("no", 1))
        writer = Writer(spool, store, node="pi", now=clock, stop=threading.Event())
        with pytest.raises(Unavailable):
            writer.drain_once()
        assert spool.status().depth == 1, "a report of what was not delivered"
        assert writer.drain_once() == 1
        assert spool.status().depth == 0, "a report of what was refused"


DRAIN = """
import sys, threading
from pathlib import Path
from collector.config import SpoolSection
from collector.spool import Spool
from collector.writer import Writer
from influx.embedded import EmbeddedStore
class Telling(EmbeddedStore):
    def write(self, measurement, lines):
        super().write(measurement, lines)
        print(flush=True)
folder = Path(sys.argv[1])
spool = Spool(folder / "spool.sqlite", SpoolSection(batch_lines=2))
Writer(spool, Telling(folder / "points.sqlite"), node="pi", stop=threading.Event()).run()
"""


def test_kills_leave_no_late_point_without_its_report(
    tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    yesterday = datetime.fromtimestamp(START_NS / 1e9, UTC)
    late = [yesterday + 2 * number * QUARTER for number in range(40)]
    for number in range(rounds):
        folder = tmp_path / str(number)
        with spool_at(folder) as spool:
            for moment in late:
                spool.add_lines("environment", [line_at(moment)])
        command = [sys.executable, "-c", DRAIN, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(chance.randrange(1, 30)):
                assert process.stdout.readline(), "the writer has ended"
            process.kill()
        with closing(EmbeddedStore(folder / "points.sqlite")) as store, spool_at(folder) as spool:
            writer = Writer(spool, store, node="pi", stop=threading.Event())
            while writer.drain_once():
                pass
            window = Window(yesterday, datetime.now(UTC) + timedelta(hours=1))
            page = store.rows(RowQuery("late_window", window, limit=1000))
            reported = {str(point.fields["start"]) for point in page.points}
            assert reported == {moment.isoformat() for moment in late}, f"round {number}"
