"""Delivery, over a real connection. What each answer means is in ``tests/faults/test_answers.py``."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from collector.dead_letters import Which
from collector.spool import Spool
from collector.writer import Writer
from influx.config import Retention
from influx.server import ServerStore
from influx.store import Unauthorized, Unavailable
from tests.collector.lines import START_NS, Clock, climate, drain_of, entry, happening, spool_at
from tests.collector.write_server import Answer, WriteServer, write_server
from tests.daemon import wait_until


@pytest.fixture
def server() -> Iterator[WriteServer]:
    with write_server() as running:
        yield running


@pytest.fixture
def store(server: WriteServer) -> Iterator[ServerStore]:
    made = ServerStore(server.url, "org", "token", timeout=timedelta(seconds=3))
    with closing(made):
        yield made


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with spool_at(tmp_path) as made:
        yield made


@contextmanager
def running(writer: Writer, stop: threading.Event) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive(), "the writer does not stop"


def deliver(spool: Spool, store: ServerStore, seconds: float = 20) -> None:
    """Run a writer until nothing waits."""
    stop = threading.Event()
    with running(Writer(spool, store, node="pi", now=Clock(), stop=stop), stop):
        assert wait_until(lambda: spool.status().depth == 0, seconds), spool.status()


def test_everything_is_delivered_in_its_order(spool: Spool, store: ServerStore, server: WriteServer) -> None:
    spool.add_lines("environment", climate(3))
    spool.add_lines("pet_event", [happening(1)])
    spool.add_lines("journal", [entry(1)])
    spool.add_lines("environment", climate(2, first=3))
    deliver(spool, store)
    assert [line for line in server.stored if line.startswith("environment")] == climate(5)
    assert set(server.stored) == {*climate(5), happening(1), entry(1)}
    assert len(server.requests) == 3, "lines of one measurement were not sent together"
    assert spool.status().accepted == 7


def test_a_server_that_is_not_there_yet_gets_everything_later(tmp_path: Path) -> None:
    with write_server() as gone:
        url = gone.url
    with closing(ServerStore(url, "org", "token")) as store, spool_at(tmp_path) as spool:
        spool.add_lines("environment", climate(2))
        with pytest.raises(Unavailable):
            Writer(spool, store, node="pi", now=Clock(), stop=threading.Event()).drain_once()
        assert spool.status().depth == 2


@pytest.mark.parametrize("status", [400, 422])
def test_one_bad_line_does_not_take_its_neighbours_along(
    status: int, spool: Spool, store: ServerStore, server: WriteServer
) -> None:
    bad = climate(1000)[617]
    server.judge = lambda lines: Answer(status, "field type conflict") if bad in lines else None
    spool.add_lines("environment", climate(1000))
    deliver(spool, store)
    assert sorted(server.stored) == sorted(set(climate(1000)) - {bad})
    assert (spool.status().accepted, spool.status().rejected) == (999, 1)
    (letter,) = spool.dead()
    assert letter.line == bad
    assert "field type conflict" in letter.reason
    assert len(server.requests) <= 25, "the bad line was not searched by halves"


def test_stop_is_obeyed_in_the_middle_of_an_outage(
    spool: Spool, store: ServerStore, server: WriteServer
) -> None:
    server.judge = lambda _lines: Answer(503, headers={"Retry-After": "600"})
    spool.add_lines("environment", climate(5))
    stop = threading.Event()
    with running(Writer(spool, store, node="pi", now=Clock(), stop=stop), stop):
        assert wait_until(lambda: bool(server.requests), 5)
    assert spool.status().depth == 5
    drain_of(spool).close()


def test_draining_once_tells_what_was_settled_and_raises_what_stands_in_the_way(
    spool: Spool, store: ServerStore, server: WriteServer
) -> None:
    writer = Writer(spool, store, node="pi", now=Clock(), stop=threading.Event())
    assert writer.drain_once() == 0
    spool.add_lines("environment", climate(2))
    spool.add_lines("environment", climate(1, first=2))
    server.answers.append(Answer(401))
    with pytest.raises(Unauthorized):
        writer.drain_once()
    with drain_of(spool):
        assert writer.drain_once() == 0, "it drains beside another"
    assert writer.drain_once() == 2
    assert spool.status().accepted == 3


class Failing:
    """A store with a mistake in it, for the first ``times`` calls."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.stored: list[str] = []

    def write(self, measurement: str, lines: Sequence[str]) -> None:
        if self.times:
            self.times -= 1
            raise ZeroDivisionError("a mistake")
        self.stored += lines


def at(*seconds: float) -> list[str]:
    """Lines at these seconds after the clock of the tests starts."""
    start = climate(1)[0].rpartition(" ")[0]
    return [f"{start} {START_NS + int(each * 1e9)}" for each in seconds]


def test_points_from_the_future_are_never_sent_and_can_be_sent_again_when_it_is_there(
    tmp_path: Path, store: ServerStore, server: WriteServer
) -> None:
    clock = Clock()
    good, ahead = at(0, 1, 599, 2), at(601, 365 * 86_400)
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", [*good[:2], *ahead, *good[2:]])
        spool.add_lines("environment", [ahead[1]])
        writer = Writer(spool, store, node="pi", now=clock, stop=threading.Event())
        writer.drain_once()
        assert sorted(server.stored) == sorted(good)
        status = spool.status()
        assert (status.depth, status.accepted, status.rejected, status.dropped) == (0, 4, 3, 0)
        assert all("lies in the future" in letter.reason for letter in spool.dead())
        clock.seconds += 700
        assert spool.retry_dead(Which(reason="lies in the future")) == 3
        writer.drain_once()
        assert sorted(server.stored) == sorted([*good, ahead[0]])
        assert [letter.line for letter in spool.dead()] == [ahead[1]] * 2


def test_a_clock_that_is_put_right_during_an_outage_is_asked_again_before_anything_is_sent(
    tmp_path: Path, store: ServerStore, server: WriteServer
) -> None:
    clock = Clock()
    ahead = at(86_400)

    def outage(_lines: Sequence[str]) -> Answer:
        if clock.seconds * 1e9 > START_NS + 1e9:
            clock.set(START_NS / 1e9)
            return Answer(503, headers={"Retry-After": "0"})
        return Answer(204)

    server.judge = outage
    stop = threading.Event()
    with spool_at(tmp_path, clock) as spool:
        clock.jump(86_400)
        spool.add_lines("environment", ahead)
        with running(Writer(spool, store, node="pi", now=clock, stop=stop), stop):
            assert wait_until(lambda: spool.status().depth == 0, 20), spool.status()
        assert [letter.line for letter in spool.dead()] == ahead
        assert len(server.requests) == 1, "it was sent though it lies in the future"


@pytest.mark.parametrize("known", [False, True], ids=["since the start", "set back by hand"])
def test_a_clock_that_shows_the_past_makes_nothing_a_point_of_the_future(
    known: bool, tmp_path: Path, store: ServerStore, server: WriteServer
) -> None:
    clock = Clock()
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", at(0))
    if known:
        clock.set_by_hand(1000)
    else:
        clock.reboot(shown=1000)
    with spool_at(tmp_path, clock) as spool:
        Writer(spool, store, node="pi", now=clock, stop=threading.Event()).drain_once()
        assert spool.status().rejected == 0
        assert server.stored == at(0)


def test_a_late_window_is_told_whatever_its_time(
    tmp_path: Path, store: ServerStore, server: WriteServer
) -> None:
    clock = Clock()
    line = f"late_window,measurement=environment,node=pi rolled_up=false {START_NS + 86_400 * 10**9}"
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("late_window", [line])
        Writer(spool, store, node="pi", now=clock, stop=threading.Event()).drain_once()
        assert server.stored == [line]


def test_a_line_that_is_refused_for_its_age_is_told_so_in_our_words(
    spool: Spool, store: ServerStore, server: WriteServer
) -> None:
    jargon = "failure writing points to database: partial write: points beyond retention policy dropped=1"
    server.judge = lambda _lines: Answer(422, jargon)
    spool.add_lines("environment", climate(1))
    kept, age = Retention(readings=timedelta(days=14)), timedelta(days=15).total_seconds()
    writer = Writer(
        spool, store, node="pi", now=lambda: Clock()() + age, retention=kept, stop=threading.Event()
    )
    writer.drain_once()
    (letter,) = spool.dead()
    assert letter.reason.startswith("the point of environment at ")
    assert letter.reason.endswith(" is older than the 14 days that readings keeps")
    spool.add_lines("environment", climate(1))
    Writer(spool, store, node="pi", now=Clock(), retention=kept, stop=threading.Event()).drain_once()
    assert "points beyond retention policy" in spool.dead()[0].reason, "a reason that is not ours is kept"


def test_who_asked_is_told_when_the_store_is_back(
    spool: Spool, store: ServerStore, server: WriteServer
) -> None:
    server.answers.append(Answer(503))
    spool.add_lines("environment", climate(1))
    stop, back = threading.Event(), threading.Event()
    with running(Writer(spool, store, node="pi", now=Clock(), back=back.set, stop=stop), stop):
        assert back.wait(20)


def test_a_mistake_in_the_store_is_logged_once_and_nothing_is_lost(
    spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="collector")
    broken = Failing(2)
    spool.add_lines("environment", climate(3))
    stop = threading.Event()
    with running(Writer(spool, broken, node="pi", now=Clock(), stop=stop), stop):
        assert wait_until(lambda: spool.status().depth == 0, 20)
        assert wait_until(lambda: "works again" in caplog.text, 5)
    assert broken.stored == climate(3)
    assert len([record for record in caplog.records if record.exc_info]) == 1
