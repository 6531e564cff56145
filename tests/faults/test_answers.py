"""Each answer that a server may give, and what becomes of the points, their order, the counts, the pauses.

No time passes: the writer's event says how long it was to wait, and does not.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from collector.spool import Spool
from collector.writer import Writer
from influx.server import ServerStore
from tests.collector.lines import Clock, climate, spool_at
from tests.collector.write_server import (
    CUT,
    CUT_IN_ANSWER,
    CUT_IN_REQUEST,
    HANG,
    NONSENSE,
    Answer,
    WriteServer,
    write_server,
)

LINES = climate(8)
LATER = climate(4, first=8)
LONGEST_PAUSE, LONGEST_ASKED = 60.0, 600.0


class Pauses(threading.Event):
    """Notes the pauses that the writer makes instead of making them; set when nothing waits any more."""

    def __init__(self, spool: Spool) -> None:
        super().__init__()
        self.spool = spool
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        if self.spool.status().depth == 0:
            self.set()
        else:
            self.seconds.append(timeout)
        assert len(self.seconds) < 1000, "it never ends"
        return self.is_set()


@pytest.fixture
def server() -> Iterator[WriteServer]:
    with write_server() as running:
        yield running


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with spool_at(tmp_path) as made:
        yield made


def deliver(server: WriteServer, spool: Spool) -> list[float]:
    """Run a writer until nothing waits any more; the pauses it made."""
    pauses = Pauses(spool)
    with closing(ServerStore(server.url, "org", "token", timeout=timedelta(seconds=3))) as store:
        Writer(spool, store, node="pi", now=Clock(), stop=pauses).run()
    return pauses.seconds


def nothing(_server: WriteServer, _lines: list[str]) -> None:
    """Such a server stores nothing."""


def everything(server: WriteServer, lines: list[str]) -> None:
    server.stored += lines


@dataclass(frozen=True)
class Trouble:
    """A server that gives ``answer`` ``times`` times, storing what it ``stores`` all the same."""

    name: str
    answer: Answer
    times: int = 3
    at_least: float = 0.0
    """Seconds that each pause must have."""
    at_most: float = LONGEST_PAUSE
    stores: Callable[[WriteServer, list[str]], None] = nothing


def asking(seconds: str) -> dict[str, str]:
    return {"Retry-After": seconds}


TROUBLES = [
    Trouble("429 that asks for 7 s", Answer(429, headers=asking("7")), at_least=7),
    Trouble("429 that asks for 200 s", Answer(429, headers=asking("200")), at_least=200, at_most=200),
    Trouble("429 that asks for a month", Answer(429, headers=asking("2592000")), 3, 600, LONGEST_ASKED),
    Trouble("429 that asks for no time", Answer(429, headers=asking("0"))),
    Trouble("429 until a date", Answer(429, headers=asking("Wed, 21 Oct 2026 07:28:00 GMT"))),
    Trouble("429 alone", Answer(429)),
    Trouble("503 that asks for 30 s", Answer(503, headers=asking("30")), at_least=30),
    Trouble("503 alone, for long", Answer(503), 40),
    Trouble("500", Answer(500)),
    Trouble("500 after it has stored all", Answer(500), stores=everything),
    Trouble("502", Answer(502)),
    Trouble("504", Answer(504)),
    Trouble("401 for a while", Answer(401), 12),
    Trouble("403 for a while", Answer(403), 12),
    Trouble("404: no such bucket yet", Answer(404, "bucket not found")),
    Trouble("302 to elsewhere", Answer(302, headers={"Location": "/login"})),
    Trouble("it hangs", Answer(HANG), 1),
    Trouble("it hangs when it has stored all", Answer(HANG), 1, stores=everything),
    Trouble("cut before the answer", Answer(CUT)),
    Trouble("cut when it has stored all", Answer(CUT), stores=everything),
    Trouble("cut in the answer", Answer(CUT_IN_ANSWER)),
    Trouble("cut in the answer when it has stored all", Answer(CUT_IN_ANSWER), stores=everything),
    Trouble("cut in the request", Answer(CUT_IN_REQUEST)),
    Trouble("nonsense", Answer(NONSENSE)),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
def test_what_is_not_the_points_fault_keeps_them_until_they_are_taken(
    trouble: Trouble, server: WriteServer, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="collector")
    refused = [trouble.answer] * trouble.times
    server.answers += refused
    server.before = lambda lines: trouble.stores(server, lines)
    spool.add_lines("environment", LINES)
    spool.add_lines("environment", LATER)
    pauses = deliver(server, spool)
    again = trouble.times if trouble.stores is everything else 0
    assert server.stored == (LINES + LATER) * (again + 1), "not what was sent, in its order"
    status = spool.status()
    assert (status.accepted, status.rejected, status.dropped, status.dead) == (12, 0, 0, 0)
    assert len(server.requests) == trouble.times + 1, "it asked more often than it had to"
    assert len(pauses) == trouble.times, "a pause for each answer, and no other"
    assert all(trouble.at_least <= pause <= trouble.at_most for pause in pauses), pauses
    assert all(pause >= 0.1 for pause in pauses), f"it asks again at once: {pauses}"
    said = [record.message.partition(",")[0].partition(" after")[0] for record in caplog.records]
    assert said == ["The store cannot be written", "The store is back"], caplog.text


def test_pauses_grow_and_differ_so_that_nodes_do_not_come_together(server: WriteServer, spool: Spool) -> None:
    server.answers += [Answer(503)] * 60
    spool.add_lines("environment", LINES)
    pauses = deliver(server, spool)
    assert max(pauses[:3]) <= 2, f"it gives up early: {pauses}"
    assert max(pauses[20:]) > 10, f"it does not grow tired: {pauses}"
    assert len(set(pauses[20:])) > 20, f"there is no chance in it: {pauses}"


def held_against(bad: set[str], status: int, said: str) -> Callable[[WriteServer], None]:
    """An InfluxDB that stores the good lines of a batch and tells that it did not take the others."""

    def teach(server: WriteServer) -> None:
        def judge(lines: list[str]) -> Answer | None:
            refused = [line for line in lines if line in bad]
            if not refused:
                return None
            server.stored += [line for line in lines if line not in bad]
            return Answer(status, said.format(count=len(refused)))

        server.judge = judge

    return teach


@dataclass(frozen=True)
class Fault:
    """A server that refuses the ``bad`` lines in this way."""

    name: str
    status: int
    said: str
    bad: tuple[int, ...]
    requests: int
    """How many it may take at most to find them."""


CONFLICT = "partial write: field type conflict: input field x is type string, already exists as float"
FAULTS = [
    Fault("400: one of many, a type conflict", 400, f"{CONFLICT} dropped={{count}}", (5,), 9),
    Fault("400: the first and the last", 400, f"{CONFLICT} dropped={{count}}", (0, 11), 15),
    Fault("422: some too old", 422, "failure writing points: dropped {count} points", (2, 3, 7), 21),
    Fault("400 that does not count", 400, "unable to parse", (1, 8), 21),
    Fault("400: all, counted", 400, f"{CONFLICT} dropped={{count}}", tuple(range(12)), 1),
    Fault("400: all, not counted", 400, "no", tuple(range(12)), 23),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_only_the_lines_at_fault_become_dead_letters(fault: Fault, server: WriteServer, spool: Spool) -> None:
    lines = LINES + LATER
    bad = {lines[number] for number in fault.bad}
    held_against(bad, fault.status, fault.said)(server)
    spool.add_lines("environment", LINES)
    spool.add_lines("environment", LATER)
    assert deliver(server, spool) == [], "it paused though the server was well"
    good = [line for line in lines if line not in bad]
    assert list(dict.fromkeys(server.stored)) == good, "not the good lines in their order"
    letters = spool.dead()
    assert [letter.line for letter in reversed(letters)] == [line for line in lines if line in bad]
    assert all(fault.said.partition("{")[0] in letter.reason for letter in letters), letters[0].reason
    status = spool.status()
    assert (status.accepted, status.rejected, status.dropped) == (12 - len(bad), len(bad), 0)
    assert len(server.requests) <= fault.requests


@pytest.mark.parametrize("takes", [11, 5, 3, 1])
def test_what_is_too_large_is_sent_in_parts_in_its_order(
    takes: int, server: WriteServer, spool: Spool
) -> None:
    server.judge = lambda lines: Answer(413) if len(lines) > takes else None
    spool.add_lines("environment", LINES)
    spool.add_lines("environment", LATER)
    assert deliver(server, spool) == []
    assert server.stored == LINES + LATER
    status = spool.status()
    assert (status.accepted, status.rejected, status.dropped) == (12, 0, 0)


def test_a_line_that_is_too_large_alone_is_a_dead_letter_and_the_others_are_not(
    server: WriteServer, spool: Spool
) -> None:
    large = LINES[3]
    server.judge = lambda lines: Answer(413) if large in lines else None
    spool.add_lines("environment", LINES)
    assert deliver(server, spool) == []
    assert server.stored == [line for line in LINES if line != large]
    assert [letter.line for letter in spool.dead()] == [large]
    assert (spool.status().accepted, spool.status().rejected) == (7, 1)


def test_a_400_that_is_not_influxdbs_is_no_refusal(server: WriteServer, spool: Spool) -> None:
    """A proxy in between, or a wrong address, says nothing of the points."""
    server.answers.append(Answer(400, raw=b"<h1>Bad Request</h1>"))
    spool.add_lines("environment", LINES)
    assert len(deliver(server, spool)) == 1
    assert server.stored == LINES
    assert (spool.status().accepted, spool.status().rejected) == (8, 0)


def test_trouble_while_bad_lines_are_searched_loses_and_buries_nothing_else(
    server: WriteServer, spool: Spool
) -> None:
    bad = {LINES[2], LATER[1]}
    refuse = held_against(bad, 400, "no")
    refuse(server)
    judge = server.judge
    troubles = [Answer(503), Answer(401), Answer(CUT), Answer(429, headers=asking("9")), Answer(413)]
    asked = 0

    def falter(lines: list[str]) -> Answer | None:
        nonlocal asked
        asked += 1
        return troubles.pop() if asked % 2 == 0 and troubles else judge(lines)

    server.judge = falter
    spool.add_lines("environment", LINES)
    spool.add_lines("environment", LATER)
    pauses = deliver(server, spool)
    assert len(pauses) == 4, "one for each trouble but the size"
    assert set(server.stored) == set(LINES + LATER) - bad
    assert {letter.line for letter in spool.dead()} == bad
    assert (spool.status().accepted, spool.status().rejected) == (10, 2)
