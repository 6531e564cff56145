"""One value for a location: of sensors that live, that are silent, and that disagree."""

import statistics
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx.location_value import Newest, location_value, together

SECOND = timedelta(seconds=1)


def said(sensor: str, value: float, age: int = 5, *, stale: bool = False) -> Newest:
    return Newest(sensor, value, age * SECOND, stale)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([21.0], 21.0), ([21.0, 21.4], 21.2), ([21.0, 35.0, 21.4], 21.4), ([20.0, 21.0, 22.0, 50.0], 21.5)],
    ids=["one", "two", "three-one-mad", "four-one-mad"],
)
def test_the_median_of_the_living_is_shown(values: list[float], expected: float) -> None:
    location = location_value([said(f"s{n}", value) for n, value in enumerate(values)], 2.0)
    assert location is not None
    assert location.value == expected
    assert not location.stale


def test_a_silent_sensor_does_not_count_but_is_named() -> None:
    location = location_value([said("hat", 21.0, 5), said("dongle", 30.0, 900, stale=True)], 2.0)
    assert location is not None
    assert (location.value, location.age, location.spread, location.disagrees) == (
        21.0,
        5 * SECOND,
        0.0,
        False,
    )
    assert [one.sensor for one in location.silent] == ["dongle"]


def test_where_none_lives_the_newest_value_is_shown_as_stale() -> None:
    location = location_value(
        [said("hat", 21.0, 900, stale=True), said("dongle", 22.0, 400, stale=True)], 2.0
    )
    assert location is not None
    assert (location.value, location.age, location.stale) == (22.0, 400 * SECOND, True)
    assert not location.disagrees, "what nobody measures now is no alarm"


def test_a_location_where_nothing_ever_spoke_shows_nothing() -> None:
    assert location_value([], 2.0) is None


def test_the_age_is_that_of_the_oldest_value_in_it() -> None:
    location = location_value([said("hat", 21.0, 2), said("dongle", 21.5, 40)], 2.0)
    assert location is not None
    assert location.age == 40 * SECOND


@pytest.mark.parametrize(
    ("other", "limit", "disagrees"),
    [(23.0, 2.0, False), (23.01, 2.0, True), (18.9, 2.0, True), (21.3, 0.3, False), (99.0, None, False)],
)
def test_sensors_disagree_when_they_are_further_apart_than_allowed(
    other: float, limit: float | None, disagrees: bool
) -> None:
    location = location_value([said("hat", 21.0), said("dongle", other)], limit)
    assert location is not None
    assert location.disagrees is disagrees


@given(st.lists(st.tuples(st.floats(-40, 60), st.integers(0, 5000), st.booleans()), min_size=1, max_size=7))
def test_the_value_is_within_what_was_said_and_the_spread_holds_it(
    heard: list[tuple[float, int, bool]],
) -> None:
    sensors = [said(f"s{n}", value, age, stale=stale) for n, (value, age, stale) in enumerate(heard)]
    location = location_value(sensors, 2.0)
    assert location is not None
    among = [one.value for one in location.living or location.silent]
    assert min(among) - 1e-6 <= location.value <= max(among) + 1e-6
    assert location.spread <= max(among) - min(among) + 1e-6
    assert len(location.living) + len(location.silent) == len(heard)
    if location.living:
        assert location.value == pytest.approx(statistics.median(among), abs=1e-6)


def test_together_is_free_of_the_dust_of_binary_numbers() -> None:
    assert together([0.1, 0.3]) == 0.2
