"""What votes amount to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.detectors import PERSON, PET
from vision.seen import evidence_of, seen_as


@pytest.mark.parametrize(
    ("pets", "persons", "seen"),
    [
        (0, 0, None),
        (1, 0, PET),
        (0, 1, PERSON),
        (1, 1, PERSON),
        (2, 1, PET),
        (30, 0, PET),
        (20, 27, PET),
        (7, 22, PET),
        (1, 4, PERSON),
        (3, 60, PERSON),
        (6, 137, PERSON),
    ],
)
def test_a_pet_beside_a_person_is_a_pet_and_an_arm_is_none(pets: int, persons: int, seen: str | None) -> None:
    assert seen_as({PET: pets, PERSON: persons}) == seen


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_more_looks_at_a_pet_never_make_it_a_person(pets: int, persons: int) -> None:
    if seen_as({PET: pets, PERSON: persons}) == PET:
        assert seen_as({PET: pets + 1, PERSON: persons}) == PET


def test_what_was_seen_is_evidence() -> None:
    assert evidence_of({}) == {}
    assert evidence_of({PET: 3, PERSON: 1}) == {"seen": PET, "seen_pet": 3, "seen_person": 1}
