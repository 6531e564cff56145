"""Steps: as long as they must be, and beginning where people look for them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx.steps import STEPS, Grid, step_for
from influx.windows import Window
from tests.influx.horizons import ZONES, windows

US = timedelta(microseconds=1)
day = timedelta(days=1)
MONDAY = datetime(2026, 3, 30, tzinfo=UTC)


@given(windows(), st.integers(2, 3000))
def test_a_step_is_no_longer_than_it_must_be(window: Window, most: int) -> None:
    step = step_for(window.length, most)
    shorter = [each for each in STEPS if each < step] if step in STEPS else [step - day, STEPS[-1]]
    for each in shorter:
        worst = -(-(window.length - US) // each) + 1
        assert worst > most, f"{each} would have done for {window.length}"


def test_steps_for_the_windows_people_choose() -> None:
    hours = {3: 10, 24: 60, 72: 300, 168: 600, 336: 900}
    chosen = {n: step_for(timedelta(hours=n)).total_seconds() for n in hours}
    assert chosen == hours


def test_a_window_is_cut_into_two_at_least() -> None:
    with pytest.raises(ValueError, match="2 are the least"):
        step_for(day, 1)


@given(windows(), st.sampled_from(ZONES), st.sampled_from((*STEPS, 3 * day, timedelta(seconds=1000))))
def test_every_moment_is_in_one_step(window: Window, zone: ZoneInfo, every: timedelta) -> None:
    grid, moment = Grid(every, zone), window.start
    start, following = grid.floor(moment), grid.ceil(moment + US)
    assert start <= moment < following
    assert grid.ceil(start) == grid.floor(start) == start
    assert grid.floor(following - US) == start, "nothing begins in between"
    assert grid.ceil(start + US) == following
    assert grid.count(start, following) == 1
    assert grid.count(moment, following + US) == 2


def test_steps_of_hours_count_from_midnight_in_utc() -> None:
    grid = Grid(timedelta(hours=6), ZoneInfo("Asia/Kathmandu"))
    assert grid.floor(MONDAY + timedelta(hours=7)) == MONDAY + timedelta(hours=6)


@pytest.mark.parametrize(
    ("zone", "date", "start", "hours"),
    [
        ("Europe/Zurich", (2026, 3, 29), "2026-03-28T23:00", 23),
        ("Europe/Zurich", (2026, 10, 25), "2026-10-24T22:00", 25),
        ("Australia/Lord_Howe", (2026, 4, 5), "2026-04-04T13:00", 24.5),
        ("Australia/Lord_Howe", (2026, 10, 4), "2026-10-03T13:30", 23.5),
        ("Asia/Kathmandu", (2026, 3, 29), "2026-03-28T18:15", 24),
        ("America/Havana", (2026, 3, 8), "2026-03-08T05:00", 23),  # there is no midnight: 0:00 is 1:00
        ("America/Havana", (2026, 11, 1), "2026-11-01T04:00", 25),  # there are two: 1:00 is 0:00 again
    ],
)
def test_a_step_of_a_day_is_a_day_of_the_home(
    zone: str, date: tuple[int, int, int], start: str, hours: float
) -> None:
    grid = Grid(day, ZoneInfo(zone))
    noon = datetime(*date, 12, tzinfo=grid.zone).astimezone(UTC)
    begins, ends = grid.floor(noon), grid.ceil(noon)
    assert f"{begins:%Y-%m-%dT%H:%M}" == start
    assert ends - begins == timedelta(hours=hours)


def test_weeks_begin_on_mondays() -> None:
    grid = Grid(7 * day, ZoneInfo("Europe/Zurich"))
    sunday = datetime(2026, 4, 5, 23, 59, tzinfo=grid.zone)
    assert grid.floor(sunday.astimezone(UTC)).astimezone(grid.zone).isoformat() == "2026-03-30T00:00:00+02:00"
