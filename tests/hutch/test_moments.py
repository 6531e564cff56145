"""Moments and windows as people type them, and what they are told of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hutch.errors import UsageError
from hutch.moments import moment, typed_window
from influx.windows import Window

ZURICH = ZoneInfo("Europe/Zurich")
USUAL = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 28, 12, tzinfo=UTC))


def test_a_moment_is_of_the_home_unless_it_says_otherwise() -> None:
    assert moment("2026-05-28", "--start", ZURICH) == datetime(2026, 5, 27, 22, tzinfo=UTC)
    assert moment("2026-05-28T14:00:00Z", "--start", ZURICH) == datetime(2026, 5, 28, 14, tzinfo=UTC)
    with pytest.raises(UsageError, match="--stop 'never' is no time"):
        moment("never", "--stop", ZURICH)


def test_what_was_not_typed_is_as_usual() -> None:
    typed = typed_window("2026-05-28", None, ZURICH, USUAL)
    assert typed == Window(datetime(2026, 5, 27, 22, tzinfo=UTC), USUAL.stop)
    assert typed_window(None, "2026-05-02T00:00Z", ZURICH, USUAL).start == USUAL.start


@pytest.mark.parametrize(
    ("start", "stop", "told"),
    [
        ("2026-05-28", "2026-05-01", "--start 2026-05-28 is not before --stop 2026-05-01"),
        ("2026-05-29", None, "--start 2026-05-29 is not before the stop, 2026-05-28T14:00:00+02:00"),
        (None, "2026-04-01", "the start, 2026-05-01T02:00:00+02:00, is not before --stop 2026-04-01"),
        ("1969-01-01", None, "--start 1969-01-01 is outside the years 1970 to 2200"),
    ],
)
def test_a_window_that_is_none_is_told_in_the_words_typed_and_the_time_of_the_home(
    start: str | None, stop: str | None, told: str
) -> None:
    with pytest.raises(UsageError) as refused:
        typed_window(start, stop, ZURICH, USUAL)
    assert told in str(refused.value)
