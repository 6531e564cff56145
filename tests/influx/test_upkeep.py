"""Rollups that keep themselves true: due ones, missed ones, and those that late points belong to."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from collector.config import SpoolSection
from collector.spool import open_spool
from collector.writer import Writer
from influx import local_time
from influx.config import Retention
from influx.embedded import EmbeddedStore
from influx.points import Point, make, to_ns
from influx.schema import LATE_WINDOW
from influx.steps import QUARTER
from influx.store import RowQuery, Store, Unavailable
from influx.upkeep import Upkeep
from influx.windows import READY, Window
from tests.influx.conftest import FOREVER
from tests.influx.reference_rollups import differences, everything
from tests.influx.test_rollups import climate, event, put, there

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOME = ZoneInfo("Asia/Kathmandu")
_noons = (datetime(2000, 6, 1, 12, tzinfo=UTC) + n * 8 * DAY for n in itertools.count())


@pytest.fixture
def noon() -> datetime:
    """A noon that no other test has points near."""
    return next(_noons)


def late(node: str, measurement: str, at: datetime, start: object, stop: object) -> Point:
    tags = {"node": node, "measurement": measurement}
    return make(LATE_WINDOW, tags, {"start": str(start), "stop": str(stop), "rolled_up": False}, at)


def reports(store: Store, day: datetime) -> list[object]:
    """Whether each report near ``day`` says that it is settled, latest first."""
    found = store.rows(RowQuery("late_window", Window(day - DAY, day + DAY), limit=10_000)).points
    assert all(point.fields.keys() == {"start", "stop", "rolled_up"} for point in found)
    return [point.fields["rolled_up"] for point in found]


def keeping(**kept: timedelta) -> Retention:
    return FOREVER.model_copy(update=kept)


def test_late_windows_are_made_anew_and_settled(store: Store, noon: datetime) -> None:
    upkeep = Upkeep(store, FOREVER, HOME)
    now = noon + 20 * HOUR
    upkeep.tick(now)
    points = [climate(noon + n * timedelta(minutes=1), float(n)) for n in range(90)]
    put(store, points)
    put(
        store,
        [
            late("a", "environment", now, noon, noon + 2 * QUARTER),
            late("b", "environment", now, noon + QUARTER, noon + 6 * QUARTER),
            late("b", "environment", now + timedelta(milliseconds=1), noon + 6 * QUARTER, noon + 7 * QUARTER),
        ],
    )
    upkeep.tick(now + timedelta(minutes=2))
    day = local_time.day(noon, HOME)
    assert differences(there(store, day, "environment_15m", "environment_1d"), everything(points, HOME)) == []
    assert reports(store, now) == [True, True, True]


def test_a_report_that_names_no_window_is_passed_over(store: Store, noon: datetime) -> None:
    put(
        store,
        [
            late("a", "environment", noon, "yesterday", "today"),
            late("b", "environment", noon, noon, noon),
            late("c", "environment", noon, "2026-01-01", "2026-01-02"),
            late("d", "weather", noon, noon, noon + QUARTER),
            late("e", "journal", noon, noon - DAY, noon),
        ],
    )
    Upkeep(store, FOREVER, HOME).tick(noon + HOUR)
    assert reports(store, noon) == [True] * 5


def test_more_reports_than_a_page_holds_are_all_settled(store: Store, noon: datetime) -> None:
    put(store, [climate(noon, 20.0)])
    put(
        store,
        [
            late("a", "environment", noon + n * timedelta(milliseconds=1), noon, noon + QUARTER)
            for n in range(1001)
        ],
    )
    upkeep = Upkeep(store, FOREVER, HOME)
    upkeep.tick(noon + HOUR)
    assert reports(store, noon) == [True] * 1001


def test_windows_that_raw_points_no_longer_cover_wholly_stay_as_they_are(
    store: Store, noon: datetime
) -> None:
    points = [climate(noon + n * QUARTER, float(n)) for n in range(8)]
    put(store, points)
    store.roll_up("environment", Window(noon, noon + 8 * QUARTER), HOME)
    before = there(store, local_time.day(noon, HOME), "environment_15m")
    for point in points:
        store.delete("environment", point.tags, point.time_ns)
    now = noon + DAY
    put(store, [late("a", "environment", now - MINUTE, noon - DAY, noon + 8 * QUARTER)])
    # Kept is what is newer than the middle of the fourth window; the fifth may expire while it is read.
    upkeep = Upkeep(store, keeping(readings=DAY - 3.5 * QUARTER), HOME)
    upkeep.tick(now)
    assert there(store, local_time.day(noon, HOME), "environment_15m") == before[-5:]
    assert reports(store, now) == [True]


def test_a_window_that_is_not_over_is_left_to_its_time(store: Store, noon: datetime) -> None:
    upkeep = Upkeep(store, FOREVER, HOME)
    upkeep.tick(noon)
    put(store, [climate(noon + timedelta(minutes=20), 20.0)])
    put(store, [late("a", "environment", noon, noon, noon + HOUR)])
    upkeep.tick(noon + timedelta(minutes=34))
    names = ("environment_15m",)
    assert there(store, local_time.day(noon, HOME), *names) == []
    put(store, [late("a", "environment", noon, noon, noon + HOUR)])
    upkeep.tick(noon + timedelta(minutes=35))
    assert [p.time for p in there(store, local_time.day(noon, HOME), *names)] == [noon + QUARTER]


def test_what_was_missed_while_nothing_ran_is_made_up_for(store: Store, noon: datetime) -> None:
    points = [climate(noon + n * timedelta(minutes=5), float(n % 50)) for n in range(600)]
    put(store, points)
    store.roll_up("environment", Window(noon, noon + 10 * HOUR), HOME)
    now = noon + 3 * DAY
    Upkeep(store, FOREVER, HOME).tick(now)
    expected = everything(points, HOME)
    assert (
        differences(there(store, Window(noon - DAY, now), "environment_15m", "environment_1d"), expected)
        == []
    )


def test_a_deleted_event_is_counted_anew_when_its_window_is_reported(store: Store, noon: datetime) -> None:
    events = [event(noon + n * timedelta(minutes=1), duration=float(n)) for n in range(3)]
    put(store, events)
    now = noon + 2 * DAY
    upkeep = Upkeep(store, FOREVER, HOME)
    upkeep.tick(now)
    for left in (2, 0):
        for gone in events[left:]:
            store.delete("pet_event", gone.tags, gone.time_ns)
        del events[left:]
        put(store, [late("api", "pet_event", now, noon, noon + QUARTER)])
        now += MINUTE
        upkeep.tick(now)
        found = there(store, local_time.day(noon, HOME), "pet_event_15m", "pet_event_1d")
        assert differences(found, everything(events, HOME)) == []


def test_points_delivered_late_by_the_writer_change_their_rollups(
    store: Store, noon: datetime, tmp_path: Path
) -> None:
    """End to end: from the spool of a node that was cut off for three days."""
    points = [climate(noon + n * timedelta(minutes=7), float(n % 50)) for n in range(500)]
    now = noon + 3 * DAY
    upkeep = Upkeep(store, FOREVER, HOME)
    upkeep.tick(now)
    with closing(open_spool(tmp_path, SpoolSection())) as spool:
        spool.add(points)
        writer = Writer(spool, store, node="pi", now=now.timestamp, stop=threading.Event())
        while writer.drain_once():
            pass
    upkeep.tick(now + MINUTE)
    expected = everything(points, HOME)
    window = Window(noon - DAY, now)
    assert differences(there(store, window, "environment_15m", "environment_1d"), expected) == []
    assert set(reports(store, now)) == {True}


def test_stopping_ends_a_long_catching_up_and_the_next_start_goes_on(store: Store, noon: datetime) -> None:
    points = [climate(noon + n * HOUR, float(n)) for n in range(100)]
    put(store, points)
    now = noon + 6 * DAY
    stop = threading.Event()
    stop.set()
    Upkeep(store, FOREVER, HOME, stop=stop).tick(now)
    window = Window(noon - DAY, now)
    assert there(store, window, "environment_15m") == []
    Upkeep(store, FOREVER, HOME).tick(now)
    assert len(there(store, window, "environment_15m")) == 100


class Failing:
    """A store whose ``roll_up`` of ``measurement`` fails ``times`` times, and that has tasks or none."""

    def __init__(self, store: Store, measurement: str, times: int, *, tends_itself: bool) -> None:
        self._store, self._measurement, self._times = store, measurement, times
        self.tends_itself = tends_itself

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def roll_up(self, measurement: str, window: Window, zone: ZoneInfo) -> None:
        if measurement == self._measurement and self._times:
            self._times -= 1
            raise Unavailable("it took too long")
        self._store.roll_up(measurement, window, zone)


@pytest.mark.parametrize("tends_itself", [True, False], ids=["with tasks", "without"])
def test_a_catching_up_that_failed_is_tried_again_and_holds_up_no_other(
    embedded: EmbeddedStore, noon: datetime, tends_itself: bool
) -> None:
    put(embedded, [climate(noon + n * QUARTER, 20.0) for n in range(12)])
    put(embedded, [event(noon, duration=1.0)])
    failing = Failing(embedded, "environment", 1, tends_itself=tends_itself)
    upkeep = Upkeep(cast(Store, failing), FOREVER, HOME)
    now = noon + 4 * HOUR
    with pytest.raises(Unavailable):
        upkeep.tick(now)
    window = Window(noon - DAY, now)
    assert there(embedded, window, "environment_15m") == []
    assert len(there(embedded, window, "pet_event_15m")) == 1
    upkeep.tick(now + MINUTE)
    assert len(there(embedded, window, "environment_15m")) == 12


@pytest.mark.parametrize("restarted", [False, True])
def test_what_tasks_missed_while_the_server_was_away_is_made(
    embedded: EmbeddedStore, noon: datetime, tmp_path: Path, restarted: bool
) -> None:
    """Points that came on time, just before: nobody reports them late. The store makes nothing by itself."""
    tended = cast(Store, Failing(embedded, "", 0, tends_itself=True))
    upkeep = Upkeep(tended, FOREVER, HOME, path=tmp_path / "made.json")
    points = [climate(noon + n * MINUTE, float(n)) for n in range(20)]
    put(embedded, points[:15])
    embedded.roll_up("environment", Window(noon, noon + QUARTER), HOME)
    upkeep.tick(noon + 20 * MINUTE)
    put(embedded, points[15:])
    later = climate(noon + 5 * HOUR, 20.0)
    put(embedded, [later])
    embedded.roll_up("environment", Window(noon + 5 * HOUR, noon + 5 * HOUR + QUARTER), HOME)
    if restarted:
        upkeep = Upkeep(tended, FOREVER, HOME, path=tmp_path / "made.json")
    upkeep.tick(noon + 6 * HOUR)
    expected = [p for p in everything([*points, later], HOME) if p.measurement == "environment_15m"]
    found = there(embedded, Window(noon - DAY, noon + DAY), "environment_15m")
    assert differences(found, expected) == []


def test_a_store_with_tasks_is_left_to_them_while_it_is_seen(embedded: EmbeddedStore, noon: datetime) -> None:
    upkeep = Upkeep(cast(Store, Failing(embedded, "", 0, tends_itself=True)), FOREVER, HOME)
    upkeep.tick(noon)
    put(embedded, [climate(noon, 20.0)])
    for n in range(1, 40):
        upkeep.tick(noon + n * MINUTE)
    assert there(embedded, Window(noon - DAY, noon + DAY), "environment_15m") == []


@pytest.mark.parametrize("ahead", [HOUR, 400 * DAY])
def test_a_clock_that_was_ahead_for_one_tick_leaves_no_hole(
    embedded: EmbeddedStore, noon: datetime, ahead: timedelta
) -> None:
    upkeep = Upkeep(embedded, FOREVER, HOME)
    points = [climate(noon + n * MINUTE, float(n % 50)) for n in range(120)]
    for n, point in enumerate(points):
        put(embedded, [point])
        upkeep.tick(point.time + (ahead if n == 20 else timedelta(0)))
    upkeep.tick(noon + 2 * HOUR + READY)
    found = there(embedded, Window(noon - DAY, noon + DAY), "environment_15m")
    assert differences(found, everything(points, HOME)[: len(found)]) == []
    assert len(found) == 8


def test_a_late_report_waits_until_what_began_before_it_has_ended(store: Store, noon: datetime) -> None:
    now = noon + 20 * HOUR
    upkeep = Upkeep(store, FOREVER, HOME)
    upkeep.tick(now)
    put(store, [late("a", "environment", now, noon, noon + QUARTER)])
    upkeep.tick(now + MINUTE - timedelta.resolution * 1000)
    assert reports(store, now) == [False]


def test_a_late_report_of_a_clock_that_was_ahead_is_settled(store: Store, noon: datetime) -> None:
    now, told = noon + HOUR, noon + 3 * DAY
    upkeep = Upkeep(store, FOREVER, HOME)
    upkeep.tick(now)
    put(store, [climate(noon, 20.0), late("a", "environment", told, noon, noon + QUARTER)])
    upkeep.tick(now + MINUTE)
    assert reports(store, told) == [False]
    upkeep.tick(now + 2 * MINUTE)
    assert reports(store, told) == [True]
    assert len(there(store, local_time.day(noon, HOME), "environment_15m")) == 1


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with closing(EmbeddedStore(tmp_path / "points.sqlite", retention=FOREVER)) as store:
        yield store


def test_without_a_server_rollups_come_five_minutes_after_their_window(
    embedded: EmbeddedStore, noon: datetime
) -> None:
    upkeep = Upkeep(embedded, FOREVER, HOME)
    upkeep.tick(noon)
    put(embedded, [climate(noon, 20.0), climate(noon + QUARTER, 21.0)])
    day = local_time.day(noon, HOME)
    for after, count in (
        (QUARTER + READY - timedelta.resolution, 0),
        (QUARTER + READY, 1),
        (2 * QUARTER + READY, 2),
    ):
        upkeep.tick(noon + after)
        assert len(there(embedded, day, "environment_15m")) == count
    upkeep.tick(day.stop + READY)
    (daily,) = there(embedded, day, "environment_1d")
    assert daily.fields["temperature_mean"] == 20.5


def test_without_a_server_every_hour_has_its_baseline(embedded: EmbeddedStore, noon: datetime) -> None:
    put(embedded, [climate(noon - DAY + n * QUARTER, 20.0) for n in range(96)])
    upkeep = Upkeep(embedded, FOREVER, HOME)
    upkeep.tick(noon + READY)
    upkeep.tick(noon + READY + QUARTER)
    # The hours of Kathmandu begin at a quarter past. Then nothing runs for three of them.
    upkeep = Upkeep(embedded, FOREVER, HOME)
    upkeep.tick(noon + READY + QUARTER + 3 * HOUR)
    found = there(embedded, Window(noon - DAY, noon + DAY), "baseline")
    assert [point.time_ns for point in found] == [to_ns(noon + QUARTER + n * HOUR) for n in (3, 2, 1, 0, -1)]
    assert {point.fields["mean"] for point in found} == {20.0}
