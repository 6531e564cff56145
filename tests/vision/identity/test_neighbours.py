import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from influx.schema import NO_PET, UNKNOWN_PET
from vision.identity.colour import Vector
from vision.identity.neighbours import REACH, Neighbours


def at(degrees: float) -> Vector:
    """A vector of length 1; ten degrees are 0.17 apart."""
    turn = np.radians(degrees)
    return np.array([np.cos(turn), np.sin(turn)], np.float32)


def test_who_is_near_one_pet_and_far_from_the_other_is_that_pet() -> None:
    known = Neighbours([("miso", at(0)), ("miso", at(3)), ("nori", at(60)), ("nori", at(64))])
    assert len(known) == 4
    assert known.name(at(5)) == "miso"
    assert known.name(at(58)) == "nori"


def test_who_is_near_nobody_is_unknown_also_where_only_one_pet_is_known() -> None:
    known = Neighbours([("miso", at(0)), ("miso", at(3))])
    assert known.name(at(1)) == "miso"
    assert known.name(at(90)) == UNKNOWN_PET


def test_who_is_between_two_is_unknown() -> None:
    known = Neighbours([("miso", at(0)), ("nori", at(20))])
    assert known.name(at(10)) == UNKNOWN_PET
    assert known.name(at(9.5)) == UNKNOWN_PET
    assert known.name(at(2)) == "miso"


def test_one_odd_picture_among_anothers_names_nobody() -> None:
    known = Neighbours(
        [("nori", at(0)), ("nori", at(80)), ("miso", at(2.5)), ("miso", at(2.6)), ("miso", at(2.7))]
    )
    assert known.name(at(-1)) == UNKNOWN_PET


def test_what_is_no_pet_is_unknown_and_keeps_others_from_being_taken_for_one() -> None:
    known = Neighbours([("miso", at(0)), ("miso", at(1)), (NO_PET, at(20)), (NO_PET, at(21))])
    assert known.name(at(20)) == UNKNOWN_PET
    assert known.name(at(11)) == UNKNOWN_PET
    assert known.name(at(1)) == "miso"


def test_nobody_is_known_at_first() -> None:
    assert Neighbours(()).name(at(0)) == UNKNOWN_PET


@given(
    st.lists(st.tuples(st.sampled_from(["miso", "nori", NO_PET]), st.floats(0, 90)), max_size=12),
    st.floats(0, 90),
)
def test_a_name_is_always_that_of_the_nearest_and_within_reach(
    known: list[tuple[str, float]], asked: float
) -> None:
    name = Neighbours([(pet, at(degrees)) for pet, degrees in known]).name(at(asked))
    if name != UNKNOWN_PET:
        away = {pet: min(np.linalg.norm(at(d) - at(asked)) for p, d in known if p == pet) for pet, _ in known}
        assert name != NO_PET
        assert away[name] == min(away.values())
        assert away[name] <= REACH
