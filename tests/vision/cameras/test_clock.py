import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.cameras.clock import ClockSetBack, StreamClock


class Wall:
    """A wall clock that a test moves."""

    def __init__(self, at: float = 1_790_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def stamps(arrivals: list[tuple[float, float | None]]) -> list[float]:
    """Stamps for (arrival, sender's time), both in seconds since the first arrival."""
    wall = Wall()
    begin, clock, given_out = wall.at, StreamClock(wall), []
    for arrival, own in arrivals:
        wall.at = begin + arrival
        given_out.append(clock.stamp(own) - begin)
    return given_out


def test_pictures_that_come_late_keep_their_distance() -> None:
    found = stamps([(0, 100.0), (0.1, 100.1), (0.9, 100.2), (0.91, 100.3), (0.92, 100.4)])
    assert found == pytest.approx([0, 0.1, 0.2, 0.3, 0.4], abs=0.002)


def test_a_first_packet_that_was_late_is_made_up_for() -> None:
    found = stamps([(1.0, 0.0), (1.05, 0.1), (1.06, 0.2), (1.06, 0.3), (1.07, 0.4)])
    assert found[-1] == pytest.approx(1.07, abs=0.01)


def test_a_sender_without_a_clock_is_stamped_on_arrival() -> None:
    assert stamps([(0, None), (0.5, None), (0.4, None)]) == pytest.approx([0, 0.5, 0.5])


def test_a_sender_whose_clock_jumps_is_followed() -> None:
    found = stamps([(0, 10.0), (0.1, 10.1), (0.2, 90_000.0), (0.3, 90_000.1), (0.4, 3.0), (0.5, 3.1)])
    assert found == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=0.002)


def test_a_sender_that_runs_slow_is_followed_for_days() -> None:
    day = 86_400
    found = stamps([(at, at * 0.9999) for at in range(0, 3 * day, 30)])
    assert found[-1] == pytest.approx(3 * day - 30, abs=1), "the stamps fall behind the wall clock"


def test_a_clock_that_is_set_forward_is_followed() -> None:
    wall = Wall(1000.0)
    clock = StreamClock(wall)
    clock.stamp(1.0)
    wall.at = 1_790_000_000.0
    assert clock.stamp(1.1) == pytest.approx(1_790_000_000.0)


def test_a_clock_that_is_set_back_ends_the_stream() -> None:
    wall = Wall(2000.0)
    clock = StreamClock(wall)
    clock.stamp(1.0)
    wall.at = 1000.0
    with pytest.raises(ClockSetBack, match="set back by 1000 s"):
        clock.stamp(1.1)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 3), st.one_of(st.none(), st.floats(-1e6, 1e6))), min_size=1, max_size=60)
)
def test_stamps_never_go_back_and_never_lie_in_the_future(moves: list[tuple[float, float | None]]) -> None:
    at, arrivals = 0.0, []
    for wait, own in moves:
        at += wait
        arrivals.append((at, own))
    found = stamps(arrivals)
    assert found == sorted(found)
    assert all(stamp <= arrival + 1e-6 for stamp, (arrival, _) in zip(found, arrivals, strict=True))
