"""Quarter hours of UTC, and hours and days of a home's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influx import local_time
from influx.steps import QUARTER
from influx.windows import Window

ZONES = ("UTC", "Europe/Zurich", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia")
moments = st.datetimes(datetime(2011, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(ZONES).map(ZoneInfo)


@given(moments)
@settings(max_examples=50)
def test_quarter_hours_are_those_of_utc(moment: datetime) -> None:
    floor, ceil = local_time.floor(moment), local_time.ceil(moment)
    assert floor <= moment <= ceil
    assert ceil - floor in (timedelta(0), QUARTER)
    assert (floor.minute % 15, floor.second, floor.microsecond) == (0, 0, 0)


@given(moments, zones)
@settings(max_examples=200)
def test_the_quarter_hours_of_a_day_are_those_with_its_date(moment: datetime, zone: ZoneInfo) -> None:
    day = local_time.day(moment, zone)
    assert day.start <= moment < day.stop
    dates = {start.astimezone(zone).date() for start in local_time.starts(day)}
    assert dates == {moment.astimezone(zone).date()}
    for outside in (day.start - QUARTER, day.stop):
        assert outside.astimezone(zone).date() not in dates
    assert local_time.floor(day.start) == day.start


@given(moments, zones)
@settings(max_examples=200)
def test_the_quarter_hours_of_an_hour_are_those_with_its_number(moment: datetime, zone: ZoneInfo) -> None:
    hour = local_time.hour(moment, zone)
    assert hour.start <= moment < hour.stop
    hours = {start.astimezone(zone).hour for start in local_time.starts(hour)}
    assert hours == {moment.astimezone(zone).hour}
    for outside in (hour.start - QUARTER, hour.stop):
        assert outside.astimezone(zone).hour not in hours


@pytest.mark.parametrize(
    ("zone", "moment", "hours"),
    [
        ("Europe/Zurich", "2025-03-30T12:00+02:00", 23),
        ("Europe/Zurich", "2025-10-26T12:00+01:00", 25),
        ("Australia/Lord_Howe", "2025-04-06T12:00+10:30", 24.5),
        ("Asia/Kathmandu", "2025-04-06T12:00+05:45", 24),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone: str, moment: str, hours: float) -> None:
    assert local_time.day(datetime.fromisoformat(moment), ZoneInfo(zone)).length == timedelta(hours=hours)


def test_an_hour_that_comes_twice_is_one_long_hour() -> None:
    zone = ZoneInfo("Europe/Zurich")
    first, second = (datetime.fromisoformat(f"2025-10-26T02:30{offset}") for offset in ("+02:00", "+01:00"))
    assert local_time.hour(first, zone) == local_time.hour(second, zone)
    assert local_time.hour(first, zone).length == timedelta(hours=2)


def test_the_days_before_leave_out_one_that_never_was() -> None:
    # Samoa went to bed on 29 December 2011 and woke up on the 31st.
    zone = ZoneInfo("Pacific/Apia")
    before = local_time.days_before(datetime(2012, 1, 1, 12, tzinfo=zone), 3, zone)
    assert [day.start.astimezone(zone).day for day in before] == [31, 29, 28]
    whole = Window(before[-1].start, before[0].stop)
    assert local_time.days(whole, zone) == before[::-1]
