"""Which pet a cut-out looks like: its nearest neighbours among those whose pet is known, or nobody.

A name is said where it is sure enough and else ``unknown``:

1. the nearest neighbour lies within ``REACH``: what looks like nobody known is nobody known;
2. ``MOST`` of the ``NEIGHBOURS`` nearest are of its pet, where so many are known of it;
3. the nearest of any other pet is at least ``1 / RATIO`` times as far (Lowe's ratio test: Distinctive Image
   Features from Scale-Invariant Keypoints, 2004, section 7.1).

Among what is known are mistakes: of two cats that met, an event's cut-outs may show the other one. So a
vector does not count whose neighbours from other sources are mostly of other pets (Wilson, Asymptotic
Properties of Nearest Neighbor Rules Using Edited Data, 1972); on scripted scenes nine looks in ten were named
rightly with that and three in four without.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from influx.schema import NO_PETS, UNKNOWN_PET
from vision.identity.colour import Vector

NEIGHBOURS, MOST = 3, 2
REACH = 0.5
RATIO = 0.85

_EDITED_FROM = 3  # sources of a pet: of fewer, those that are right have no kin among the others
_ROWS = 256  # vectors that are compared with all at once


class Known(NamedTuple):
    """A vector whose pet is known, and the event or photograph that it is from."""

    pet: str
    source: str
    vector: Vector


class Neighbours:
    """Vectors of length 1 whose pet is known; never changed."""

    def __init__(self, known: Sequence[Known]) -> None:
        kept = _edited(known)
        self._pets = np.array([one.pet for one in kept])
        self._vectors = np.stack([one.vector for one in kept]) if kept else None

    def __len__(self) -> int:
        """How many vectors count."""
        return len(self._pets)

    def name(self, vector: Vector) -> str:
        """The pet that ``vector`` is of, or ``unknown``; also for what people said is no pet, or a person."""
        if self._vectors is None:
            return UNKNOWN_PET
        away = _apart(self._vectors @ vector)
        order = np.argsort(away, kind="stable")
        nearest = str(self._pets[order[0]])
        if nearest in NO_PETS or away[order[0]] > REACH:
            return UNKNOWN_PET
        votes = Counter(str(pet) for pet in self._pets[order[:NEIGHBOURS]])
        others = away[self._pets != nearest]
        if votes[nearest] < min(MOST, len(away) - others.size):
            return UNKNOWN_PET
        if others.size and away[order[0]] > RATIO * float(others.min()):
            return UNKNOWN_PET
        return nearest


def _apart(products: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Distances of vectors of length 1, by their inner products."""
    return np.sqrt(np.maximum(2 - 2 * products, 0))


def _edited(known: Sequence[Known]) -> list[Known]:
    """``known`` without what has mostly strangers around it."""
    if len(known) <= NEIGHBOURS:
        return list(known)
    vectors = np.stack([one.vector for one in known])
    pets = np.array([one.pet for one in known])
    sources = np.array([one.source for one in known])
    of = Counter(pet for pet, _source in {(one.pet, one.source) for one in known})
    kept: list[Known] = []
    for begin in range(0, len(known), _ROWS):
        rows = slice(begin, begin + _ROWS)
        alike = vectors[rows] @ vectors.T
        alike[sources[rows, None] == sources[None, :]] = -np.inf
        nearest = np.argpartition(-alike, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
        kin = (pets[nearest] == pets[rows, None]).sum(1)
        kept += [
            one
            for one, like in zip(known[rows], kin, strict=True)
            if like >= MOST or of[one.pet] < _EDITED_FROM
        ]
    return kept
