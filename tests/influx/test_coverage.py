"""Which windows may be rolled up again, and in which pieces."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influx import local_time
from influx.config import Retention
from influx.coverage import covered, merged, stretches
from influx.windows import Horizon, Window
from tests.influx.conftest import FOREVER

ZONE = ZoneInfo("Asia/Kathmandu")
NOW = datetime(2026, 5, 28, 12, 7, tzinfo=UTC)
DAY = timedelta(days=1)
LONG = Window(NOW - 5000 * DAY, NOW + DAY)


def start_of(measurement: str, **kept: timedelta) -> datetime:
    """The start of what is covered, counted from a window without bounds."""
    found = covered(measurement, LONG, Horizon(NOW, FOREVER.model_copy(update=kept), ZONE))
    assert found is not None
    assert found.stop == datetime(2026, 5, 28, 12, tzinfo=UTC), "the quarter hour that is over and ready"
    return found.start


def test_only_whole_quarter_hours_of_raw_points_are_covered() -> None:
    # The oldest point is of 12:07; the window of 12:15 may go while it is read.
    assert start_of("environment", readings=14 * DAY) == datetime(2026, 5, 14, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize("bucket", ["rollup_15m", "rollup_1d"])
def test_only_days_whose_rollups_are_kept_are_covered(bucket: str) -> None:
    # Midnight in Kathmandu is at 18:15.
    assert start_of("environment", **{bucket: 10 * DAY}) == datetime(2026, 5, 18, 18, 15, tzinfo=UTC)


def test_where_all_is_kept_for_ever_all_is_covered() -> None:
    assert start_of("environment") == local_time.floor(LONG.start)


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        (NOW - 20 * DAY, NOW - 14 * DAY),
        (NOW - timedelta(minutes=5), NOW),
        (NOW + DAY, NOW + 2 * DAY),
    ],
    ids=["not kept any more", "not over", "to come"],
)
def test_where_nothing_is_covered_there_is_no_window(start: datetime, stop: datetime) -> None:
    assert covered("environment", Window(start, stop), Horizon(NOW, Retention(), ZONE)) is None


def test_a_window_within_what_is_covered_is_widened_to_quarter_hours() -> None:
    asked = Window(NOW - DAY, NOW - DAY + timedelta(seconds=1))
    found = covered("environment", asked, Horizon(NOW, Retention(), ZONE))
    assert found == Window(datetime(2026, 5, 27, 12, tzinfo=UTC), datetime(2026, 5, 27, 12, 15, tzinfo=UTC))


moments = st.datetimes(datetime(2025, 10, 20), datetime(2025, 10, 30), timezones=st.just(UTC))  # noqa: DTZ001
windows = st.tuples(moments, moments).filter(lambda both: both[0] < both[1]).map(lambda both: Window(*both))
homes = st.sampled_from(["UTC", "Europe/Zurich", "Asia/Kathmandu", "Australia/Lord_Howe"]).map(ZoneInfo)


@given(windows, homes)
@settings(max_examples=50)
def test_the_pieces_of_a_window_are_the_window_and_each_is_of_one_day(window: Window, zone: ZoneInfo) -> None:
    pieces = stretches(window, zone)
    assert (pieces[0].start, pieces[-1].stop) == (window.start, window.stop)
    assert all(one.stop == other.start for one, other in itertools.pairwise(pieces))
    dates = [
        {moment.astimezone(zone).date() for moment in (piece.start, piece.stop - timedelta.resolution)}
        for piece in pieces
    ]
    assert all(len(of_piece) == 1 for of_piece in dates)
    assert len(set.union(*dates)) == len(pieces)


@given(st.lists(windows, max_size=6))
@settings(max_examples=100)
def test_merged_windows_hold_the_same_moments_and_never_touch(given_windows: list[Window]) -> None:
    found = merged(given_windows)
    assert all(one.stop < other.start for one, other in itertools.pairwise(found))
    for moment in {moment for window in given_windows for moment in (window.start, window.stop)}:
        before = any(window.start <= moment < window.stop for window in given_windows)
        assert any(window.start <= moment < window.stop for window in found) == before
