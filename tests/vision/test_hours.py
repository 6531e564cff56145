"""When a camera records is what the clock on the home's wall says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.hours import EVERY_HOUR, BadHours, Hours

ZURICH = ZoneInfo("Europe/Zurich")


def seconds(text: str, zone: ZoneInfo | None = None) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "within", "outside"),
    [
        ("always", ["00:00", "12:00", "23:59"], []),
        ("never", [], ["00:00", "12:00", "23:59"]),
        ("09:00-17:30", ["09:00", "17:29"], ["08:59", "17:30", "00:00"]),
        ("22:00-07:00", ["22:00", "23:59", "00:00", "06:59"], ["07:00", "21:59"]),
        ("6:00-7:00 , 20:00-24:00", ["06:30", "23:59"], ["05:59", "07:00", "19:59", "00:00"]),
        ("00:00-00:00", ["00:00", "12:00"], []),
    ],
)
def test_hours_are_from_a_time_to_before_another(text: str, within: list[str], outside: list[str]) -> None:
    hours = Hours.parse(text)
    assert all(hours.include(seconds(f"2026-05-28T{at}")) for at in within)
    assert not any(hours.include(seconds(f"2026-05-28T{at}")) for at in outside)


def test_hours_are_those_of_the_home() -> None:
    night = Hours.parse("22:00-07:00")
    assert night.include(seconds("2026-07-01T20:30"), ZURICH)
    assert not night.include(seconds("2026-07-01T19:30"), ZURICH)
    assert night.include(seconds("2026-01-01T21:30"), ZURICH)
    assert not night.include(seconds("2026-01-01T20:30"), ZURICH)


def test_where_clocks_are_set_the_wall_counts() -> None:
    """In Zurich 2026-03-29 has no 02:30, 2026-10-25 has it twice."""
    early = Hours.parse("02:00-03:00")

    def included(day: str) -> timedelta:
        midnight = seconds(f"{day}T00:00", ZURICH)
        return timedelta(minutes=sum(early.include(midnight + 60 * n, ZURICH) for n in range(6 * 60)))

    assert included("2026-03-28") == timedelta(hours=1)
    assert included("2026-03-29") == timedelta(0)
    assert included("2026-10-25") == timedelta(hours=2)


@pytest.mark.parametrize(
    "text", ["", "nights", "22-7", "25:00-07:00", "22:00-07:60", "24:00-07:00", "22:00-07:00;", "1:00-2:00,"]
)
def test_what_says_no_hours_is_told_what_to_write(text: str) -> None:
    with pytest.raises(BadHours, match='"22:00-07:00'):
        Hours.parse(text)


times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(start=times, stop=times, at=st.floats(0, 4e9))
def test_a_span_and_the_rest_of_the_day_are_a_whole_day(start, stop, at) -> None:  # type: ignore[no-untyped-def]
    span, rest = (Hours.parse(f"{a:%H:%M}-{b:%H:%M}") for a, b in ((start, stop), (stop, start)))
    assert span.include(at) + rest.include(at) == (2 if start == stop else 1)
    assert EVERY_HOUR.include(at)
