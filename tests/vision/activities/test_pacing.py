import pytest

from tests.vision.activities.life import Pet, judged
from vision.activities import ABNORMAL, PLAYING


@pytest.mark.parametrize(("legs", "paces"), [(4, False), (8, True)])
def test_the_same_way_to_and_fro_five_times_is_pacing(legs: int, paces: bool) -> None:
    judgement = judged(Pet(x=0.3).paces(legs))
    assert (judgement.event_type == ABNORMAL) is paces
    if paces:
        assert judgement.evidence["leg_widths"] == pytest.approx(0.3, abs=0.06)


def test_ways_to_ever_other_places_are_no_pacing() -> None:
    pet = Pet(x=0.1)
    walks = (pet.walks(x) for x in (0.9, 0.5, 0.8, 0.2, 0.6, 0.1, 0.4, 0.15, 0.95))
    assert judged(*walks).event_type != ABNORMAL


def test_one_who_runs_the_same_way_to_and_fro_plays() -> None:
    judgement = judged(Pet(x=0.3).paces(9, leg=0.45, speed=0.4))
    assert judgement.event_type == PLAYING


def test_dashing_to_and_fro_is_no_pacing() -> None:
    assert judged(Pet().dashes(15)).event_type != ABNORMAL


def test_rests_between_the_ways_end_the_pacing() -> None:
    pet = Pet(x=0.3)
    steps = []
    for _ in range(4):
        steps += [*pet.walks(0.6), *pet.walks(0.3), *pet.stays(14)]
    assert judged(steps).event_type != ABNORMAL


def test_the_same_round_again_and_again_is_pacing() -> None:
    pet = Pet(x=0.3, y=0.5)
    steps = []
    for _ in range(6):
        steps += [*pet.walks(0.6, 0.5), *pet.walks(0.6, 0.7), *pet.walks(0.3, 0.7), *pet.walks(0.3, 0.5)]
    assert judged(steps).event_type == ABNORMAL
