import pytest

from tests.vision.activities.life import Pet, judged
from vision.activities import ENTERING, MOTION, PASSING, PLAYING


def test_one_who_walks_through_is_passing() -> None:
    judgement = judged(Pet(x=0.0).walks(1.0))
    assert judgement.event_type == PASSING
    assert judgement.confidence > 0.8
    assert judgement.evidence["reach_widths"] == pytest.approx(1.0, abs=0.05)


def test_one_who_stops_for_a_moment_on_the_way_is_passing() -> None:
    pet = Pet(x=0.0)
    assert judged(pet.walks(0.5), pet.stays(2.5), pet.walks(1.0)).event_type == PASSING


def test_one_who_shows_a_nose_and_goes_back_is_motion() -> None:
    pet = Pet(x=0.0)
    assert judged(pet.walks(0.1), pet.walks(0.0)).event_type == MOTION


def test_one_who_dashes_to_and_fro_is_playing() -> None:
    judgement = judged(Pet().dashes(6))
    assert judgement.event_type == PLAYING
    assert float(judgement.evidence["erratic_s"]) > 3


def test_one_who_turns_round_once_at_a_run_does_not_play() -> None:
    pet = Pet(x=0.0)
    assert judged(pet.walks(0.5, speed=0.4), pet.walks(0.0, speed=0.4)).event_type == PASSING


def test_one_who_walks_to_and_fro_slowly_does_not_play() -> None:
    assert judged(Pet(x=0.4).dashes(8, leg=0.25, speed=0.1)).event_type not in (PLAYING, ENTERING)


def test_a_short_stir_is_motion() -> None:
    assert judged(Pet().walks(0.52, speed=0.02)).event_type == MOTION
