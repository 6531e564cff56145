"""Each step in the light of what was just before it: how fast, how straight, how much it stirs."""

import math
from collections import deque
from dataclasses import dataclass, replace
from itertools import pairwise

from vision.motion import Box
from vision.track import high, wide
from vision.tracker import Step, distance

WINDOW, LATELY = 2.0, 1.0
"""Seconds that tell which way it goes and how much it stirs, and that tell whether it goes at all."""
PAUSE = 3.0
"""Seconds between steps after which nothing is known of the time between."""
STILL_SPEED, ERRATIC_SPEED = 0.04, 0.14
"""Picture widths a second: below the first nothing goes anywhere, above the second a pet runs."""
STRAIGHT = 0.6
"""Part of a path that leads somewhere; less is to and fro."""
IN_PLACE = 0.05
"""Picture widths between the two ends of the window, and the speed of them: a body that stays and stirs."""
STIRS = 0.02
"""Part of a box that changed between two looks: below is the noise of its edge."""
BUSY, QUIET = 0.6, 0.2
"""Part of the looks in which something stirs: of one that does something where it is; of one that sleeps."""

EDGE = 0.035
"""Parts of the picture; a box this close to its edge is cut by it."""

_TOUCHING = 0.03  # picture widths
_ALIKE = 0.7  # the shorter of two lengths by the longer: else it came out from behind something
_SMOOTHING = 0.2  # seconds; a blob's centre wobbles with every ear it loses


@dataclass(frozen=True, slots=True)
class Moment:
    """One step, and what the window before it says; nothing is known where less than a second of it is."""

    step: Step
    """As the tracker saw it."""
    smooth: Step
    """The same, its place smoothed."""
    spent: float
    """Seconds since the step before that it stands for."""
    moved: float
    """Picture widths from the step before, smoothed."""
    speed: float = math.nan
    """Picture widths a second along the path of the window."""
    straight: float = 1.0
    """Part of that path that led somewhere, 0 to 1."""
    pace: float = math.nan
    """Picture widths a second along the path lately."""
    net: float = math.nan
    """Picture widths from the first place lately to the last."""
    lengths: float = 0.0
    """Its own lengths a second since the step before; 0 where its length is not to be seen, for it is cut by
    the picture's edge or one with another."""
    stirring: float = 0.0
    """Part of the steps in which something stirred, 0 to 1."""
    hidden: bool = False
    """Whether another's blob stands for it, and nothing is known but that it is there."""

    @property
    def known(self) -> bool:
        """Whether the window tells anything."""
        return not math.isnan(self.speed)

    @property
    def still(self) -> bool:
        """Whether it goes nowhere."""
        return self.pace < STILL_SPEED

    @property
    def erratic(self) -> bool:
        """Whether it runs to and fro."""
        return self.speed > ERRATIC_SPEED and self.straight < STRAIGHT

    @property
    def busy(self) -> bool:
        """Whether something in its box stirs again and again."""
        return self.stirring >= BUSY

    @property
    def in_place(self) -> bool:
        """Whether the body stays where it is, though it may stir."""
        return self.net <= IN_PLACE and self.pace <= 2 * IN_PLACE


class Moments:
    """Makes moments of one track's steps; remembers two seconds of them."""

    def __init__(self) -> None:
        self._window: deque[Step] = deque()
        self._before: Step | None = None

    def next(self, step: Step) -> Moment:
        """The moment that ``step`` is; times must not go back."""
        before = self._window[-1] if self._window else None
        spent = step.at - before.at if before else 0.0
        lengths, self._before = _lengths(self._before, step), step
        smooth = _smoothed(before, step, spent)
        self._window.append(smooth)
        while smooth.at - self._window[0].at > WINDOW:
            self._window.popleft()
        moment = Moment(step, smooth, min(spent, PAUSE), distance(before, smooth) if before else 0.0)
        moment = replace(moment, lengths=lengths, hidden=step.hidden)
        first, last = self._window[0], self._window[-1]
        length = last.at - first.at
        if length < LATELY:
            return moment
        path = sum(distance(a, b) for a, b in pairwise(self._window))
        net = distance(first, last)
        lately = [one for one in list(self._window)[:-2] if last.at - one.at <= LATELY + 1e-6]
        lately += list(self._window)[-2:]
        lately_path = sum(distance(a, b) for a, b in pairwise(lately))
        return replace(
            moment,
            speed=path / length,
            straight=net / path if path else 1.0,
            pace=lately_path / max(last.at - lately[0].at, 0.05),
            net=distance(lately[0], last),
            stirring=sum(one.moving >= STIRS for one in self._window) / len(self._window),
        )


def _smoothed(before: Step | None, step: Step, spent: float) -> Step:
    if before is None or spent > PAUSE:
        return step
    weight = 1 - math.exp(-spent / _SMOOTHING)
    x = before.x + (step.x - before.x) * weight
    y = before.y + (step.y - before.y) * weight
    return replace(step, x=x, y=y)


def _lengths(before: Step | None, step: Step) -> float:
    """Its own lengths a second from one step to the next."""
    if before is None or not 0.01 < step.at - before.at <= LATELY:
        return 0.0
    if min(before.near, step.near) < _TOUCHING or cut(before.box) or cut(step.box):
        return 0.0
    shorter, longer = sorted((wide(before.box), wide(step.box)))
    if shorter < _ALIKE * longer:
        return 0.0
    return distance(before, step) / (step.at - before.at) / max(longer, 0.03)


def cut(box: Box) -> bool:
    """Whether the left, right or upper edge of the picture cuts it.

    The lower edge is none that pets come over: one that is close to the camera is cut by it all the time.
    """
    return box.left <= EDGE or box.right >= 1 - EDGE or box.top <= EDGE


def size(box: Box) -> float:
    """The side of a square of its area, in picture widths."""
    return math.sqrt(max(wide(box), 0.0) * max(high(box), 0.0))
