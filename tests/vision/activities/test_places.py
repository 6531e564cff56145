from dataclasses import replace

import pytest

from tests.vision.activities.life import SIT, WALK, Pet, judged, zone
from vision.activities import (
    EATING_DRINKING,
    ENTERING,
    GROOMING,
    LEAVING,
    PASSING,
    SITTING,
)
from vision.zones import ZoneKind

BOWL = zone(ZoneKind.FOOD, 0.55, 0.78)
DOOR = zone(ZoneKind.DOOR, 0.2, 0.7, half=0.1, name="flap")


@pytest.mark.parametrize("kind", [ZoneKind.FOOD, ZoneKind.WATER])
def test_one_who_stays_at_a_bowl_and_stirs_eats_or_drinks(kind: ZoneKind) -> None:
    pet = Pet(x=0.0)
    bowl = zone(kind, 0.55, 0.78, name="bowl")
    judgement = judged(pet.walks(0.5), pet.stays(8, tall=WALK, stirs=0.5), pet.walks(0.0), zones=[bowl])
    assert judgement.event_type == EATING_DRINKING
    assert judgement.evidence["zone"] == "bowl"


@pytest.mark.parametrize(("seconds", "event_type"), [(2.2, PASSING), (4.6, EATING_DRINKING)])
def test_eating_takes_more_than_three_seconds(seconds: float, event_type: str) -> None:
    pet = Pet(x=0.0)
    steps = (pet.walks(0.5), pet.stays(seconds, tall=WALK, stirs=0.5), pet.walks(1.0))
    assert judged(*steps, zones=[BOWL]).event_type == event_type


def test_the_same_elsewhere_is_no_meal() -> None:
    pet = Pet(x=0.0)
    steps = [*pet.walks(0.5), *pet.stays(8, tall=WALK, stirs=0.9), *pet.walks(0.0)]
    assert judged(steps, zones=[zone(ZoneKind.FOOD, 0.9, 0.2)]).event_type == GROOMING
    assert judged(steps, zones=[zone(ZoneKind.LITTER, 0.55, 0.78)]).event_type == GROOMING


def test_one_who_sits_up_at_its_bowl_and_washes_its_face_grooms() -> None:
    pet = Pet(x=0.0)
    steps = (pet.walks(0.5), pet.stays(8, tall=SIT, stirs=0.9), pet.walks(0.0))
    assert judged(*steps, zones=[BOWL]).event_type == GROOMING


def test_one_too_far_off_for_its_head_to_be_seen_moving_eats_where_it_stands_over_its_bowl() -> None:
    pet = Pet(x=0.0)
    steps = (pet.walks(0.5), pet.stays(8, tall=WALK), pet.walks(0.0))
    assert judged(*steps, zones=[BOWL]).event_type == EATING_DRINKING


def test_one_who_only_sits_at_its_bowl_does_not_eat() -> None:
    pet = Pet(x=0.0)
    assert judged(pet.walks(0.5), pet.stays(9), pet.walks(0.0), zones=[BOWL]).event_type == SITTING


def test_one_whose_outline_is_one_with_another_is_not_seen_to_eat() -> None:
    pet = Pet(x=0.0)
    close = pet.with_another(0.0, pet.stays(8, tall=0.4, stirs=0.5))
    assert judged(pet.walks(0.5), close, pet.walks(0.0), zones=[BOWL]).event_type != EATING_DRINKING


def test_one_who_walks_over_its_bowl_is_passing() -> None:
    assert judged(Pet(x=0.0).walks(1.0), zones=[BOWL]).event_type == PASSING


WAYS = {
    ("door", "door"): PASSING,
    ("door", "edge"): ENTERING,
    ("door", "inside"): ENTERING,
    ("edge", "door"): LEAVING,
    ("edge", "edge"): PASSING,
    ("edge", "inside"): ENTERING,
    ("inside", "door"): LEAVING,
    ("inside", "edge"): LEAVING,
    ("inside", "inside"): PASSING,
}
SPOT = {"door": 0.2, "edge": 1.0, "inside": 0.75}


@pytest.mark.parametrize(("begin", "end"), WAYS)
def test_where_one_begins_and_ends_tells_whether_it_came_or_went(begin: str, end: str) -> None:
    pet = Pet(x=SPOT[begin])
    judgement = judged(pet.walks(0.5), pet.walks(SPOT[end]), zones=[DOOR])
    assert judgement.event_type == WAYS[begin, end]
    if judgement.event_type in (ENTERING, LEAVING):
        names = {"door": "flap", "edge": "edge", "inside": "inside"}
        assert (judgement.evidence["from"], judgement.evidence["to"]) == (names[begin], names[end])


def test_of_one_seen_last_behind_another_nobody_knows_whether_it_went() -> None:
    pet = Pet(x=0.0)
    hidden = [replace(step, near=0.0, hidden=True) for step in pet.stays(1)]
    assert judged(pet.walks(0.6), hidden).event_type == PASSING


def test_one_who_comes_in_and_sits_is_sitting() -> None:
    pet = Pet(x=0.0)
    assert judged(pet.walks(0.5), pet.stays(9, tall=SIT)).event_type == SITTING
