"""Which quarter hours came too late for their rollups."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from influx.late import late_windows, quarters
from influx.points import to_ns
from influx.schema import JOURNAL, ROLLED

NOON = datetime(2026, 5, 28, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def line_at(moment: datetime | int) -> str:
    time_ns = moment if isinstance(moment, int) else to_ns(moment)
    return f"environment,location=den,node=pi,sensor=s temperature=20.5 {time_ns}"


def stretches(moments: Sequence[datetime], now: datetime) -> list[tuple[datetime, datetime]]:
    return list(late_windows("environment", quarters([line_at(moment) for moment in moments]), now))


def test_what_comes_in_time_is_not_late() -> None:
    assert stretches([NOON, NOON - timedelta(seconds=1)], NOON + timedelta(minutes=4, seconds=59)) == []


def test_a_window_is_over_when_its_rollups_were_made() -> None:
    before = NOON - timedelta(microseconds=1)
    assert stretches([before], NOON + timedelta(minutes=5)) == [(NOON - QUARTER, NOON)]
    assert stretches([NOON], NOON + timedelta(minutes=19, seconds=59)) == []


def test_neighbours_are_one_stretch_and_gaps_part_them() -> None:
    moments = [NOON - n * QUARTER for n in (4, 5, 6, 10)]
    assert stretches(moments, NOON + timedelta(hours=1)) == [
        (NOON - 10 * QUARTER, NOON - 9 * QUARTER),
        (NOON - 6 * QUARTER, NOON - 3 * QUARTER),
    ]


def test_what_has_no_rollups_is_never_late() -> None:
    touched, tomorrow = quarters([line_at(NOON)]), NOON + timedelta(days=1)
    assert not list(late_windows(JOURNAL.name, touched, tomorrow))
    for spec in ROLLED:
        assert list(late_windows(spec.name, touched, tomorrow))


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(10**18, 2 * 10**18), min_size=1))
def test_the_quarter_hours_of_any_times_are_found(times: list[int]) -> None:
    assert quarters([line_at(time) for time in times]) == {time // (900 * 10**9) for time in times}
