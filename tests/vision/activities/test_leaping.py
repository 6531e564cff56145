import pytest

from tests.vision.activities.life import LIE, SIT, Pet, judged
from vision.activities import JUMPING, PASSING, SITTING, SLEEPING


@pytest.mark.parametrize("heights", [1.0, 0.7, -1.0])
def test_one_who_leaps_onto_something_or_down_from_it_jumps(heights: float) -> None:
    pet = Pet(x=0.0, y=0.5)
    judgement = judged(pet.walks(0.5), pet.leaps(heights, across=0.05), pet.walks(1.0))
    assert judgement.event_type == JUMPING
    assert float(judgement.evidence["rise_widths"]) * heights > 0
    assert judgement.evidence["leaps"] == 1


def test_what_looks_like_a_leap_from_one_pet_to_another_is_none() -> None:
    pet = Pet(x=0.0, y=0.5)
    steps = pet.with_another(0.02, [*pet.walks(0.5), *pet.leaps(1.0), *pet.walks(1.0)])
    assert judged(steps).event_type != JUMPING


def test_a_step_of_a_third_of_its_height_is_no_jump() -> None:
    pet = Pet(x=0.0, y=0.5)
    assert judged(pet.walks(0.5), pet.leaps(0.3), pet.walks(1.0)).event_type == PASSING


@pytest.mark.parametrize(("begin", "end"), [(0.15, 0.9), (0.9, 0.15)])
def test_one_who_walks_down_the_picture_or_up_does_not_jump(begin: float, end: float) -> None:
    pet = Pet(x=0.2, y=begin)
    assert judged(pet.walks(0.5), pet.walks(0.5, end), pet.walks(0.8)).event_type != JUMPING


def test_one_who_sits_up_from_lying_does_not_jump() -> None:
    pet = Pet()
    assert judged(pet.stays(6, tall=LIE), pet.stays(6, tall=SIT)).event_type == SITTING


def test_one_who_jumps_onto_the_shelf_and_sits_there_jumped() -> None:
    pet = Pet(x=0.0, y=0.7)
    assert judged(pet.walks(0.4), pet.leaps(1.5), pet.stays(9)).event_type == JUMPING


def test_one_who_jumps_onto_the_shelf_and_sleeps_there_slept() -> None:
    pet = Pet(x=0.0, y=0.7)
    assert judged(pet.walks(0.4), pet.leaps(1.5), pet.stays(30, tall=LIE)).event_type == SLEEPING
