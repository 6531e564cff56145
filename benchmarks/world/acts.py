"""One pet's visit as a list of acts, and somebody who thinks it up, act by act."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.world import life
from benchmarks.world.coats import Animal
from benchmarks.world.poses import Posture

Spot = tuple[float, float]
"""Where feet stand, in parts of the picture from its top left corner."""

ORDER = (
    "abnormal",
    "interacting",
    "playing",
    "eating_drinking",
    "grooming",
    "sleeping",
    "jumping",
    "sitting",
)
"""What a visit is called for, the first that took place (docs/world.md); else it only came or went."""
DOOR, EDGE, INSIDE = 0, 1, 2
"""Where a visit begins or ends, from the outside in."""


@dataclass(frozen=True, slots=True)
class View:
    """What of the world a picture shows: how large things are, nearer ones larger."""

    lens: float = 1.0
    ratio: float = 9 / 16

    def metre(self, y: float) -> float:
        """Picture widths of a metre that stands on the ground at ``y``."""
        return 0.3125 * self.lens * (0.28 + 0.80 * y)

    def apart(self, here: Spot, there: Spot) -> float:
        """Metres between two places near each other; the floor is seen at a slant, so down counts double."""
        down = (there[1] - here[1]) * self.ratio * 2.2
        return math.hypot(there[0] - here[0], down) / self.metre((here[1] + there[1]) / 2)


@dataclass(frozen=True, slots=True)
class Act:
    """A pet in one posture, from one place to another or staying, in seconds of the scene."""

    posture: Posture
    begin: float
    end: float
    start: Spot
    stop: Spot
    facing: int
    """1 to the right, -1 to the left."""
    rate: float
    """Rounds of the movement a second."""
    lift: tuple[float, float] = (0.0, 0.0)
    """Metres above the ground at its begin and end."""
    bulge: float = 0.0
    """Metres by which it is higher half way: what leaps follows a parabola."""


@dataclass(frozen=True, slots=True)
class Pose:
    """A pet at one moment."""

    animal: Animal
    posture: Posture
    x: float
    y: float
    lift: float
    """Metres above the ground."""
    slope: float
    """Metres it rises (falls, below 0) in a second, while it leaps."""
    facing: int
    phase: float


@dataclass(frozen=True, slots=True)
class Visit:
    """What one pet does from its first act to its last; ``event_type`` as docs/world.md defines it."""

    animal: Animal
    acts: tuple[Act, ...]
    event_type: str
    waits: float = 0.0
    """Until then it lies there as part of the room; 0 where it comes."""

    def pose(self, at: float) -> Pose | None:
        """How it is ``at`` that second, or None where it is not there."""
        for act in self.acts:
            if act.begin <= at < act.end:
                return _pose(self.animal, act, at)
        return None


def _pose(animal: Animal, act: Act, at: float) -> Pose:
    length = act.end - act.begin
    part = (at - act.begin) / length
    x, y = (here + (there - here) * part for here, there in zip(act.start, act.stop, strict=True))
    rise = act.lift[1] - act.lift[0]
    return Pose(
        animal,
        act.posture,
        x,
        y,
        act.lift[0] + rise * part + 4 * act.bulge * part * (1 - part),
        (rise + 4 * act.bulge * (1 - 2 * part)) / length,
        act.facing,
        (at - act.begin) * act.rate,
    )


@dataclass
class Player:
    """Thinks up a visit: each call adds an act where and when the last one ended."""

    chance: random.Random
    animal: Animal
    view: View
    at: float
    spot: Spot
    begins: int
    facing: int = 1
    lift: float = 0.0
    ends: int = EDGE
    waits: float = 0.0
    did: set[str] = field(default_factory=set)
    acts: list[Act] = field(default_factory=list)

    def go(self, there: Spot, speed: float | None = None, posture: Posture = Posture.WALK) -> None:
        """To ``there`` at ``speed`` metres a second; at its own walk where none is given."""
        if speed is None:
            speed = life.drawn(self.chance, life.DOG_WALK if self.animal.dog else life.CAT_WALK)
        length = self.view.apart(self.spot, there)
        if length < 0.02:
            return
        if abs(there[0] - self.spot[0]) > 0.002:
            self.facing = 1 if there[0] > self.spot[0] else -1
        round_metres = (life.BOUND if posture is Posture.RUN else life.STRIDE) * self.animal.build
        self._add(posture, length / speed, there, speed / round_metres)

    def wander(self, there: Spot) -> None:
        """To ``there`` as pets go: not quite straight, a little faster and slower, over one spot between."""
        middle = (
            (self.spot[0] + there[0]) / 2 + self.chance.uniform(-0.02, 0.02),
            min(max((self.spot[1] + there[1]) / 2 + self.chance.uniform(-0.025, 0.025), 0.66), 0.96),
        )
        self.go(middle)
        self.go(there)

    def dash(self, there: Spot) -> None:
        """To ``there`` as fast as one runs indoors."""
        self.go(there, life.drawn(self.chance, life.DASH), Posture.RUN)

    def stay(self, posture: Posture, seconds: float, rate: float = 0.0) -> None:
        """In one posture at one place."""
        self._add(posture, seconds, self.spot, rate or life.drawn(self.chance, life.TAIL))

    def leap(self, there: Spot, lift: float, over: float = 0.15) -> None:
        """Through the air to ``there``, ``lift`` metres above the ground, ``over`` metres above the higher
        end: as long as that takes by its parabola.
        """
        if abs(there[0] - self.spot[0]) > 0.002:
            self.facing = 1 if there[0] > self.spot[0] else -1
        top = max(self.lift, lift) + over
        up, down = math.sqrt(2 * (top - self.lift) / life.FALL), math.sqrt(2 * (top - lift) / life.FALL)
        bulge = life.FALL * (up + down) ** 2 / 8
        begin = self.at
        self.at += up + down
        self.acts.append(
            Act(Posture.LEAP, begin, self.at, self.spot, there, self.facing, 1.0, (self.lift, lift), bulge)
        )
        self.spot, self.lift = there, lift

    def _add(self, posture: Posture, seconds: float, there: Spot, rate: float) -> None:
        begin = self.at
        self.at += seconds
        self.acts.append(
            Act(posture, begin, self.at, self.spot, there, self.facing, rate, (self.lift, self.lift))
        )
        self.spot = there

    def visit(self) -> Visit:
        """All that was thought up, and what it is called."""
        for event_type in ORDER:
            if event_type in self.did:
                return Visit(self.animal, tuple(self.acts), event_type, self.waits)
        names = {-1: "leaving", 0: "passing", 1: "entering"}
        way = (self.ends > self.begins) - (self.ends < self.begins)
        return Visit(self.animal, tuple(self.acts), names[way], self.waits)


def bouts(chance: random.Random, seconds: float, each: life.Range) -> Iterator[float]:
    """Lengths drawn from ``each`` until they make ``seconds``; the last as long as it takes."""
    left = seconds
    while left > 0:
        length = min(life.drawn(chance, each), left)
        if left - length < each[0] / 2:
            length = left
        yield length
        left -= length


def poses(visits: Sequence[Visit], at: float) -> list[tuple[int, Pose]]:
    """The pets that are there ``at`` that second with their visit's number, the farthest first."""
    there = [(number, pose) for number, visit in enumerate(visits) if (pose := visit.pose(at)) is not None]
    return sorted(there, key=lambda each: each[1].y)
