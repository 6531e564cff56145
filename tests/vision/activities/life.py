"""Made-up steps of a pet, five a second, as a tracker would tell them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from vision.activities import Activity, Judgement
from vision.motion import Box
from vision.tracker import ASPECT, Step
from vision.zones import Zone, ZoneKind

PERIOD = 0.2
WIDE = 0.15
"""Picture widths that a walking cat is long."""
WALK, SIT, LIE = 0.7, 1.35, 0.55
"""Height by width of its box."""


@dataclass
class Pet:
    """A pet at a place; each verb makes the steps of what it does for so many seconds."""

    x: float = 0.5
    y: float = 0.7
    """The middle of its box."""
    at: float = 0.0
    near: float = math.inf
    wide: float = WIDE

    def walks(self, x: float, y: float | None = None, *, speed: float = 0.15) -> Iterator[Step]:
        """To another place in a straight line, ``speed`` picture widths a second."""
        down = self.y if y is None else y
        way = math.hypot(x - self.x, (down - self.y) * ASPECT)
        looks = max(round(way / speed / PERIOD), 1)
        begin_x, begin_y = self.x, self.y
        for n in range(1, looks + 1):
            self.x = begin_x + (x - begin_x) * n / looks
            self.y = begin_y + (down - begin_y) * n / looks
            yield self._step(WALK, 0.7)

    def stays(
        self, seconds: float, *, tall: float = SIT, stirs: float = 0.0, every: int = 1, moving: float = 0.1
    ) -> Iterator[Step]:
        """At its place; ``stirs`` of its looks, or one in ``every``, change ``moving`` of its box."""
        for n in range(round(seconds / PERIOD)):
            stirred = n % 10 < 10 * stirs and n % every == 0
            yield self._step(tall, moving if stirred else 0.0)

    def paces(self, legs: int, *, leg: float = 0.3, speed: float = 0.15) -> Iterator[Step]:
        """To and fro between two places."""
        left, right = self.x, self.x + leg
        for n in range(legs):
            yield from self.walks(right if n % 2 == 0 else left, speed=speed)

    def dashes(self, seconds: float, *, leg: float = 0.14, speed: float = 0.4) -> Iterator[Step]:
        """Runs to and fro around its place."""
        end, middle, side = self.at + seconds, self.x, 1
        while self.at < end:
            yield from self.walks(middle + side * leg / 2, speed=speed)
            side = -side

    def leaps(self, heights: float, *, across: float = 0.0, seconds: float = 0.4) -> Iterator[Step]:
        """Up by so many of its own heights (down where negative)."""
        way = -heights * self.wide * WALK / ASPECT
        looks = max(round(seconds / PERIOD), 1)
        for _ in range(looks):
            self.y += way / looks
            self.x += across / looks
            yield self._step(WALK, 0.9)

    def with_another(self, near: float, steps: Iterable[Step]) -> Iterator[Step]:
        """The same with another pet so close to it."""
        for step in steps:
            yield replace(step, near=near)

    def _step(self, tall: float, moving: float) -> Step:
        self.at = round(self.at + PERIOD, 3)
        wide = self.wide if tall <= WALK else self.wide * 0.7
        high = wide * tall / ASPECT
        floor = self.y + self.wide * WALK / ASPECT / 2
        box = Box(
            max(self.x - wide / 2, 0.0), max(floor - high, 0.0), min(self.x + wide / 2, 1.0), min(floor, 1.0)
        )
        return Step(self.at, self.x, self.y, box, moving, fill=0.5, stir_y=0.3, near=self.near)


def judged(*parts: Iterable[Step], zones: Sequence[Zone] = (), person: bool = False) -> Judgement:
    """What a track of these parts comes to."""
    activity = Activity(zones)
    for part in parts:
        for step in part:
            activity.step(step)
    return activity.judge(person=person)


def zone(kind: ZoneKind, x: float, y: float, *, half: float = 0.05, name: str = "") -> Zone:
    """A square place around a spot."""
    corners = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
    return Zone(name or kind.value, kind, corners)
