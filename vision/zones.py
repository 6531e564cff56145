"""Areas of a camera's picture, drawn as polygons in parts of it: 0 left and top, 1 right and bottom.

A zone says what a place is for (a bowl, a bed, a door); a mask is a bare polygon in which nothing is looked
at (a television, a street behind the window).
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict
from pydantic.dataclasses import dataclass

from influx.config import Name

Corner = tuple[float, float]
"""Across and down, from 0 to 1."""

_MOST = 200  # corners; more is a mistake, and crossings are looked for pair by pair


def checked(corners: Any) -> tuple[Corner, ...]:
    """``corners`` as a polygon; raises ``ValueError`` with one sentence for what is none.

    A corner that repeats the one before it is left out, and so is a last one that repeats the first: some
    programs close what they draw.
    """
    try:
        given = [(float(x), float(y)) for x, y in corners]
    except (TypeError, ValueError):
        raise ValueError("is no polygon; write its corners as [[x, y], [x, y], [x, y]]") from None
    polygon = tuple(corner for n, corner in enumerate(given) if corner != given[n - 1])
    if not 3 <= len(polygon) <= _MOST:
        raise ValueError(f"is no area; give it at least 3 corners that differ, and at most {_MOST}")
    for x, y in polygon:
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(
                f"the corner [{x:g}, {y:g}] lies outside the picture; write parts of it, from 0 to 1"
            )
    crossing = _crossing(polygon)
    if crossing:
        raise ValueError(
            f"its side from [{crossing[0]:g}, {crossing[1]:g}] meets another that is not beside it; "
            "list the corners in the order in which one walks around the area"
        )
    return polygon


Polygon = Annotated[tuple[Corner, ...], BeforeValidator(checked)]
"""The corners of an area in their order around it; its sides do not cross each other."""


class ZoneKind(StrEnum):
    """What a place is for."""

    FOOD = "food"
    WATER = "water"
    BED = "bed"
    DOOR = "door"
    LITTER = "litter"
    PERCH = "perch"
    OTHER = "other"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Zone:
    """A place in a camera's picture; raises ``pydantic.ValidationError`` for a polygon that is none."""

    name: Name
    kind: ZoneKind
    polygon: Polygon

    def contains(self, x: float, y: float) -> bool:
        """Whether the spot lies in the zone; its border belongs to it."""
        return inside(self.polygon, x, y)


def inside(polygon: Sequence[Corner], x: float, y: float) -> bool:
    """Whether the spot lies in ``polygon`` or on its border.

    Counts the sides that a ray to the right crosses: an odd number means inside (Shimrat 1962).
    """
    within = False
    for here, there in _sides(polygon):
        if _turn(here, there, (x, y)) == 0 and _between(here, there, (x, y)):
            return True
        if (here[1] > y) != (there[1] > y):
            lower, upper = (here, there) if here[1] < there[1] else (there, here)
            within ^= _turn(lower, upper, (x, y)) > 0
    return within


def _sides(polygon: Sequence[Corner]) -> list[tuple[Corner, Corner]]:
    return [(polygon[n - 1], corner) for n, corner in enumerate(polygon)]


def _turn(a: Corner, b: Corner, c: Corner) -> float:
    """On which side of the line from ``a`` to ``b`` lies ``c``: its sign; 0 on the line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(a: Corner, b: Corner, c: Corner) -> bool:
    """Whether ``c``, which lies on the line through ``a`` and ``b``, lies between them or on one of them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _crossing(polygon: Sequence[Corner]) -> Corner | None:
    """Where a side begins that touches another it is not beside, or folds back on its neighbour."""
    sides = _sides(polygon)
    for (n, one), (m, other) in combinations(enumerate(sides), 2):
        beside = m - n == 1 or (n == 0 and m == len(sides) - 1)
        if _folds(one, other) if beside else _meet(*one, *other):
            return one[0]
    return None


def _folds(one: tuple[Corner, Corner], other: tuple[Corner, Corner]) -> bool:
    """Whether two neighbours lie on each other: the corner they share is a spike without an area."""
    shared = one[1] if one[1] == other[0] else one[0]
    a = one[0] if shared == one[1] else one[1]
    b = other[1] if shared == other[0] else other[0]
    ahead = (a[0] - shared[0]) * (b[0] - shared[0]) + (a[1] - shared[1]) * (b[1] - shared[1])
    return _turn(a, shared, b) == 0 and ahead >= 0


def _meet(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Whether the side from ``a`` to ``b`` touches the one from ``c`` to ``d``."""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    one, two, three, four = (math.copysign(1, turn) if turn else 0 for turn in turns)
    if one * two < 0 and three * four < 0:
        return True
    spots = ((one, a, b, c), (two, a, b, d), (three, c, d, a), (four, c, d, b))
    return any(not turn and _between(here, there, spot) for turn, here, there, spot in spots)
