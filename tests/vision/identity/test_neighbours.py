import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx.schema import NO_PET, NO_PETS, PERSON, UNKNOWN_PET
from vision.identity.colour import Vector
from vision.identity.neighbours import REACH, Known, Neighbours


def at(degrees: float) -> Vector:
    """A vector of length 1; ten degrees are 0.17 apart."""
    turn = np.radians(degrees)
    return np.array([np.cos(turn), np.sin(turn)], np.float32)


def knowing(*known: tuple[str, float]) -> Neighbours:
    """Vectors at so many degrees, each from a source of its own."""
    return Neighbours([Known(pet, str(number), at(turn)) for number, (pet, turn) in enumerate(known)])


def test_who_is_near_one_pet_and_far_from_the_other_is_that_pet() -> None:
    known = knowing(("miso", 0), ("miso", 3), ("nori", 60), ("nori", 64))
    assert len(known) == 4
    assert known.name(at(5)) == "miso"
    assert known.name(at(58)) == "nori"


def test_who_is_near_nobody_is_unknown_also_where_only_one_pet_is_known() -> None:
    known = knowing(("miso", 0), ("miso", 3))
    assert known.name(at(1)) == "miso"
    assert known.name(at(90)) == UNKNOWN_PET


def test_who_is_between_two_is_unknown() -> None:
    known = knowing(("miso", 0), ("nori", 20))
    assert known.name(at(10)) == UNKNOWN_PET
    assert known.name(at(9.5)) == UNKNOWN_PET
    assert known.name(at(2)) == "miso"


def test_one_odd_picture_among_anothers_names_nobody() -> None:
    known = knowing(("nori", 0), ("nori", 80), ("miso", 2.5), ("miso", 2.6), ("miso", 2.7))
    assert known.name(at(-1)) == UNKNOWN_PET


@pytest.mark.parametrize("what", sorted(NO_PETS))
def test_what_is_no_pet_is_unknown_and_keeps_others_from_being_taken_for_one(what: str) -> None:
    known = knowing(("miso", 0), ("miso", 1), (what, 20), (what, 21))
    assert known.name(at(20)) == UNKNOWN_PET
    assert known.name(at(11)) == UNKNOWN_PET
    assert known.name(at(1)) == "miso"


def test_nobody_is_known_at_first() -> None:
    assert knowing().name(at(0)) == UNKNOWN_PET


def test_a_mistake_among_what_is_known_does_not_count() -> None:
    miso = [("miso", float(turn)) for turn in range(5)]
    nori = [("nori", 60.0 + turn) for turn in range(5)]
    known = knowing(*miso, *nori, ("nori", 2.2))
    assert len(known) == 10
    assert known.name(at(2.2)) == "miso"


def test_a_pet_of_which_little_is_known_is_not_taken_for_a_mistake() -> None:
    known = knowing(*[("miso", float(turn)) for turn in range(5)], ("nori", 40), ("nori", 41))
    assert len(known) == 7
    assert known.name(at(40)) == "nori"


def test_looks_of_one_event_do_not_vouch_for_each_other() -> None:
    same = [Known("nori", "one event", at(2 + number / 10)) for number in range(4)]
    rest = [Known("nori", f"nori {number}", at(60 + number)) for number in range(3)]
    miso = [Known("miso", f"miso {number}", at(number)) for number in range(5)]
    assert Neighbours([*same, *rest, *miso]).name(at(2.2)) == "miso"


def test_many_are_compared_as_few_are() -> None:
    known = knowing(
        *[("miso", number / 100) for number in range(400)], *[("nori", 60 + n / 100) for n in range(400)]
    )
    assert len(known) == 800
    assert known.name(at(1)) == "miso"


@given(
    st.lists(st.tuples(st.sampled_from(["miso", "nori", NO_PET, PERSON]), st.floats(0, 90)), max_size=12),
    st.floats(0, 90),
)
def test_a_name_is_always_of_somebody_within_reach(known: list[tuple[str, float]], asked: float) -> None:
    name = knowing(*known).name(at(asked))
    if name != UNKNOWN_PET:
        assert name not in NO_PETS
        away = min(float(np.linalg.norm(at(turn) - at(asked))) for pet, turn in known if pet == name)
        assert away <= REACH + 1e-3
