"""Panels tell what the points say, recomputed here one by one, from whichever source they were read."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grafana.build import dashboards
from grafana.queries import BEFORE, THEN, Numbers, numbers
from influx.config import Retention
from influx.plan import plan
from influx.points import Point, to_datetime, to_ns
from influx.schema import BASELINE, ENVIRONMENT, GAS, JOURNAL, PET_ACTIVITY, PET_EVENT
from influx.steps import QUARTER, rounded_up
from influx.windows import Aggregate, Horizon, Window
from tests.grafana.as_grafana import moment, step
from tests.grafana.conftest import Lived
from tests.grafana.seeded import RANGE, ZONE
from tests.grafana.test_queries import CHOSEN

DEN = CHOSEN | {"location": "den"}
TEMPERATURE = Numbers(ENVIRONMENT, "temperature", Aggregate.MEAN, tags={"location": "location"})


def query_of(lived: Lived, board: str, title: str, reference: str = "A") -> str:
    [found] = [each for each in dashboards(lived.home) if each.name == board]
    [panel] = [each for each in found.panels if each.title == title]
    return panel.queries[reference]


def day_of(point: Point) -> str:
    return to_datetime(point.time_ns).astimezone(ZONE).date().isoformat()


def local_day(text: str) -> str:
    at = moment(text).astimezone(ZONE)
    assert (at.hour, at.minute) == (0, 0), "a day begins at the home's midnight"
    return at.date().isoformat()


@pytest.mark.parametrize(
    ("hours", "every"),
    [(3, timedelta(minutes=1)), (7 * 24, timedelta(minutes=10)), (13 * 24, timedelta(minutes=30))],
    ids=["raw, 1 min", "raw, 10 min", "quarter hours, 30 min"],
)
def test_the_mean_of_every_step_is_that_of_its_points(lived: Lived, hours: int, every: timedelta) -> None:
    window = whole_steps(lived, timedelta(hours=hours), every)
    rows = lived.ask.rows(numbers(lived.home, TEMPERATURE), window, DEN, every=every)
    shown = {
        (row["sensor"], moment(row["_time"])): float(row["_value"]) for row in rows if row["_value"] != ""
    }
    assert shown == pytest.approx(means(lived, window, every), rel=1e-12)


def test_sleep_is_told_in_hours_of_each_day(lived: Lived) -> None:
    window = Window.last(timedelta(days=7), lived.seeded.now)
    rows = lived.ask.rows(query_of(lived, "pets", "Sleep a day"), window, CHOSEN)
    shown = {(row["pet"], local_day(row["_time"])): float(row["_value"]) for row in rows}
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    for point in lived.seeded.given[PET_EVENT.name]:
        if point.tags["event_type"] == "sleeping" and day_of(point) >= min(day for _, day in shown):
            seconds[point.tags["pet"], day_of(point)] += float(point.fields["duration"] or 0)
    assert shown == pytest.approx({key: value / 3600 for key, value in seconds.items()})


def whole_steps(lived: Lived, length: timedelta, every: timedelta) -> Window:
    start = lived.seeded.now - length
    return Window(start - (start - datetime.fromtimestamp(0, UTC)) % every, lived.seeded.now)


def means(lived: Lived, window: Window, every: timedelta) -> dict[tuple[str, datetime], float]:
    found = defaultdict(list)
    for point in lived.seeded.given[ENVIRONMENT.name]:
        at = to_datetime(point.time_ns)
        if window.start <= at < window.stop and point.tags["location"] == "den":
            begin = at - (at - datetime.fromtimestamp(0, UTC)) % every
            found[point.tags["sensor"], begin].append(point.fields["temperature"])
    return {key: math.fsum(map(float, values)) / len(values) for key, values in found.items()}


@pytest.mark.parametrize("years", [1, 3])
def test_the_mean_of_a_day_is_that_of_the_homes_day(lived: Lived, years: int) -> None:
    window = Window.last(timedelta(days=365 * years), lived.seeded.now)
    rows = lived.ask.rows(numbers(lived.home, TEMPERATURE), window, DEN)
    shown = {
        (row["sensor"], local_day(row["_time"])): float(row["_value"]) for row in rows if row["_value"] != ""
    }
    said = defaultdict(list)
    for point in lived.seeded.given[ENVIRONMENT.name]:
        if point.tags["location"] == "den":
            said[point.tags["sensor"], day_of(point)].append(float(str(point.fields["temperature"])))
    expected = {key: math.fsum(values) / len(values) for key, values in said.items()}
    today = lived.seeded.now.astimezone(ZONE).date().isoformat()
    assert shown.keys() - {("usb", today), ("hat", today)} == expected.keys() - {
        ("usb", today),
        ("hat", today),
    }
    for key, value in shown.items():
        if key[1] != today:  # which lacks the quarter hour that is not over
            assert value == pytest.approx(expected[key], rel=1e-12), key


def test_degrees_fahrenheit_are_those_of_celsius(lived: Lived) -> None:
    window = Window.last(timedelta(hours=3), lived.seeded.now)
    celsius, fahrenheit = (query_of(lived, "climate", "Temperature", reference) for reference in "AB")
    cold = lived.ask.rows(celsius, window, DEN)
    warm = lived.ask.rows(fahrenheit, window, DEN | {"unit": "F"})
    assert [float(row["_value"]) for row in warm if row["_value"]] == pytest.approx(
        [float(row["_value"]) * 1.8 + 32 for row in cold if row["_value"]]
    )
    assert (
        lived.ask.rows(fahrenheit, window, DEN) == lived.ask.rows(celsius, window, DEN | {"unit": "F"}) == []
    )


def test_a_day_before_is_drawn_where_today_is(lived: Lived) -> None:
    every = timedelta(minutes=10)
    window = whole_steps(lived, timedelta(hours=30), every)
    query = query_of(lived, "climate", "Compared with the day before")
    rows = lived.ask.rows(query, window, DEN, every=every)
    shown: dict[str, dict[tuple[str, datetime], float]] = defaultdict(dict)
    for row in rows:
        if row["_value"]:
            shown[row["before"]][row["sensor"], moment(row["_time"])] = float(row["_value"])
    day = timedelta(days=1)
    # Of the step that today is not over yet the day before has all.
    end = window.stop - day
    end += (datetime.fromtimestamp(0, UTC) - end) % every
    before = means(lived, Window(window.start - day, end), every)
    assert shown.keys() == {THEN, BEFORE}
    assert shown[THEN] == pytest.approx(means(lived, window, every))
    assert shown[BEFORE] == pytest.approx(
        {(sensor, at + day): value for (sensor, at), value in before.items()}
    )


def test_lowest_and_highest_are_of_all_sensors_of_a_location(lived: Lived) -> None:
    every = timedelta(minutes=30)
    window = whole_steps(lived, timedelta(days=13), every)
    points = defaultdict(list)
    for point in lived.seeded.given[ENVIRONMENT.name]:
        at = to_datetime(point.time_ns)
        if window.start <= at < window.stop and point.tags["location"] == "den":
            begin = at - (at - datetime.fromtimestamp(0, UTC)) % every
            points[begin].append(float(str(point.fields["temperature"])))
    for reference, worst in (("A", min), ("C", max)):
        query = query_of(lived, "climate", "Lowest and highest in $location", reference)
        rows = lived.ask.rows(query, window, DEN, every=every)
        shown = {moment(row["_time"]): float(row["_value"]) for row in rows if row["_value"]}
        assert shown == {at: worst(values) for at, values in points.items()}


@pytest.mark.parametrize(
    ("board", "title", "reference", "worst", "measured"),
    [
        ("climate", "Lowest and highest in $location", "A", min, "temperature"),
        ("climate", "Lowest and highest in $location", "C", max, "temperature"),
        ("gas", "Strongest of every step", "A", max, "concentration"),
    ],
)
def test_the_lowest_and_the_highest_of_a_year_are_those_of_the_homes_days(
    lived: Lived, board: str, title: str, reference: str, worst: Callable[[list[float]], float], measured: str
) -> None:
    window = Window.last(timedelta(days=365), lived.seeded.now)
    rows = lived.ask.rows(query_of(lived, board, title, reference), window, CHOSEN)
    found = defaultdict(list)
    for point in lived.seeded.given[ENVIRONMENT.name] + lived.seeded.given[GAS.name]:
        if measured in point.fields:
            key = point.tags.get("gas", ""), point.tags["location"], day_of(point)
            found[key].append(float(str(point.fields[measured])))
    shown = {
        (row.get("gas", ""), row["location"], local_day(row["_time"])): float(row["_value"])
        for row in rows
        if row["_value"]
    }
    today = lived.seeded.now.astimezone(ZONE).date().isoformat()  # which lacks what is not rolled up yet
    expected = {key: worst(values) for key, values in found.items() if key[2] != today}
    assert {key: value for key, value in shown.items() if key[2] != today} == expected
    assert len(rows) > 300 * len({key[:2] for key in expected}), "days without readings are told as null"


def test_a_night_is_the_eight_hours_from_ten_by_the_homes_clock(lived: Lived) -> None:
    window = Window.last(timedelta(days=12), lived.seeded.now)
    rows = lived.ask.rows(query_of(lived, "climate", "Coldest of each night"), window, DEN)
    shown = {(row["sensor"], local_day(row["_time"])): float(row["_value"]) for row in rows}
    coldest: dict[tuple[str, str], float] = {}
    for point in lived.seeded.given[ENVIRONMENT.name]:
        at = to_datetime(point.time_ns)
        evening = (at.astimezone(ZONE) - timedelta(hours=12)).replace(hour=22, minute=0, second=0)
        if point.tags["location"] == "den" and timedelta() <= at - evening.astimezone(UTC) < timedelta(
            hours=8
        ):
            key = point.tags["sensor"], (evening + timedelta(hours=2)).date().isoformat()
            coldest[key] = min(coldest.get(key, 99), float(str(point.fields["temperature"])))
    whole = sorted({day for _, day in coldest if day > window.start.astimezone(ZONE).date().isoformat()})[:-1]
    assert len(whole) > 9
    for key in ((sensor, day) for sensor in ("usb", "hat") for day in whole):
        assert shown[key] == coldest[key], key


def test_a_time_without_readings_is_a_gap(lived: Lived) -> None:
    window = Window.last(timedelta(days=365), lived.seeded.now)
    rows = lived.ask.rows(numbers(lived.home, TEMPERATURE), window, DEN)
    first = next(index for index, row in enumerate(rows) if row["_value"])
    assert first > 300, "days before the first reading are told as null"


def test_where_raw_points_are_gone_quarter_hours_answer(lived: Lived) -> None:
    shorter = replace(lived.home, retention=Retention(readings=timedelta(days=2)))
    stop = whole_steps(lived, timedelta(days=5), QUARTER).start
    window = Window(stop - timedelta(hours=3), stop)
    rows = lived.ask.rows(numbers(shorter, TEMPERATURE), window, DEN)
    shown = {(row["sensor"], moment(row["_time"])): float(row["_value"]) for row in rows if row["_value"]}
    assert shown == pytest.approx(means(lived, window, QUARTER), rel=1e-12)
    assert len(shown) == 2 * 12


def minutes(lived: Lived, pet: str) -> set[datetime]:
    """The minutes in which the pet was seen to move."""
    return {
        to_datetime(point.time_ns).replace(second=0)
        for point in lived.seeded.given[PET_ACTIVITY.name]
        if point.tags["pet"] == pet
    }


def test_active_minutes_are_counted_by_the_hour(lived: Lived) -> None:
    window = Window.last(timedelta(days=7), lived.seeded.now)
    query = query_of(lived, "pets", "Active minutes an hour")
    rows = lived.ask.rows(query, window, CHOSEN | {"pet": "miso"}, "1h")
    shown = {moment(row["_time"]): float(row["_value"]) for row in rows if row["_value"]}
    expected = Counter(at.replace(minute=0) for at in minutes(lived, "miso"))
    inner = [at for at in expected if window.start < at < window.stop - timedelta(hours=2)]
    assert len(inner) > 50
    assert {at: shown[at] for at in inner} == {at: expected[at] for at in inner}


def test_a_day_is_as_unusual_as_it_is_far_from_its_hours(lived: Lived) -> None:
    window = Window.last(timedelta(days=12), lived.seeded.now)
    rows = lived.ask.rows(query_of(lived, "pets", "Unusual days"), window, CHOSEN | {"pet": "miso"})
    shown = {local_day(row["_time"]): float(row["_value"]) for row in rows}
    was = Counter(at.astimezone(ZONE).date().isoformat() for at in minutes(lived, "miso"))
    hours = Counter(day_of(point) for point in lived.seeded.given[BASELINE.name])
    today = lived.seeded.now.astimezone(ZONE).date().isoformat()
    whole = [day for day in shown if day != today]
    assert len(whole) > 10
    for day in whole:
        usual, deviation = 1.5 * hours[day], 0.5 * math.sqrt(hours[day])
        assert shown[day] == pytest.approx((was[day] - usual) / deviation), day


@pytest.mark.parametrize("days", [7, 365])
def test_the_events_of_a_pet_are_counted_by_the_homes_days(lived: Lived, days: int) -> None:
    window = Window.last(timedelta(days=days), lived.seeded.now)
    rows = lived.ask.rows(query_of(lived, "pets", "Events a day, by pet"), window, CHOSEN)
    shown = {(row["pet"], local_day(row["_time"])): float(row["_value"]) for row in rows}
    first = window.start.astimezone(ZONE).date().isoformat()
    expected: dict[tuple[str, str], int] = defaultdict(int)
    for point in lived.seeded.given[PET_EVENT.name]:
        if point.tags["event_type"] != "photo" and day_of(point) >= first:
            expected[point.tags["pet"], day_of(point)] += 1
    today = lived.seeded.now.astimezone(ZONE).date().isoformat()
    for key in expected.keys() | shown.keys():
        # Of today the quarter hours that are rolled up count: an event of the last minutes is missing.
        missing = expected[key] - shown.get(key, 0)
        assert missing in ({0, 1} if key[1] == today else {0}), key


def test_amounts_add_up_by_the_homes_days(lived: Lived) -> None:
    window = Window.last(timedelta(days=10), lived.seeded.now)
    rows = lived.ask.rows(query_of(lived, "nursery", "Amounts a day"), window, CHOSEN)
    shown = {(row["what"], local_day(row["_time"])): float(row["_value"]) for row in rows}
    first = window.start.astimezone(ZONE).date().isoformat()
    expected: dict[tuple[str, str], float] = defaultdict(float)
    for point in lived.seeded.given[JOURNAL.name]:
        if day_of(point) >= first:
            expected[str(point.fields["name"]), day_of(point)] += float(str(point.fields["amount"]))
    assert shown == pytest.approx(expected)


def test_the_time_since_the_last_feed_is_that_of_its_kind(lived: Lived) -> None:
    window = Window.last(timedelta(hours=3), lived.seeded.now)
    rows = lived.ask.rows(query_of(lived, "nursery", "Time since the last"), window, CHOSEN)
    newest = {
        kind: max(
            point.time_ns for point in lived.seeded.given[JOURNAL.name] if point.tags["entry_type"] == kind
        )
        for kind in ("food", "drink")
    }
    now = datetime.now(UTC)
    for row in rows:
        age = (to_ns(now) - newest[row["entry_type"]]) / 1e9
        assert float(row["_value"]) == pytest.approx(age, abs=5)
    assert {row["entry_type"] for row in rows} == {"food", "drink"}


def test_the_safe_range_is_what_people_set_over_what_is_configured(lived: Lived) -> None:
    window = Window.last(timedelta(hours=3), lived.seeded.now)
    rows = lived.ask.rows(query_of(lived, "climate", "Temperature", "C"), window, CHOSEN)
    shown = {(row["subject"], row["side"]): float(row["_value"]) for row in rows}
    low, high = RANGE
    assert shown == {
        ("den", "lowest"): low,
        ("den", "highest"): high,
        ("nursery", "lowest"): 18,
        ("nursery", "highest"): 22,
    }
    assert len(rows) == 2 * len(shown), "from one edge of the window to the other"


def test_what_is_silent_is_told_though_it_never_spoke(lived: Lived) -> None:
    window = Window.last(timedelta(hours=3), lived.seeded.now)
    rows = lived.ask.rows(query_of(lived, "devices", "Everything expected"), window, CHOSEN)
    states = {(row["kind"], row["name"]): row["state"] for row in rows}
    assert states[("sensor", "lost")] == "never"
    assert states[("sensor", "usb")] == "ok"
    wrong = lived.ask.rows(query_of(lived, "home", "Silent"), window, CHOSEN)
    assert ("sensor", "lost") in {(row["kind"], row["name"]) for row in wrong}
    assert ("sensor", "usb") not in {(row["kind"], row["name"]) for row in wrong}


def test_clips_come_newest_first_and_link_to_what_is_stored(lived: Lived) -> None:
    window = Window.last(timedelta(days=365), lived.seeded.now)
    rows = lived.ask.rows(query_of(lived, "clips", "Clips"), window, CHOSEN | {"pet": "miso"})
    stored = sorted(
        (
            point
            for point in lived.seeded.given[PET_EVENT.name]
            if point.fields["clip_state"] == "stored" and point.tags["pet"] == "miso"
        ),
        key=lambda point: -point.time_ns,
    )
    assert [row["clip"] for row in rows] == [point.fields["event_id"] for point in stored[:100]]
    for row, point in zip(rows, stored, strict=False):
        assert row["snapshot"] == (f"/snapshots/{row['clip']}" if point.fields["snapshot"] else "")


@pytest.mark.parametrize("days", [0.125, 3, 12, 400, 1095])
def test_the_step_that_flux_chooses_is_that_of_the_plan(lived: Lived, days: float) -> None:
    """The plan is given Grafana's step, as whole quarter hours or days where it is as long."""
    window = Window.last(timedelta(days=days), lived.seeded.now)
    wanted = step(window.length)
    horizon = Horizon(lived.seeded.now, lived.home.retention, ZONE)
    every = wanted if wanted < QUARTER else rounded_up(wanted, QUARTER)
    if wanted > timedelta(hours=3):
        every = timedelta(days=1)
    asked = plan(
        "environment", ("temperature",), window, horizon=horizon, every=every, tags={"location": "den"}
    )
    answer = {
        (series.tags["sensor"], at): values[0]
        for series in lived.store.series(asked)
        for at, values in series.rows
    }
    rows = lived.ask.rows(numbers(lived.home, TEMPERATURE), window, DEN)
    shown = {(row["sensor"], moment(row["_time"])): float(row["_value"]) for row in rows if row["_value"]}
    # The first step and the last are cut by the window, where a rollup cannot be.
    middle = [at for at in sorted({at for _, at in answer}) if window.start <= at][:-1]
    ours = {key: value for key, value in shown.items() if key[1] in middle}
    assert ours == pytest.approx({key: value for key, value in answer.items() if key[1] in middle})
