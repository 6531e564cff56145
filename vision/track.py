"""A track: one thing that moves, where it was at each look, and how it looks."""

import math
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from vision.motion import Blob, Box

ASPECT = 9 / 16
"""A picture height in picture widths: what is measured down counts that much of what is measured across."""
EDGE = 0.012
"""Parts of the picture; a box so close to the edge may be coming or leaving."""
BIRTH_LOOKS, BIRTH_AGE = 3, 0.4
"""Looks and seconds that a track needs to be no noise."""

_ALONE, _ALIVE = 0.1, 4  # picture widths to the nearest other, and looks with movement that show life
_SAME = 0.02  # parts of the picture that a box may differ by and be the same
_BIRTH_MOVES = 2  # looks with movement
_MOVES = 0.02  # part of a blob that changed between two looks: below is the noise of its edge
_LEARNING = 0.05  # part of a look or size that a track takes over at each step


@dataclass(frozen=True, slots=True)
class Step:
    """Where a track was at one look."""

    at: float
    x: float
    y: float
    box: Box
    moving: float
    fill: float = 1.0
    """How much of the box is not background, 0 to 1."""
    stir_x: float = 0.5
    """Where in the box the centre of what changed since the last look is, 0 left to 1 right; the middle
    where nothing did."""
    stir_y: float = 0.5
    """The same, 0 top to 1 bottom."""
    near: float = math.inf
    """The gap to the nearest box of another living track, in picture widths; 0 where they touch."""
    hidden: bool = False
    """Whether another's blob stands for it, and nothing is known but that it is there."""


def distance(a: Step | Blob, b: Step | Blob) -> float:
    """How far apart two centres are, in picture widths."""
    return math.hypot(a.x - b.x, (a.y - b.y) * ASPECT)


def apart(a: Box, b: Box) -> float:
    """The gap between two boxes in picture widths; 0 where they touch or overlap."""
    across = max(a.left - b.right, b.left - a.right, 0.0)
    down = max(a.top - b.bottom, b.top - a.bottom, 0.0)
    return math.hypot(across, down * ASPECT)


def wide(box: Box) -> float:
    """Its width in picture widths."""
    return box.right - box.left


def high(box: Box) -> float:
    """Its height in picture widths."""
    return (box.bottom - box.top) * ASPECT


def tallness(box: Box) -> float:
    """Its height by its width: about 0.6 of a cat that lies or walks, 1.3 of one that sits, 3 of a person."""
    return high(box) / max(wide(box), 1e-3)


def difference(a: Sequence[float], b: Sequence[float]) -> float:
    """How far two looks are apart, in steps of luma (the earth mover's distance); 0 where one is unknown."""
    if len(a) != len(b):
        return 0.0
    moved = total = 0.0
    for mine, theirs in zip(a, b, strict=True):
        moved += mine - theirs
        total += abs(moved)
    return total


@dataclass(eq=False)
class Track:
    """One thing that moves, from its first blob on. ``id`` counts from 1 and is never used again."""

    id: int
    born: float
    steps: deque[Step]
    """The newest steps, oldest first."""
    birth_age: float = BIRTH_AGE
    looks: int = 0
    moves: int = 0
    last_moved: float = -math.inf
    together_since: float | None = None
    followed: bool = False
    """Whether it was among the tracks of a look."""
    votes: Counter[str] = field(default_factory=Counter)
    """How often a detector said what it is."""
    names: Counter[str] = field(default_factory=Counter)
    """How often a look said whose it is, and how often ``unknown``."""
    person: str = ""
    """Who of the household it is by the face, ``unknown`` for a stranger's; empty before a face is seen."""
    left_out: bool = False
    """Whether nothing of that person is to be kept."""
    look: tuple[float, ...] = ()
    """How its luma is spread when nothing else is in its blob; see ``Blob.look``."""
    size: float = 0.0
    """Part of the picture that it covers when nothing else is in its blob."""
    origin: Box | None = None
    """Where it was first, or was when something last came off it."""
    arrived: bool = False
    """Whether it came to where it is: in over the edge, or away from its origin."""
    doubtful: bool = False
    """Whether something has come off it."""
    stirred: int = 0
    """Looks since then in which it moved where it is, with nobody near."""
    waived: float = 0.0
    """Seconds since it was seen last in which nothing could be seen."""
    host: "Track | None" = None
    """Whose blob it is hidden in."""
    start: Step | None = None
    """Its last step before it was hidden there."""
    parent: "Track | None" = None
    """What it came off, while it is not sure that it is something else."""

    @property
    def last(self) -> Step:
        """Where it was seen last."""
        return self.steps[-1]

    @property
    def confirmed(self) -> bool:
        """Whether it has shown that it is no noise."""
        return (
            self.looks >= BIRTH_LOOKS
            and self.moves >= _BIRTH_MOVES
            and self.last.at - self.born >= self.birth_age
        )

    @property
    def area(self) -> float:
        """Part of the picture that its newest box covers."""
        return self.last.box.overlap(self.last.box)

    def expected(self, at: float) -> Step:
        """Where it would be ``at`` had it gone on as in its last two steps, for half a second at most."""
        last = self.last
        if len(self.steps) < 2:
            return last
        before = self.steps[-2]
        ahead = min(at - last.at, 0.5) / max(last.at - before.at, 0.05)
        return Step(
            at, last.x + (last.x - before.x) * ahead, last.y + (last.y - before.y) * ahead, last.box, 0.0
        )

    def missing(self, at: float) -> float:
        """Seconds for which it was not seen though it could have been."""
        return max(at - self.last.at - self.waived, 0.0)

    def speed(self) -> tuple[float, float]:
        """Parts of the picture a second across and down, over its last half second on its own."""
        now = self.start or self.last
        before = next((step for step in reversed(self.steps) if step.at <= now.at - 0.5), self.steps[0])
        spent = max(now.at - before.at, 0.1)
        return (now.x - before.x) / spent, (now.y - before.y) / spent

    def learn(self, blob: Blob) -> None:
        """Take over a little of how ``blob``, which is its alone, looks and how large it is."""
        if not self.size:
            self.size, self.look = blob.area, blob.look
        self.size += (blob.area - self.size) * _LEARNING
        if len(blob.look) == len(self.look):
            mixed = zip(self.look, blob.look, strict=True)
            self.look = tuple(mine + (theirs - mine) * _LEARNING for mine, theirs in mixed)
        else:
            self.look = blob.look or self.look

    def unlike(self, blob: Blob, at: float) -> float:
        """How little ``blob`` is what this track would be ``at``: by its looks, its size and its way."""
        across, down = self.speed()
        now = self.start or self.last
        ahead = min(at - now.at, 1.5)
        x, y = now.x + across * ahead, now.y + down * ahead
        off = math.hypot(blob.x - x, (blob.y - y) * ASPECT)
        larger = abs(math.log(max(blob.area, 1e-6) / max(self.size, 1e-6)))
        return min(difference(self.look, blob.look), 4.0) + 0.5 * min(larger, 2.0) + 2.5 * min(off, 0.4)

    def take(self, step: Step) -> None:
        """Go one step on."""
        if self.steps and not self.confirmed and self.last.box.gap(step.box) > 0:
            self.origin = step.box  # it was taken for what had been elsewhere
        if self.doubtful and step.moving >= _MOVES and _stays(self.last, step):
            self.stirred += 1
            self.arrived = self.arrived or self.stirred >= _ALIVE
        self.steps.append(step)
        self.looks += 1
        self.together_since = None
        self.waived = 0.0
        self.host = self.start = None
        if self.origin is None:
            self.origin = step.box
        self.arrived = self.arrived or _has_come(self.origin, step.box)
        if step.moving >= _MOVES:
            self.moves += 1
            self.last_moved = step.at


def covers(step: Step) -> float:
    """Part of the picture that it covered then."""
    return step.fill * step.box.overlap(step.box)


def at_edge(box: Box) -> bool:
    """Whether it touches the edge of the picture, so that what is there may be coming or leaving."""
    return box.left <= EDGE or box.top <= EDGE or box.right >= 1 - EDGE or box.bottom >= 1 - EDGE


def _stays(last: Step, now: Step) -> bool:
    """Whether it moves within its place: nobody is near, and nobody comes off it."""
    a, b = last.box, now.box
    shift = max(abs(a.left - b.left), abs(a.top - b.top), abs(a.right - b.right), abs(a.bottom - b.bottom))
    return last.near > _ALONE and shift <= _SAME


def _has_come(origin: Box, box: Box) -> bool:
    """Whether what began in ``origin`` has come to ``box`` from elsewhere."""
    if origin.overlap(box) == 0:
        return True
    return at_edge(origin) and not at_edge(box) and box.overlap(box) > 1.2 * origin.overlap(box)


def step_of(parts: Sequence[Blob], at: float) -> Step:
    """One step from the parts of one animal: centre and movement weighed by area."""
    area = sum(part.area for part in parts)
    box = parts[0].box
    for part in parts[1:]:
        box = box.union(part.box)
    stir_x, stir_y = _stir(parts, box)
    return Step(
        at,
        sum(part.x * part.area for part in parts) / area,
        sum(part.y * part.area for part in parts) / area,
        box,
        sum(part.moving * part.area for part in parts) / area,
        fill=min(area / max(box.overlap(box), 1e-9), 1.0),
        stir_x=stir_x,
        stir_y=stir_y,
    )


def _stir(parts: Sequence[Blob], box: Box) -> tuple[float, float]:
    """Where in ``box`` the centre of what changed is, of all parts together."""
    stirred = [part for part in parts if not math.isnan(part.stir_x)]
    weight = sum(part.moving * part.area for part in stirred)
    if not weight:
        return 0.5, 0.5
    x = sum(part.stir_x * part.moving * part.area for part in stirred) / weight
    y = sum(part.stir_y * part.moving * part.area for part in stirred) / weight
    return (
        min(max((x - box.left) / max(box.right - box.left, 1e-9), 0.0), 1.0),
        min(max((y - box.top) / max(box.bottom - box.top, 1e-9), 0.0), 1.0),
    )
