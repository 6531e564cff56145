"""When boots began, as far as can be told: in their order, not before what was known, never in the future."""

from hypothesis import given
from hypothesis import strategies as st

from collector.boots import Stretch, guess_starts
from collector.clock import EARLIEST

SECOND = 1_000_000_000
BASE = int(EARLIEST) * SECOND
DAY = 86_400 * SECOND

stretches = st.lists(
    st.builds(
        lambda first, length, shown: Stretch(first, first + length, shown),
        st.integers(0, DAY),
        st.integers(0, 10 * DAY),
        st.integers(0, BASE + 2000 * DAY),
    ),
    min_size=1,
    max_size=6,
)
moments = st.none() | st.integers(BASE, BASE + 2000 * DAY)


@given(stretches, moments, moments)
def test_boots_keep_their_order_and_their_bounds(
    stretches: list[Stretch], known: int | None, stop: int | None
) -> None:
    starts = guess_starts(stretches, known, stop)
    ends = [start + stretch.last_ns for start, stretch in zip(starts, stretches, strict=True)]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False)), "boots overlap"
    if stop is not None:
        assert ends[-1] <= stop, "a reading is from the future"
    room = sum(stretch.last_ns for stretch in stretches)
    if known is not None and (stop is None or known + room <= stop):
        assert starts[0] >= known, "a reading is from before what was known"
    if stop is None:
        assert starts[0] >= BASE


def test_a_boot_goes_on_from_the_last_known_time() -> None:
    assert guess_starts([Stretch(0, DAY, 0)], BASE + DAY, None) == [BASE + DAY]


def test_what_the_clock_showed_counts_where_it_is_later_than_what_was_known() -> None:
    assert guess_starts([Stretch(0, DAY, BASE + 3 * DAY)], BASE + DAY, BASE + 9 * DAY) == [BASE + 3 * DAY]


def test_where_nothing_was_ever_known_the_past_ends_where_the_present_begins() -> None:
    stop = BASE + 9 * DAY
    assert guess_starts([Stretch(0, DAY, 0), Stretch(0, 2 * DAY, 0)], None, stop) == [
        stop - 3 * DAY,
        stop - 2 * DAY,
    ]


def test_where_nothing_is_known_at_all_time_begins_with_hutch() -> None:
    assert guess_starts([Stretch(0, DAY, 0)], None, None) == [BASE]
