"""The simulated room: the same at every look, and like a room."""

import itertools
import statistics
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sensors.reading import SensorLost
from collector.sensors.simulated import Climate, Simulated, climate, drops_out

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SAFE = (15.6, 23.9)
"""60 to 75 °F, what a chinchilla can live with."""


def every(step: timedelta, count: int, seed: int = 1, start: datetime = NEW_YEAR) -> list[Climate]:
    return [climate(seed, start + number * step) for number in range(count)]


YEAR = every(timedelta(minutes=20), 3 * 24 * 365)


@given(
    st.integers(0, 2**31 - 1),
    st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_the_same_seed_and_moment_are_the_same_climate_within_bounds(seed: int, moment: datetime) -> None:
    room = climate(seed, moment)
    assert room == climate(seed, moment)
    assert 5 < room.temperature < 40
    assert 10 < room.humidity < 100
    assert 980 < room.pressure < 1045


def test_another_seed_is_another_room() -> None:
    assert every(timedelta(hours=1), 24, seed=1) != every(timedelta(hours=1), 24, seed=2)


def test_the_room_is_safe_mostly_but_leaves_the_range_both_ways() -> None:
    temperatures = [room.temperature for room in YEAR]
    safe = sum(SAFE[0] <= value <= SAFE[1] for value in temperatures) / len(temperatures)
    assert 0.95 < safe < 0.999
    assert min(temperatures) < SAFE[0]
    assert max(temperatures) > SAFE[1]


def test_nights_are_cooler_than_days() -> None:
    by_hour = [statistics.mean(room.temperature for room in YEAR[3 * hour :: 3 * 24]) for hour in range(24)]
    assert min(by_hour[10:20]) > max(by_hour[1:5]) + 1


def test_the_heating_of_a_winter_night_swings_between_two_limits() -> None:
    night = every(timedelta(minutes=1), 300, start=NEW_YEAR + timedelta(minutes=5))
    smooth = [statistics.mean(room.temperature for room in night[at : at + 5]) for at in range(295)]
    turns = [
        at
        for at in range(6, 288)
        if smooth[at] == max(smooth[at - 6 : at + 7]) or smooth[at] == min(smooth[at - 6 : at + 7])
    ]
    assert 8 <= len(turns) <= 20, "five hours have about seven cycles"
    assert 0.5 < max(smooth) - min(smooth) < 3


def test_warmer_air_is_drier_and_nothing_jumps() -> None:
    temperatures = [room.temperature for room in YEAR]
    humidities = [room.humidity for room in YEAR]
    assert statistics.correlation(temperatures, humidities) < -0.3
    minutes = every(timedelta(minutes=1), 3 * 1440)
    for before, after in itertools.pairwise(minutes):
        assert abs(after.temperature - before.temperature) < 0.5
        assert abs(after.humidity - before.humidity) < 2
        assert abs(after.pressure - before.pressure) < 0.3


def test_dropouts_are_rare_short_and_raised_by_the_sensor() -> None:
    moments = [NEW_YEAR + timedelta(seconds=30 * number) for number in range(2 * 60 * 24 * 60)]
    out = [drops_out(1, moment) for moment in moments]
    assert 0.0001 < sum(out) / len(out) < 0.01
    longest = max(len(list(run)) for gone, run in itertools.groupby(out) if gone)
    assert longest <= 11
    first = moments[out.index(True)]
    with pytest.raises(SensorLost):
        Simulated(1, first.timestamp).read()
    (reading,) = Simulated(1, NEW_YEAR.timestamp).read()
    assert reading.fields["temperature"] == climate(1, NEW_YEAR).temperature
