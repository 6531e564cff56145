import math
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influx.schema import EVENT_TYPES
from vision.activities import MOTION, PASSING, PLAYING, SITTING, Activity, Judgement
from vision.motion import Box
from vision.tracker import Step


def step(at: float, x: float, y: float = 0.7, *, tall: float = 1.2) -> Step:
    wide = 0.1
    high = wide * tall * 16 / 9
    return Step(at, x, y, Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2), 0.3)


def steps(place: Callable[[float], float], seconds: float, **shape: float) -> list[Step]:
    return [step(n / 5, place(n / 5), **shape) for n in range(round(seconds * 5) + 1)]


def judge(walked: Iterable[Step]) -> Judgement:
    activity = Activity()
    for one in walked:
        activity.step(one)
    return activity.judge()


def visit(at: float) -> float:
    """In within 3 s, 14 s at one place, out the same way."""
    return 0.18 * min(at, 3, max(20 - at, 0))


def dashing(at: float) -> float:
    return 0.5 + 0.1 * math.sin(at * 4)


def test_one_who_walks_through_is_passing() -> None:
    judgement = judge(steps(lambda at: 0.15 * at, 6))
    assert judgement.event_type == PASSING
    assert judgement.confidence > 0.8
    assert judgement.evidence["reach_widths"] == pytest.approx(0.9, abs=0.05)


def test_one_who_comes_and_sits_is_sitting() -> None:
    judgement = judge(steps(visit, 20))
    assert judgement.event_type == SITTING
    assert float(judgement.evidence["longest_still_s"]) > 11


def test_one_who_dashes_to_and_fro_is_playing() -> None:
    judgement = judge(steps(dashing, 10))
    assert judgement.event_type == PLAYING
    assert float(judgement.evidence["erratic_s"]) > 7


def test_a_short_stir_is_motion() -> None:
    assert judge(steps(lambda at: 0.5 + 0.02 * at, 1.5)).event_type == MOTION


def test_one_who_stands_taller_than_any_pet_is_not_sitting() -> None:
    assert judge(steps(visit, 20, tall=2.6)).event_type == PASSING


def test_a_person_is_not_sitting_whatever_its_shape() -> None:
    activity = Activity()
    for one in steps(visit, 20):
        activity.step(one)
    assert activity.judge(person=True).event_type == PASSING
    assert activity.judge().event_type == SITTING


def test_a_wobble_of_the_outline_is_not_a_walk() -> None:
    judgement = judge(steps(lambda at: 0.5 + 0.004 * (-1) ** round(at * 5), 10))
    assert judgement.event_type == SITTING


def test_unseen_seconds_count_as_nothing() -> None:
    judgement = judge([*steps(lambda _at: 0.5, 3), step(60, 0.5), step(60.2, 0.5)])
    assert float(judgement.evidence["longest_still_s"]) < 8


def test_nothing_seen_is_motion() -> None:
    assert judge([]).event_type == MOTION


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 5), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=60),
    st.booleans(),
)
def test_any_history_is_judged_with_a_known_type_and_sound_numbers(
    moves: list[tuple[float, float, float]], person: bool
) -> None:
    at, activity = 0.0, Activity()
    for wait, x, y in moves:
        at += wait
        activity.step(step(at, x, y))
    judgement = activity.judge(person=person)
    assert judgement.event_type in EVENT_TYPES
    assert 0 <= judgement.confidence <= 1
    assert all(math.isfinite(float(value)) for value in judgement.evidence.values())
    assert not (person and judgement.event_type == SITTING)
    assert float(judgement.evidence["still_s"]) + float(judgement.evidence["erratic_s"]) <= at + 0.1
