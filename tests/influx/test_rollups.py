"""Rollups, active minutes and baselines of both stores, beside a plain recomputation from the raw points."""

import itertools
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from influx import local_time
from influx.lines import parse_line
from influx.points import Point, line, make, to_ns
from influx.schema import BASELINE, DERIVED, ENVIRONMENT, PET_ACTIVITY, PET_EVENT, ROLLED
from influx.steps import QUARTER
from influx.store import Store
from influx.windows import Window
from tests.influx.reference_rollups import baseline_points, differences, everything, some_points, utc

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZURICH = ZoneInfo("Europe/Zurich")


def put(store: Store, points: Iterable[Point]) -> None:
    by_name = sorted(points, key=lambda point: point.measurement)
    for name, group in itertools.groupby(by_name, lambda point: point.measurement):
        store.write(name, [line(point) for point in group])


def there(store: Store, window: Window, *names: str) -> list[Point]:
    """What there is of the derived measurements, of all or of those with ``names``; newest first."""
    found: list[Point] = []
    for spec in DERIVED:
        if not names or spec.name in names:
            lines = [one for some in store.lines(spec.name, window) for one in some]
            found += map(parse_line, reversed(lines))
    return found


def around(day: str, zone: ZoneInfo) -> Window:
    """Three days of ``zone``, the second of them the one that begins at ``day``."""
    this = local_time.day(datetime.fromisoformat(day).replace(hour=12, tzinfo=zone), zone)
    return Window(local_time.day(this.start - HOUR, zone).start, local_time.day(this.stop + HOUR, zone).stop)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Zurich", "2025-03-30"),
        ("Europe/Zurich", "2025-10-26"),
        ("Asia/Kathmandu", "2025-05-01"),
        ("Australia/Lord_Howe", "2025-04-06"),
        ("Australia/Lord_Howe", "2025-10-05"),
        ("America/Havana", "2025-03-09"),  # midnight is skipped
        ("America/Havana", "2025-11-02"),  # midnight comes twice
        ("UTC", "2025-06-01"),
    ],
)
def test_rollups_are_what_a_recomputation_gives(
    store: Store, zone: str, day: str, chance: random.Random
) -> None:
    home = ZoneInfo(zone)
    window = around(day, home)
    points = [point for spec in ROLLED for point in some_points(spec, window, 150, chance)]
    put(store, points)
    for spec in ROLLED:
        store.roll_up(spec.name, window, home)
    expected = everything(points, home)
    assert {point.measurement for point in expected} == {spec.name for spec in DERIVED} - {"baseline"}
    assert differences(there(store, window), expected) == []


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        # The clocks are set on 31 March and 27 October: an hour that is missing, that is twice, and others.
        ("Europe/Zurich", ["2024-03-31T01:30+01:00", "2024-03-31T03:00+02:00", "2024-04-05T02:59+02:00"]),
        ("Europe/Zurich", ["2024-10-27T02:10+02:00", "2024-10-27T02:10+01:00", "2024-11-01T02:00+01:00"]),
        ("Asia/Kathmandu", ["2024-06-01T00:00+05:45", "2024-06-01T23:59+05:45"]),
        ("Australia/Lord_Howe", ["2022-04-03T01:40+10:30", "2022-04-06T01:00+10:30"]),
    ],
)
def test_a_baseline_is_what_a_recomputation_gives(
    store: Store, zone: str, hours: list[str], chance: random.Random
) -> None:
    home = ZoneInfo(zone)
    window = Window(utc(hours[0]) - 20 * DAY, utc(hours[-1]) + DAY)
    # Days without a sensor or a pet are left out; on some a pet is active, but not in that hour.
    parts = [
        some_points(ENVIRONMENT, window, 1500, chance),
        some_points(PET_ACTIVITY, Window(window.start + 8 * DAY, window.stop), 60, chance),
    ]
    points = [point for part in parts for point in part]
    put(store, points)
    for spec in (ENVIRONMENT, PET_ACTIVITY):
        store.roll_up(spec.name, window, home)
    for text in hours:
        hour = utc(text)
        start = hour.replace(minute=hour.minute // 15 * 15)
        while (start - QUARTER).astimezone(home).hour == hour.astimezone(home).hour:
            start -= QUARTER
        store.baseline(hour, home)
        found = there(store, Window(start, start + timedelta.resolution), BASELINE.name)
        expected = baseline_points(points, hour, start, home)
        assert {point.tags["kind"] for point in expected} == {"temperature", "activity"}
        assert differences(found, expected) == [], f"the baseline of {text}"


def climate(at: datetime, temperature: float, sensor: str = "a") -> Point:
    tags = {"node": "pi", "sensor": sensor, "location": "room"}
    return make(ENVIRONMENT, tags, {"temperature": temperature}, at)


def event(at: datetime, pet: str = "miso", **fields: float) -> Point:
    tags = {"camera": "cage", "location": "room", "pet": pet, "event_type": "playing"}
    return make(PET_EVENT, tags, {"event_id": "x", **fields}, at)


def test_a_baseline_made_again_forgets_who_is_gone(store: Store) -> None:
    start = datetime(2023, 1, 10, 12, tzinfo=UTC)
    yesterday = Window(start - DAY, start - DAY + HOUR)
    seen = [climate(yesterday.start, 20.0)]
    put(store, seen)
    store.roll_up("environment", yesterday, ZURICH)
    store.baseline(start, ZURICH)
    hour = Window(start, start + HOUR)
    assert [point.fields["days"] for point in there(store, hour, "baseline")] == [1]
    store.delete("environment", seen[0].tags, seen[0].time_ns)
    store.roll_up("environment", yesterday, ZURICH)
    store.baseline(start, ZURICH)
    assert there(store, hour, "baseline") == []


def test_late_points_change_the_windows_they_belong_to_and_no_others(store: Store) -> None:
    start = datetime(2023, 2, 10, 12, tzinfo=UTC)
    day = local_time.day(start, ZURICH)
    points = [climate(start + n * timedelta(minutes=5), 20.0 + n) for n in range(12)]
    put(store, points)
    store.roll_up("environment", Window(start, start + HOUR), ZURICH)
    late = [climate(start + timedelta(minutes=16), 90.0), climate(start + timedelta(minutes=17), 91.0, "b")]
    unreported = climate(start + timedelta(minutes=31), -50.0)
    put(store, [*late, unreported])
    before = there(store, day, "environment_15m")
    store.roll_up("environment", Window(start + timedelta(minutes=16), start + timedelta(minutes=18)), ZURICH)
    after = there(store, day, "environment_15m")
    expected = everything([*points, *late], ZURICH)
    assert differences([*after, *there(store, day, "environment_1d")], expected) == []
    second = to_ns(start + timedelta(minutes=15))
    assert [p for p in before if p.time_ns != second] == [p for p in after if p.time_ns != second]


def test_making_rollups_again_changes_nothing(store: Store) -> None:
    start = datetime(2023, 3, 10, 12, tzinfo=UTC)
    window = Window(start, start + HOUR)
    put(store, [climate(start + timedelta(minutes=n), float(n)) for n in range(60)])
    store.roll_up("environment", window, ZURICH)
    once = there(store, local_time.day(start, ZURICH))
    store.roll_up("environment", window, ZURICH)
    assert there(store, local_time.day(start, ZURICH)) == once != []


def test_an_event_that_is_deleted_is_not_counted_any_more(store: Store) -> None:
    start = datetime(2023, 4, 10, 12, tzinfo=UTC)
    day = local_time.day(start, ZURICH)
    events = [
        event(start + timedelta(minutes=n), pet, duration=10.0 + n) for n, pet in ((1, "miso"), (2, "nori"))
    ]
    events.append(event(start + timedelta(minutes=3), duration=30.0, confidence=0.5))
    put(store, events)
    while events:
        store.roll_up("pet_event", Window(start, start + HOUR), ZURICH)
        found = there(store, day, "pet_event_15m", "pet_event_1d")
        assert differences(found, everything(events, ZURICH)) == []
        # The first to go leaves its window and one field less; the last nothing at all.
        gone = events.pop()
        store.delete("pet_event", gone.tags, gone.time_ns)
    store.roll_up("pet_event", Window(start, start + HOUR), ZURICH)
    assert there(store, day, "pet_event_15m", "pet_event_1d") == []


def test_active_minutes_that_were_none_go(store: Store) -> None:
    start = datetime(2023, 5, 10, 12, tzinfo=UTC)
    seen = make(PET_ACTIVITY, {"camera": "cage", "pet": "miso"}, {"motion": 0.05}, start)
    put(store, [seen])
    window = Window(start, start + QUARTER)
    store.roll_up("pet_activity", window, ZURICH)
    day = local_time.day(start, ZURICH)
    assert [p.fields["minutes"] for p in there(store, day, "pet_active_15m", "pet_active_1d")] == [1, 1]
    put(store, [make(PET_ACTIVITY, seen.tags, {"motion": 0.049}, start)])
    store.roll_up("pet_activity", window, ZURICH)
    assert there(store, day, "pet_active_15m", "pet_active_1d") == []
    assert len(there(store, day, "pet_activity_15m", "pet_activity_1d")) == 2


def test_a_day_that_is_not_over_is_left_for_later(store: Store) -> None:
    now = datetime.now(UTC)
    noon = ZoneInfo(f"Etc/GMT{now.hour - 12:+d}")
    assert now.astimezone(noon).hour == 12
    start = local_time.floor(now) - HOUR
    put(store, [climate(start, 20.0), climate(start - DAY, 20.0)])
    store.roll_up("environment", Window(start - DAY, start + HOUR), noon)
    week = Window(now - 7 * DAY, now)
    assert [p.time for p in there(store, week, "environment_15m")] == [start, start - DAY]
    assert [p.time for p in there(store, week, "environment_1d")] == [local_time.day(start - DAY, noon).start]


def test_only_what_is_rolled_up_can_be(store: Store) -> None:
    with pytest.raises(KeyError, match="journal"):
        store.roll_up(
            "journal", Window(datetime(2023, 1, 1, tzinfo=UTC), datetime(2023, 1, 2, tzinfo=UTC)), ZURICH
        )
