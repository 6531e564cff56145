"""What a track is seen as, by a detector's votes: a pet, a person, or neither."""

from collections.abc import Mapping

from vision.detectors.found import PERSON, PET
from vision.tracker import Track

BESIDE = 0.15
"""Looks with a pet in them that a person's track must have, as a part of all that found either, and one more.

Where a person holds a kitten a model sees the person first, and the pet in a half or a quarter of the looks;
an arm or a bag it takes for a pet in a twentieth of them (docs/benchmarks.md, Pets)."""


def seen_as(votes: Mapping[str, int]) -> str | None:
    """``PET`` or ``PERSON``, or None where the votes, one a look for each that it found, are of neither.

    A pet with a person beside it is a pet.
    """
    pets, persons = votes.get(PET, 0), votes.get(PERSON, 0)
    if pets and (not persons or pets >= BESIDE * (pets + persons) + 1):
        return PET
    return PERSON if persons else None


def is_person(track: Track) -> bool:
    """Whether ``track`` is a person's: seen as one, or with the face of one and not seen as a pet."""
    seen = seen_as(track.votes)
    return seen == PERSON or (seen is None and bool(track.person))


def is_left_out(track: Track) -> bool:
    """Whether nothing of ``track`` is told: it is of somebody who is left out, and no pet was seen in it."""
    return track.left_out and seen_as(track.votes) != PET


def evidence_of(votes: Mapping[str, int]) -> dict[str, float | int | str | bool]:
    """What was seen, and in how many looks a pet and a person; nothing where neither ever was."""
    seen = seen_as(votes)
    if seen is None:
        return {}
    return {"seen": seen, "seen_pet": votes.get(PET, 0), "seen_person": votes.get(PERSON, 0)}
