import math

import pytest

from tests.vision.activities.life import LIE, Pet, judged
from vision.activities import INTERACTING, PASSING, SITTING, SLEEPING


@pytest.mark.parametrize(("near", "together"), [(0.0, True), (0.03, True), (0.2, False), (math.inf, False)])
def test_two_who_stir_close_to_each_other_interact(near: float, together: bool) -> None:
    pet = Pet(x=0.0)
    meeting = pet.with_another(near, pet.stays(5, stirs=0.9))
    judgement = judged(pet.walks(0.5), meeting, pet.walks(0.0))
    assert (judgement.event_type == INTERACTING) is together


@pytest.mark.parametrize(("seconds", "event_type"), [(1.2, PASSING), (3.5, INTERACTING)])
def test_a_meeting_takes_two_seconds(seconds: float, event_type: str) -> None:
    pet = Pet(x=0.0)
    meeting = pet.with_another(0.01, pet.stays(seconds, stirs=1.0))
    assert judged(pet.walks(0.5), meeting, pet.walks(1.0)).event_type == event_type


@pytest.mark.parametrize("near", [0.0, 0.01], ids=["touching", "beside"])
def test_two_who_sleep_side_by_side_sleep(near: float) -> None:
    pet = Pet()
    assert judged(pet.with_another(near, pet.stays(40, tall=LIE))).event_type == SLEEPING


@pytest.mark.parametrize("near", [0.0, 0.02], ids=["touching", "beside"])
def test_two_who_sit_side_by_side_sit(near: float) -> None:
    pet = Pet(x=0.0)
    sits = pet.with_another(near, pet.stays(12, stirs=0.1))
    assert judged(pet.walks(0.5), sits, pet.walks(0.0)).event_type == SITTING
