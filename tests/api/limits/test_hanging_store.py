import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from collector.spool import SpoolStatus
from tests.api.home import NOW, Home, a_home, serving
from tests.api.silent_store import Silent, a_store_that_never_answers

PATIENCE = 8.0
"""Seconds: the store's timeout of 3, and what two busy cores add."""
READS = (
    "/events",
    "/recordings",
    "/latest",
    "/temperature/history",
    "/series?measurement=environment&field=temperature",
    "/journal",
    "/get-last-entity",
)
MESSAGE = {"id": "handheld 1", "ts": NOW.timestamp(), "pct": 90, "sensors": [{"type": "CO", "val": 1280}]}


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[tuple[Home, httpx.Client, Silent]]:
    """A home whose InfluxDB takes connections and never answers."""
    with (
        a_store_that_never_answers() as (store, silent),
        a_home(tmp_path, store) as home,
        serving(home) as client,
    ):
        client.timeout = httpx.Timeout(PATIENCE)
        yield home, client, silent


def test_a_store_that_hangs_holds_up_nobody_but_who_asks_it(
    hanging: tuple[Home, httpx.Client, Silent],
) -> None:
    home, client, silent = hanging
    asked = [READS[n % len(READS)] for n in range(60)]
    began = time.monotonic()
    with ThreadPoolExecutor(60) as readers:
        answers = [readers.submit(httpx.get, home.url + path, timeout=PATIENCE) for path in asked]
        wait_for(lambda: silent.questions() >= 20)
        slowest = 0.0
        for number in range(5):
            start = time.monotonic()
            answer = client.post("/receive-json", json={**MESSAGE, "ts": NOW.timestamp() - number})
            slowest = max(slowest, time.monotonic() - start)
            assert answer.status_code == 200, answer.text
        status: SpoolStatus = home.context.spool.status()
        for path in ("/ping", "/pages/formula", "/static/hutch.css", "/health"):
            assert client.get(path).status_code < 300, path
        told = [answer.result() for answer in answers]
    assert {answer.status_code for answer in told} == {503}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in told)
    assert all(answer.json()["detail"].startswith("The database cannot be reached") for answer in told)
    assert time.monotonic() - began < PATIENCE
    assert slowest < 1, f"a message was acknowledged after {slowest:.1f} s"
    assert status.depth >= 5, "what devices sent waits in the spool"


def wait_for(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    deadline = time.monotonic() + 8
    while not condition():
        assert time.monotonic() < deadline, "nobody asked the store"
        pause.wait(0.02)


def test_after_a_timeout_the_others_are_told_at_once(hanging: tuple[Home, httpx.Client, Silent]) -> None:
    _home, client, silent = hanging
    assert client.get("/events").status_code == 503
    asked = silent.questions()
    for _ in range(20):
        assert client.get("/events").status_code == 503
    assert silent.questions() - asked <= 2, "one tries again, and no more"
