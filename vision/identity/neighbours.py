"""Which pet a cut-out looks like: its nearest neighbours among those whose pet is known, or nobody.

A name is said where it is sure enough and else ``unknown``:

1. the nearest neighbour lies within ``REACH``: what looks like nobody known is nobody known;
2. ``MOST`` of the ``NEIGHBOURS`` nearest are of its pet, where so many are known of it;
3. the nearest of any other pet is at least ``1 / RATIO`` times as far (Lowe's ratio test: Distinctive Image
   Features from Scale-Invariant Keypoints, 2004, §7.1).
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from influx.schema import NO_PET, UNKNOWN_PET
from vision.identity.colour import Vector

NEIGHBOURS, MOST = 3, 2
REACH = 0.5
RATIO = 0.85


class Neighbours:
    """Vectors whose pet is known, ``known`` as pairs of a pet and one of its vectors; never changed."""

    def __init__(self, known: Sequence[tuple[str, Vector]]) -> None:
        self._pets = np.array([pet for pet, _vector in known])
        self._vectors = np.stack([vector for _pet, vector in known]) if known else None

    def __len__(self) -> int:
        """How many vectors there are."""
        return len(self._pets)

    def name(self, vector: Vector) -> str:
        """The pet that ``vector`` is of, or ``unknown``; also for what people said is no pet."""
        if self._vectors is None:
            return UNKNOWN_PET
        away = np.linalg.norm(self._vectors - vector, axis=1)
        order = np.argsort(away, kind="stable")
        nearest = str(self._pets[order[0]])
        if nearest == NO_PET or away[order[0]] > REACH:
            return UNKNOWN_PET
        votes = Counter(str(pet) for pet in self._pets[order[:NEIGHBOURS]])
        others = away[self._pets != nearest]
        if votes[nearest] < min(MOST, len(away) - others.size):
            return UNKNOWN_PET
        if others.size and away[order[0]] > RATIO * float(others.min()):
            return UNKNOWN_PET
        return nearest
