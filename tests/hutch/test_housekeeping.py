"""Jobs that run now and then."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from schedule import Scheduler

from hutch.alerting.book import Book
from hutch.config import Config, parse
from hutch.home import making_rollups
from hutch.housekeeping import Job, alerting_for, jobs_for, keep_house, run_due, storage_for
from hutch.storage import keeps_clips
from influx import local_time
from influx.config import Retention
from influx.connect import TOKEN_VARIABLE, Role
from influx.embedded import EmbeddedStore
from influx.points import to_ns
from influx.schema import VOLUME
from influx.server import ServerStore
from influx.store import Page, RowQuery, Store, Unavailable
from influx.windows import ALL_TIME, Window
from tests.vision.shelf import Shelf
from vision.clips import DirectoryClips
from vision.events import CLIP_PRUNED, CLIP_STORED

DAY = 86_400
CLIMATE = "environment,location=hutch,node=n,sensor=s"


@pytest.fixture
def home(tmp_path: Path) -> Config:
    """The defaults, in a folder of one's own."""
    return parse({"data_dir": str(tmp_path)}, "the defaults")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with closing(EmbeddedStore(tmp_path / "points.sqlite", retention=Retention())) as store:
        yield store


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_the_embedded_store_is_expired_each_hour_and_kept_up_each_minute(
    store: EmbeddedStore, home: Config
) -> None:
    jobs = jobs_for(store, home, threading.Event()).get_jobs()
    assert sorted((job.interval, job.unit) for job in jobs) == [(1, "hours"), (1, "minutes")]


def test_clips_are_kept_within_their_room_apart_and_at_once(store: EmbeddedStore, home: Config) -> None:
    with_clips = parse({"data_dir": str(home.data_dir), "vision": {"clips": {"budget": "1 MB"}}}, "a home")
    shelf = Shelf(store, DirectoryClips(home.data_dir / "clips"), home.data_dir)
    older = shelf.add(timedelta(hours=3), clip=600_000)
    storage_for(store, with_clips, threading.Event()).run_all()  # while there is room
    names = [shelf.add(timedelta(hours=2), clip=600_000), older]
    stop = threading.Event()
    jobs = storage_for(store, with_clips, stop)
    assert [(job.interval, job.unit) for job in jobs.get_jobs()] == [(5, "minutes")]
    thread = threading.Thread(target=keep_house, args=(jobs, stop))
    thread.start()
    try:
        until(lambda: shelf.says(names[1])[0] == CLIP_PRUNED)
        assert shelf.says(names[0])[0] == CLIP_STORED
    finally:
        stop.set()
        thread.join()


def test_a_machine_without_clips_keeps_none(store: EmbeddedStore, home: Config) -> None:
    storage_for(store, home, threading.Event()).run_all()
    assert store.latest(VOLUME.name, ALL_TIME) == []


def test_a_bucket_is_kept_by_the_server_alone(home: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    s3 = {"store": "s3", "endpoint": "127.0.0.1:9"}
    influx = {"url": "http://127.0.0.1:9", "token_dir": str(home.data_dir / "tokens")}
    node = parse({"data_dir": str(home.data_dir), "vision": {"clips": s3}, "influx": influx}, "a node")
    with closing(ServerStore("http://127.0.0.1:9", "hutch", "token")) as store:
        assert not keeps_clips(node, store)
        monkeypatch.setenv(TOKEN_VARIABLE, "token")
        assert keeps_clips(node, store)


def test_what_is_wrong_is_looked_for_apart_and_not_where_grafana_does(store: Store, home: Config) -> None:
    book = Book(home.data_dir, home.alerts)
    (job,) = alerting_for(store, home, book).get_jobs()
    assert (job.interval, job.unit) == (20, "seconds")
    grafana = parse({"data_dir": str(home.data_dir), "alerts": {"by": "grafana"}}, "another")
    assert alerting_for(store, grafana, book).get_jobs() == []


def test_influxdb_expires_by_itself(home: Config) -> None:
    with closing(ServerStore("http://127.0.0.1:9", "hutch", "token")) as store:
        (job,) = jobs_for(store, home, threading.Event()).get_jobs()
    assert (job.interval, job.unit) == (1, "minutes")


def test_what_was_missed_is_made_up_for_at_once(tmp_path: Path, home: Config) -> None:
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
        thread = threading.Thread(target=keep_house, args=(jobs_for(store, home, stop), stop))
        thread.start()
        try:
            until(lambda: values("environment_15m", "temperature_mean") == [21.0])
            until(lambda: values("environment", "temperature") == [21.0])
        finally:
            stop.set()
            thread.join()


class Shown:
    """A clock that shows ``shown`` seconds since 1970; is it ``right``, and only by a ``battery``?"""

    boot = "only one"

    def __init__(self, shown: float, *, right: bool, battery: bool = False) -> None:
        self._shown, self._right, self._battery = shown, right, battery

    def now(self) -> float:
        return self._shown

    def elapsed_ns(self) -> int:
        return 0

    def is_right(self) -> bool:
        return self._right

    def is_synchronised(self) -> bool:
        return self._right and not self._battery


@pytest.mark.parametrize(
    ("ahead", "right", "battery", "left"),
    [
        (0, True, False, [22.0, 21.0]),
        (9 * 365 * DAY, False, False, [22.0, 21.0]),
        (-9 * 365 * DAY, False, False, [22.0, 21.0, 20.0]),
        (9 * 365 * DAY, True, True, [22.0, 21.0]),
        (9 * 365 * DAY, True, False, []),
    ],
    ids=["right", "ahead", "back", "a battery clock ahead", "really so late"],
)
def test_a_clock_that_jumped_deletes_no_home(
    tmp_path: Path, home: Config, ahead: float, right: bool, battery: bool, left: list[float]
) -> None:
    now, clock = time.time(), [time.time() - 20 * DAY]
    with closing(EmbeddedStore(tmp_path / "points.sqlite", now=lambda: clock[0])) as store:
        store.write("environment", [f"{CLIMATE} temperature=20 {int((now - 20 * DAY) * 1e9)}"])
        clock[0] = now
        store.write("environment", [f"{CLIMATE} temperature=21 {int((now - 5 * DAY) * 1e9)}"])
        store.write("environment", [f"{CLIMATE} temperature=22 {int(now * 1e9)}"])
        jobs = jobs_for(
            store, home, threading.Event(), clock=Shown(now + ahead, right=right, battery=battery)
        )
        jobs.run_all()
        window = Window.last(timedelta(days=30), datetime.fromtimestamp(now + 1, UTC))
        found = store.rows(RowQuery("environment", window)).points
        assert [point.fields["temperature"] for point in found] == left


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=365)], ids=["autumn", "a wrong clock"])
def test_jobs_go_on_where_the_time_of_day_went_back(back: timedelta) -> None:
    jobs, ran = Scheduler(), []
    for job in (jobs.every().minute, jobs.every().hour):
        job.do(lambda unit=job.unit: ran.append(unit))
    jobs.run_all()
    ran.clear()
    run_due(jobs)
    assert ran == []
    for job in jobs.get_jobs():
        # The same as a clock that shows so much less now.
        assert job.next_run is not None
        job.next_run += back
    run_due(jobs)
    run_due(jobs)
    assert sorted(ran) == ["hours", "minutes"]


def test_rollups_are_made_by_the_newest_point_while_no_clock_is_right(
    store: EmbeddedStore, home: Config
) -> None:
    now = local_time.floor(datetime.now(UTC)) - timedelta(hours=1)
    jobs = jobs_for(store, home, threading.Event(), clock=Shown(time.time() + 400 * DAY, right=False))
    for minutes, made in ((0, 0), (19, 0), (20, 1)):
        at = to_ns(now + timedelta(minutes=minutes))
        store.write("environment", [f"{CLIMATE} temperature=20 {at}"])
        jobs.run_all()
        assert len(store.rows(RowQuery("environment_15m", ALL_TIME)).points) == made


class Untouchable:
    """An InfluxDB that must not be asked anything."""

    tends_itself = True

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} was asked for")


@pytest.mark.parametrize(
    ("role", "right"), [(Role.WRITER, True), (Role.TASKS, False)], ids=["writes only", "wrong clock"]
)
def test_a_server_is_left_alone_by_who_may_not_tend_it_or_does_not_know_the_time(
    tmp_path: Path, role: Role, right: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    (tmp_path / role).write_text("token")
    section = {"url": "http://127.0.0.1:9", "token_dir": str(tmp_path)}
    home = parse({"data_dir": str(tmp_path), "influx": section}, "a node's")
    clock = Shown(time.time(), right=right)
    jobs_for(cast(Store, Untouchable()), home, threading.Event(), clock=clock).run_all()
    assert caplog.messages == []


def test_upkeep_waits_for_who_is_making_rollups(store: EmbeddedStore, home: Config) -> None:
    store.write("environment", [f"{CLIMATE} temperature=20 {int((time.time() - 7200) * 1e9)}"])
    thread = threading.Thread(target=jobs_for(store, home, threading.Event()).run_all, daemon=True)
    with making_rollups(home.data_dir):
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        assert store.rows(RowQuery("environment_15m", ALL_TIME)).points == ()
    thread.join()
    assert len(store.rows(RowQuery("environment_15m", ALL_TIME)).points) == 1


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


class Wandering(Shown):
    """A clock that is right for a while, and then shows nonsense; ``passed`` seconds of its boot are over."""

    passed = 0.0

    def elapsed_ns(self) -> int:
        return int(self.passed * 1e9)

    def goes_wrong(self, shown: float) -> None:
        self._shown, self._right = shown, False


class Quiet:
    """An InfluxDB that holds nothing."""

    tends_itself = True

    def __getattr__(self, name: str) -> Callable[..., object]:
        page = Page((), None)
        return lambda *_, **__: page if name == "rows" else []


def test_who_knew_the_time_once_goes_on_with_it_though_the_clock_is_right_no_more(home: Config) -> None:
    book, clock = Book(home.data_dir, home.alerts), Wandering(2e9, right=True)
    jobs = alerting_for(cast(Store, Quiet()), home, book, clock=clock)
    jobs.run_all()
    clock.goes_wrong(1.7e9)
    clock.passed = 3600
    jobs.run_all()
    assert book.read().looked == datetime.fromtimestamp(2e9 + 3600, UTC)
    assert book.read().trouble == ""


def test_that_nobody_knows_the_time_is_told_after_a_quarter_of_an_hour_and_ends(
    home: Config, caplog: pytest.LogCaptureFixture
) -> None:
    book, clock = Book(home.data_dir, home.alerts), Wandering(2e9, right=False)
    jobs = alerting_for(cast(Store, Quiet()), home, book, clock=clock)
    for passed, trouble in ((0, ""), (890, ""), (910, "nobody knows what time it is")):
        clock.passed = passed
        jobs.run_all()
        assert book.read().trouble == trouble
    jobs.run_all()
    assert book.read().looked is None
    assert [record.getMessage() for record in caplog.records] == [
        "nobody looks for what is wrong, for nobody knows what time it is; let a time server set the clock"
    ]
    clock._right = True
    jobs.run_all()
    assert (book.read().trouble, book.read().looked) == ("", datetime.fromtimestamp(2e9, UTC))
