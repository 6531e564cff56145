"""Whose a track is, by the votes of its cut-outs, and the numbers that say so."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from influx.schema import PERSON, UNKNOWN_PET
from vision.seen import is_person
from vision.tracker import Track

VOTES = 2
"""A name needs so many votes: one look can be at a shadow, or at another who walks through."""
SHARE = 0.5
"""Of all looks, those that were not sure among them, so many must say the name."""
ALONE = 0.8
"""Of the looks that say any name, so many must say this one: two pets that are one blob are nobody."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The pet, ``person`` or ``unknown``, and the numbers that decided it."""

    pet: str = UNKNOWN_PET
    evidence: Mapping[str, float | int | str | bool] = field(default_factory=dict)


def whose(track: Track, only: str = "") -> Whose:
    """Whose ``track`` is; ``person`` where a detector takes it for one, or it has the face of one.

    Where a camera ``only`` ever sees one pet it is that one; else the votes of ``Track.names`` decide.
    """
    if is_person(track):
        return Whose(PERSON)
    return Whose(only, {"who": only, "who_only": True}) if only else voted(track.names)


def voted(names: Counter[str], *, each: int = 1) -> Whose:
    """The winner among ``names``, the votes of looks, ``unknown`` among them; nobody where there are none.

    Where only some looks were kept, each stands for ``each``.
    """
    looks = sum(names.values())
    if not looks:
        return Whose()
    named = Counter({name: count for name, count in names.items() if name != UNKNOWN_PET})
    if not named:
        return Whose(evidence={"who_looks": looks})
    best = max(named, key=lambda name: (named[name], name))
    votes = named[best]
    evidence: dict[str, float | int | str | bool] = {
        "who": best,
        "who_votes": votes,
        "who_looks": looks,
        "who_share": round(votes / looks, 2),
    }
    sure = votes * each >= VOTES and votes >= SHARE * looks and votes >= ALONE * sum(named.values())
    return Whose(best if sure else UNKNOWN_PET, evidence)
