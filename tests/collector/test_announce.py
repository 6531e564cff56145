"""What a node tells the registry: at each start the same points, until the configuration changes."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.announce import FILE, MOST_HEARD, Announcer
from collector.clock import Stamp
from collector.config import CollectorSection, SpoolSection
from collector.loop import run
from collector.spool import Spool
from collector.writer import Writer
from influx import points
from influx.embedded import EmbeddedStore
from influx.registry import Entry, Kind, State, Thing, entries, retirement
from influx.windows import Window
from tests.daemon import wait_until
from tests.influx.conftest import FOREVER

HAT, PI = Thing(Kind.SENSOR, "hat", "pi"), Thing(Kind.NODE, "pi", "pi")
CAGE, COT = Thing(Kind.CAMERA, "cage", "pi"), Thing(Kind.SENSOR, "cot", "pi")
FIRST = datetime(2026, 5, 28, 14, tzinfo=UTC)


class Node:
    """A data folder with its spool, and the store that the spool is drained into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spool = Spool(folder / "spool.sqlite", SpoolSection())
        self.store = EmbeddedStore(folder / "points.sqlite", retention=FOREVER)

    def start(self, *things: Thing, at: datetime | None = FIRST) -> Announcer:
        """A start of the collector, whose clock is not right where ``at`` is None."""

        def stamp() -> Stamp:
            return Stamp(1, boot="b") if at is None else Stamp(points.to_ns(at))

        made = Announcer(things, self.folder, self.spool, stamp)
        made.tend()
        return made

    def entries(self) -> dict[Thing, Entry]:
        Writer(self.spool, self.store, node="pi", stop=threading.Event()).drain_once()
        found = entries(self.store, FOREVER, FIRST + timedelta(days=9), lambda thing: timedelta(minutes=1))
        return {entry.thing: entry for entry in found}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path)
    with closing(made.spool), closing(made.store):
        yield made


def test_everything_is_announced_since_the_first_start(node: Node) -> None:
    node.start(HAT, PI)
    node.start(HAT, PI, CAGE, at=FIRST + timedelta(days=1))
    found = node.entries()
    assert {thing: entry.since for thing, entry in found.items()} == {
        HAT: FIRST,
        PI: FIRST,
        CAGE: FIRST + timedelta(days=1),
    }


def test_a_second_start_adds_no_point(node: Node) -> None:
    node.start(HAT)
    node.entries()
    node.start(HAT, at=FIRST + timedelta(days=1))
    node.entries()
    window = Window(FIRST - timedelta(days=1), FIRST + timedelta(days=9))
    assert sum(len(lines) for lines in node.store.lines("registry", window)) == 1


def test_what_a_clock_that_ran_ahead_noted_is_noted_anew_when_it_is_right(node: Node) -> None:
    node.start(HAT, at=FIRST + timedelta(days=4000))
    assert node.entries() == {}
    node.start(HAT, PI)
    assert {thing: entry.since for thing, entry in node.entries().items()} == {HAT: FIRST, PI: FIRST}
    node.start(HAT, PI, at=FIRST - timedelta(minutes=9))
    assert {entry.since for entry in node.entries().values()} == {FIRST}


def test_what_was_retired_stays_so_until_it_is_configured_anew(node: Node) -> None:
    node.start(HAT, PI)
    node.entries()
    node.store.write("registry", [points.line(retirement(HAT, FIRST + timedelta(days=1)))])
    node.start(HAT, PI, at=FIRST + timedelta(days=2))
    assert node.entries()[HAT].state is State.RETIRED
    node.start(PI, at=FIRST + timedelta(days=3))
    node.start(PI, HAT, at=FIRST + timedelta(days=4))
    assert (node.entries()[HAT].state, node.entries()[HAT].since) == (State.NEVER, FIRST + timedelta(days=4))


def test_what_is_new_waits_for_the_clock_and_what_is_known_does_not(node: Node) -> None:
    clock = [Stamp(1, boot="b")]
    waiting = Announcer([HAT], node.folder, node.spool, lambda: clock[0])
    waiting.tend()
    assert node.spool.status().depth == 0
    assert not (node.folder / FILE).exists()
    clock[0] = Stamp(points.to_ns(FIRST))
    waiting.tend()
    assert node.entries()[HAT].since == FIRST
    node.start(HAT, at=None)
    assert node.spool.status().depth == 1


def test_a_clock_that_nobody_ever_sets_gives_a_guess_that_is_told_and_not_kept(node: Node) -> None:
    guess = FIRST - timedelta(days=400)
    clock = [Stamp(points.to_ns(guess), estimated=True)]
    monotonic = [0.0]
    announcer = Announcer([HAT], node.folder, node.spool, lambda: clock[0], monotonic=lambda: monotonic[0])
    announcer.tend()
    assert node.entries()[HAT].since == guess
    assert not (node.folder / FILE).exists()
    clock[0], monotonic[0] = Stamp(points.to_ns(FIRST)), 3600.0
    announcer.tend()
    assert node.entries()[HAT].since == FIRST


@pytest.mark.parametrize("content", ["", "[{]", '[{"kind": "ghost"}]', "[1]", "7"])
def test_a_damaged_file_counts_as_none(node: Node, content: str) -> None:
    (node.folder / FILE).write_text(content)
    node.start(HAT)
    assert node.entries()[HAT].since == FIRST
    (told,) = json.loads((node.folder / FILE).read_text())
    assert told == {"kind": "sensor", "name": "hat", "node": "pi", "since": "2026-05-28T14:00:00+00:00"}


def test_a_folder_that_cannot_be_written_is_tried_again(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    (node.folder / f".{FILE}.new").mkdir()
    announcer = node.start(HAT)
    announcer.tend()
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "The registry is not told yet what this node expects"
    ]
    (node.folder / f".{FILE}.new").rmdir()
    announcer.tend()
    assert HAT in node.entries()


def test_a_store_that_lost_everything_is_told_again(node: Node) -> None:
    seconds = [0.0]
    announcer = Announcer(
        [HAT], node.folder, node.spool, lambda: Stamp(points.to_ns(FIRST)), monotonic=lambda: seconds[0]
    )
    announcer.tend()
    node.entries()
    tags = {"kind": "sensor", "name": "hat", "node": "pi"}

    def an_hour_passes() -> None:
        seconds[0] += 3600

    for tell in (an_hour_passes, announcer.again):
        node.store.delete("registry", tags, points.to_ns(FIRST))
        announcer.tend()
        assert node.entries() == {}, "it is told without a reason"
        tell()
        announcer.tend()
        assert node.entries()[HAT].since == FIRST
        announcer.tend()
        assert node.spool.status().depth == 0


def test_what_spoke_is_expected_from_then_on_also_after_a_start(node: Node) -> None:
    announcer = node.start(HAT)
    announcer.hear(HAT)
    announcer.hear(COT)
    announcer.hear(COT)
    announcer.tend()
    node.start(HAT, at=FIRST + timedelta(days=1))
    assert {thing: entry.since for thing, entry in node.entries().items()} == {HAT: FIRST, COT: FIRST}
    node.start(HAT, COT, at=FIRST + timedelta(days=2))
    node.start(HAT, at=FIRST + timedelta(days=3))
    told = json.loads((node.folder / FILE).read_text())
    assert [one["name"] for one in told] == ["hat"], "what was configured since is forgotten with that"


def test_what_speaks_before_the_clock_is_right_is_expected_since_then(node: Node) -> None:
    clock = [Stamp(1, boot="b")]
    announcer = Announcer([], node.folder, node.spool, lambda: clock[0])
    announcer.tend()
    announcer.hear(COT)
    announcer.tend()
    assert node.entries() == {}
    clock[0] = Stamp(points.to_ns(FIRST))
    announcer.tend()
    assert node.entries()[COT].since == FIRST


def test_ever_new_names_fill_no_registry(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    announcer = node.start(HAT)
    for start in (0, 600):
        for number in range(start, start + 600):
            announcer.hear(Thing(Kind.SENSOR, f"s{number}", "pi"))
        announcer.tend()
    assert len(node.entries()) == MOST_HEARD + 1
    assert [record.message for record in caplog.records] == [
        "More than 1000 names are heard by MQTT; the silence of others is not noticed"
    ]


def test_the_collector_announces_what_it_is_told_to_expect(tmp_path: Path) -> None:
    stop = threading.Event()
    with closing(EmbeddedStore(tmp_path / "points.sqlite")) as store:
        thread = threading.Thread(
            target=run,
            args=(CollectorSection(),),
            kwargs={"node": "pi", "data_dir": tmp_path, "store": store, "stop": stop, "expected": (PI,)},
        )
        thread.start()

        def is_known() -> bool:
            found = entries(store, FOREVER, datetime.now(UTC), lambda thing: timedelta(minutes=1))
            return [entry.thing for entry in found] == [PI]

        try:
            assert wait_until(is_known, 20), "the registry does not know the node"
        finally:
            stop.set()
            thread.join(10)
