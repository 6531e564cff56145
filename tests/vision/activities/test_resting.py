import pytest

from tests.vision.activities.life import LIE, SIT, Pet, judged
from vision.activities import GROOMING, PASSING, SITTING, SLEEPING


def test_one_who_comes_and_sits_and_goes_is_sitting() -> None:
    pet = Pet(x=0.0)
    judgement = judged(pet.walks(0.5), pet.stays(14), pet.walks(0.0))
    assert judgement.event_type == SITTING
    assert float(judgement.evidence["longest_still_s"]) == pytest.approx(14, abs=1)
    assert float(judgement.evidence["tallness"]) == pytest.approx(SIT, abs=0.3)


@pytest.mark.parametrize(("seconds", "event_type"), [(2.8, PASSING), (4.8, SITTING)])
def test_sitting_takes_four_seconds(seconds: float, event_type: str) -> None:
    pet = Pet(x=0.0)
    assert judged(pet.walks(0.5), pet.stays(seconds), pet.walks(1.0)).event_type == event_type


@pytest.mark.parametrize(("seconds", "event_type"), [(17, SITTING), (23, SLEEPING)])
def test_one_who_lies_quiet_for_twenty_seconds_sleeps(seconds: float, event_type: str) -> None:
    pet = Pet(x=0.0)
    assert judged(pet.walks(0.5), pet.stays(seconds, tall=LIE), pet.walks(0.0)).event_type == event_type


@pytest.mark.parametrize(("seconds", "event_type"), [(110, SITTING), (130, SLEEPING)])
def test_one_who_sits_upright_sleeps_when_nothing_stirs_for_two_minutes(
    seconds: float, event_type: str
) -> None:
    assert judged(Pet().stays(seconds)).event_type == event_type


def test_one_who_lies_and_looks_about_is_not_asleep() -> None:
    pet = Pet(x=0.0)
    assert judged(pet.walks(0.5), pet.stays(40, tall=LIE, stirs=0.4)).event_type == SITTING


def test_an_ear_that_turns_now_and_then_wakes_nobody() -> None:
    assert judged(Pet().stays(60, tall=LIE, stirs=1.0, every=10)).event_type == SLEEPING


@pytest.mark.parametrize(("seconds", "event_type"), [(2.5, PASSING), (7, GROOMING)])
def test_one_who_stays_and_stirs_for_four_seconds_grooms(seconds: float, event_type: str) -> None:
    pet = Pet(x=0.0)
    steps = (pet.walks(0.5), pet.stays(seconds, stirs=0.9), pet.walks(1.0))
    judgement = judged(*steps)
    assert judgement.event_type == event_type


def test_a_tail_that_swings_is_no_grooming() -> None:
    assert judged(Pet().stays(15, stirs=0.4)).event_type == SITTING


def test_one_who_stands_taller_than_any_pet_is_not_sitting() -> None:
    pet = Pet(x=0.0)
    assert judged(pet.walks(0.5), pet.stays(14, tall=2.6), pet.walks(1.0)).event_type == PASSING


def test_a_person_does_nothing_but_pass() -> None:
    pet = Pet(x=0.0)
    steps = [*pet.walks(0.5), *pet.stays(30, tall=LIE), *pet.stays(9, stirs=1.0), *pet.walks(0.0)]
    assert judged(steps).event_type == GROOMING
    assert judged(steps, person=True).event_type == PASSING


def test_unseen_seconds_count_as_nothing() -> None:
    pet = Pet()
    before = list(pet.stays(3))
    pet.at += 60
    judgement = judged(before, pet.stays(1))
    assert float(judgement.evidence["longest_still_s"]) < 8
