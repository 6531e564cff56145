"""Jobs that run now and then."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hutch.config import parse
from hutch.housekeeping import Job, jobs_for, keep_house
from influx.config import Retention
from influx.embedded import EmbeddedStore
from influx.server import ServerStore
from influx.store import RowQuery, Unavailable
from influx.windows import Window

HOME = parse({}, "the defaults")
DAY = 86_400
CLIMATE = "environment,location=hutch,node=n,sensor=s"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with closing(EmbeddedStore(tmp_path / "points.sqlite", retention=Retention())) as store:
        yield store


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_the_embedded_store_is_expired_each_hour_and_kept_up_each_minute(store: EmbeddedStore) -> None:
    jobs = jobs_for(store, HOME, threading.Event()).get_jobs()
    assert sorted((job.interval, job.unit) for job in jobs) == [(1, "hours"), (1, "minutes")]


def test_influxdb_expires_by_itself() -> None:
    with closing(ServerStore("http://127.0.0.1:9", "hutch", "token")) as store:
        (job,) = jobs_for(store, HOME, threading.Event()).get_jobs()
    assert (job.interval, job.unit) == (1, "minutes")


def test_what_was_missed_is_made_up_for_at_once(tmp_path: Path) -> None:
    now = time.time()
    clock = [now - 20 * DAY]
    path = tmp_path / "points.sqlite"
    with closing(EmbeddedStore(path, retention=Retention(), now=lambda: clock[0])) as store:
        store.write("environment", [f"{CLIMATE} temperature=20 {int((now - 20 * DAY) * 1e9)}"])
        clock[0] = now
        store.write("environment", [f"{CLIMATE} temperature=21 {int((now - 3600) * 1e9)}"])
        window = Window.last(timedelta(days=30), datetime.fromtimestamp(now + 1, UTC))

        def values(measurement: str, field: str) -> list[object]:
            return [point.fields[field] for point in store.rows(RowQuery(measurement, window)).points]

        stop = threading.Event()
        thread = threading.Thread(target=keep_house, args=(jobs_for(store, HOME, stop), stop))
        thread.start()
        try:
            until(lambda: values("environment_15m", "temperature_mean") == [21.0])
            until(lambda: values("environment", "temperature") == [21.0])
        finally:
            stop.set()
            thread.join()


class Shown:
    """A clock that shows ``shown`` seconds since 1970, and is ``right`` or not."""

    boot = "only one"

    def __init__(self, shown: float, *, right: bool) -> None:
        self._shown, self._right = shown, right

    def now(self) -> float:
        return self._shown

    def elapsed_ns(self) -> int:
        return 0

    def is_right(self) -> bool:
        return self._right


@pytest.mark.parametrize(
    ("ahead", "right", "left"),
    [
        (0, True, [22.0, 21.0]),
        (9 * 365 * DAY, False, [22.0, 21.0]),
        (-9 * 365 * DAY, False, [22.0, 21.0, 20.0]),
        (9 * 365 * DAY, True, []),
    ],
    ids=["right", "ahead", "back", "really so late"],
)
def test_a_clock_that_jumped_deletes_no_home(
    tmp_path: Path, ahead: float, right: bool, left: list[float]
) -> None:
    now, clock = time.time(), [time.time() - 20 * DAY]
    with closing(EmbeddedStore(tmp_path / "points.sqlite", now=lambda: clock[0])) as store:
        store.write("environment", [f"{CLIMATE} temperature=20 {int((now - 20 * DAY) * 1e9)}"])
        clock[0] = now
        store.write("environment", [f"{CLIMATE} temperature=21 {int((now - 5 * DAY) * 1e9)}"])
        store.write("environment", [f"{CLIMATE} temperature=22 {int(now * 1e9)}"])
        jobs = jobs_for(store, HOME, threading.Event(), clock=Shown(now + ahead, right=right))
        jobs.run_all()
        window = Window.last(timedelta(days=30), datetime.fromtimestamp(now + 1, UTC))
        found = store.rows(RowQuery("environment", window)).points
        assert [point.fields["temperature"] for point in found] == left


def test_a_job_that_fails_is_logged_once_and_once_when_it_works_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcomes: list[Exception | None] = [
        Unavailable("it is away"),
        ValueError("oh"),
        None,
        None,
        ValueError("ah"),
    ]

    def work() -> None:
        if (outcome := outcomes.pop(0)) is not None:
            raise outcome

    job = Job("the counting of sheep", work)
    with caplog.at_level(logging.INFO, logger="hutch.housekeeping"):
        while outcomes:
            job()
    assert [(record.levelname, record.message, bool(record.exc_info)) for record in caplog.records] == [
        ("WARNING", "the counting of sheep failed and is tried again: it is away", False),
        ("INFO", "the counting of sheep works again after 2 failures", False),
        ("WARNING", "the counting of sheep failed and is tried again: ah", True),
    ]
