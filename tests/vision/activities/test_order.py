"""What holds of every track, whatever it did."""

import math
import pickle

from hypothesis import given, settings
from hypothesis import strategies as st

from influx.schema import CAPTURED_EVENT_TYPES, EVENT_TYPES
from tests.vision.activities.life import LIE, WALK, Pet, judged, zone
from vision.activities import (
    ABNORMAL,
    EATING_DRINKING,
    GROOMING,
    INTERACTING,
    JUMPING,
    MOTION,
    ORDER,
    PASSING,
    PLAYING,
    SITTING,
    SLEEPING,
    Activity,
)
from vision.motion import Box
from vision.tracker import Step
from vision.zones import ZoneKind

ZONES = (zone(ZoneKind.FOOD, 0.5, 0.7), zone(ZoneKind.DOOR, 0.1, 0.5), zone(ZoneKind.BED, 0.8, 0.7))


def test_every_type_that_pictures_can_tell_has_one_rule() -> None:
    types = [rule.event_type for rule in ORDER]
    assert len(set(types)) == len(types)
    assert set(types) == EVENT_TYPES - CAPTURED_EVENT_TYPES - {"vocalizing", MOTION}


def test_of_all_that_a_track_did_the_first_of_the_order_is_told() -> None:
    """One pet does more and more; each part alone would be told by a rule farther down the order."""
    pet = Pet(x=0.0, y=0.5)
    told = [PASSING]
    steps = [*pet.walks(0.35)]
    parts = (
        (SITTING, lambda: pet.stays(6)),
        (JUMPING, lambda: (*pet.leaps(-1.0), *pet.stays(1))),
        (SLEEPING, lambda: pet.stays(30, tall=LIE)),
        (GROOMING, lambda: pet.stays(9, stirs=1.0)),
        (EATING_DRINKING, lambda: (*pet.walks(0.5), *pet.stays(9, tall=WALK, stirs=0.5))),
        (PLAYING, lambda: pet.dashes(8)),
        (INTERACTING, lambda: pet.with_another(0.0, pet.stays(6, stirs=1.0))),
        (ABNORMAL, lambda: (*pet.walks(0.3), *pet.paces(9))),
    )
    bowl = zone(ZoneKind.FOOD, 0.5, 0.72)
    for event_type, more in parts:
        steps += more()
        told.append(event_type)
        assert judged(steps, zones=[bowl]).event_type == event_type
    order = [rule.event_type for rule in ORDER]
    assert [order.index(event_type) for event_type in told[1:]] == sorted(
        (order.index(event_type) for event_type in told[1:]), reverse=True
    )


def test_nothing_seen_is_motion() -> None:
    assert judged([]).event_type == MOTION


numbers = st.floats(0, 1)
some_steps = st.lists(
    st.tuples(
        st.floats(0.0, 8.0), numbers, numbers, numbers, numbers, numbers, st.sampled_from([0, 0.01, math.inf])
    ),
    max_size=80,
)


@settings(deadline=None)
@given(some_steps, st.booleans())
def test_any_history_is_judged_with_a_known_type_and_sound_numbers(
    moves: list[tuple[float, ...]], person: bool
) -> None:
    at, activity = 0.0, Activity(ZONES)
    for wait, x, y, wide, high, moving, near in moves:
        at += wait
        box = Box(x * (1 - wide), y * (1 - high), min(x + wide, 1.0), min(y + high, 1.0))
        activity.step(Step(at, x, y, box, moving, near=near))
    judgement = activity.judge(person=person)
    assert judgement.event_type in EVENT_TYPES
    assert 0.5 <= judgement.confidence <= 1
    for value in judgement.evidence.values():
        assert isinstance(value, str) or math.isfinite(value)
    assert not person or judgement.event_type in (PASSING, MOTION)
    assert float(judgement.evidence["still_s"]) <= at + 0.1


def test_however_long_a_track_lasts_what_is_remembered_of_it_stays_as_small() -> None:
    pet, activity, sizes = Pet(x=0.2), Activity(ZONES), []
    for _ in range(12):
        for part in (pet.dashes(20), pet.stays(60, stirs=0.3), pet.walks(0.8), pet.walks(0.2), pet.paces(6)):
            for step in part:
                activity.step(step)
        sizes.append(len(pickle.dumps(activity)))
    assert max(sizes[2:]) < 1.1 * sizes[1]
