"""Signs of life: one a second at most, for as long as who gives them goes on."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from vision.heartbeat import VARIABLE, Heartbeat, inherited


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    os.set_blocking(ends[0], False)
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


def heard(descriptor: int) -> int:
    try:
        return len(os.read(descriptor, 100_000))
    except BlockingIOError:
        return 0


def test_it_beats_once_a_second_however_often_it_is_told_to(pipe: tuple[int, int]) -> None:
    clock = iter([10.0, 10.5, 10.9, 11.0, 11.1, 12.5])
    heartbeat = Heartbeat(pipe[1], now=lambda: next(clock))
    for _ in range(6):
        heartbeat.beat()
    assert heard(pipe[0]) == 3


def test_it_beats_while_it_waits(pipe: tuple[int, int]) -> None:
    assert not Heartbeat(pipe[1]).wait(threading.Event(), 2.5)
    assert heard(pipe[0]) == 3


def test_waiting_ends_at_once_when_it_is_over(pipe: tuple[int, int]) -> None:
    stop = threading.Event()
    stop.set()
    assert Heartbeat(pipe[1]).wait(stop)
    assert heard(pipe[0]) == 0


def test_a_pipe_that_nobody_empties_or_holds_keeps_nobody_waiting(pipe: tuple[int, int]) -> None:
    seconds = iter(range(10, 200_000))
    heartbeat = Heartbeat(pipe[1], now=lambda: float(next(seconds)))
    for _ in range(100_000):
        heartbeat.beat()
    os.close(pipe[0])
    heartbeat.beat()


def test_without_anybody_who_listens_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    inherited().beat()


def test_it_finds_the_pipe_that_it_was_handed(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(pipe[1]))
    inherited().beat()
    assert heard(pipe[0]) == 1
