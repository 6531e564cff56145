"""What a track did: from its steps to an event type, with the numbers that decided.

Each step is judged by the two seconds before it. With the path walked (the sum of smoothed steps) and the
net distance (from the first place to the last), in picture widths:

* *still*: the path is shorter than 0.04 widths a second;
* *erratic*: the path is longer than 0.14 widths a second and leads at most 0.6 of its length anywhere;
* *under way*: all else.

The time spent in each decides, in this order:

1. ``playing``: erratic for 2 s or more and for at least 0.25 of the time;
2. ``sitting``: still for 4 s or more at one go, and for at least 0.4 of the time, and no person: neither
   seen as one by a detector nor, while still, taller than twice the width, which no pet is;
3. ``passing``: got about 0.2 widths or more from one place to another;
4. ``motion``: none of these.
"""

import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from vision.motion import Box
from vision.tracker import ASPECT, Step, distance

PASSING, PLAYING, SITTING, MOTION = "passing", "playing", "sitting", "motion"

_WINDOW = 2.0  # seconds that judge one step
_SMOOTHING = 0.2  # seconds; a blob's centre wobbles with every ear it loses
_STILL_SPEED, _ERRATIC_SPEED = 0.04, 0.14  # picture widths a second
_STRAIGHT = 0.6
_PLAYING_SECONDS, _PLAYING_SHARE = 2.0, 0.25
_SITTING_SECONDS, _SITTING_SHARE = 4.0, 0.4
_TALLEST_PET = 2.0
_PASSING_WIDTHS = 0.2
_PAUSE = 3.0  # seconds between steps after which nothing is known of the time between


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a track did, how sure that is (0-1), and why."""

    event_type: str
    confidence: float
    evidence: dict[str, float | int | str | bool]


class Activity:
    """Sums up a track step by step, in constant memory however long it lasts."""

    def __init__(self) -> None:
        self._window: deque[Step] = deque()
        self._smooth: Step | None = None
        self._steps = 0
        self._first = self._last = math.nan
        self._still = self._erratic = self._still_run = self._longest_still = 0.0
        self._travelled = self._top_speed = self._moving = self._tall = 0.0
        self._bounds = [math.inf, math.inf, -math.inf, -math.inf]

    def step(self, step: Step) -> None:
        """Count one more step; times must not go back."""
        spent = 0.0 if self._smooth is None else step.at - self._last
        self._first = step.at if self._smooth is None else self._first
        self._last = step.at
        self._steps += 1
        self._moving += step.moving
        smooth = self._smoothed(step, spent)
        if self._smooth is not None:
            self._travelled += distance(self._smooth, smooth)
        self._smooth = smooth
        self._widen(smooth)
        self._window.append(smooth)
        while smooth.at - self._window[0].at > _WINDOW:
            self._window.popleft()
        self._judge_step(min(spent, _PAUSE))

    def _smoothed(self, step: Step, spent: float) -> Step:
        if self._smooth is None or spent > _PAUSE:
            return step
        weight = 1 - math.exp(-spent / _SMOOTHING)
        x = self._smooth.x + (step.x - self._smooth.x) * weight
        y = self._smooth.y + (step.y - self._smooth.y) * weight
        return Step(step.at, x, y, step.box, step.moving)

    def _widen(self, step: Step) -> None:
        left, top, right, bottom = self._bounds
        self._bounds = [min(left, step.x), min(top, step.y), max(right, step.x), max(bottom, step.y)]

    def _judge_step(self, spent: float) -> None:
        window = list(self._window)
        length = window[-1].at - window[0].at
        if length < _WINDOW / 2:
            return
        path = sum(distance(a, b) for a, b in pairwise(window))
        speed = path / length
        self._top_speed = max(self._top_speed, speed)
        if speed < _STILL_SPEED:
            self._still += spent
            self._still_run += spent
            self._tall += spent * _tallness(window[-1].box)
            self._longest_still = max(self._longest_still, self._still_run)
            return
        self._still_run = 0.0
        if speed > _ERRATIC_SPEED and distance(window[0], window[-1]) < _STRAIGHT * path:
            self._erratic += spent

    def judge(self, *, person: bool = False) -> Judgement:
        """What the steps so far amount to, of a ``person`` where that is known."""
        duration = max(self._last - self._first, 0.0) if self._steps else 0.0
        whole = max(duration, 1e-9)
        left, top, right, bottom = self._bounds
        reach = math.hypot(right - left, (bottom - top) * ASPECT) if self._steps else 0.0
        tall = self._tall / max(self._still, 1e-9)
        pet = not person and tall <= _TALLEST_PET
        event_type, confidence = self._decide(self._still / whole, self._erratic / whole, reach, pet=pet)
        return Judgement(
            event_type,
            round(confidence, 2),
            {
                "looks": self._steps,
                "still_s": round(self._still, 1),
                "longest_still_s": round(self._longest_still, 1),
                "erratic_s": round(self._erratic, 1),
                "path_widths": round(self._travelled, 3),
                "reach_widths": round(reach, 3),
                "top_speed_widths_s": round(self._top_speed, 3),
                "tallness": round(tall, 1),
                "moving": round(self._moving / max(self._steps, 1), 3),
            },
        )

    def _decide(self, still: float, erratic: float, reach: float, *, pet: bool) -> tuple[str, float]:
        """The type, and a confidence of 0.5 at the rule's edge that nears 1 well inside it."""
        if self._erratic >= _PLAYING_SECONDS and erratic >= _PLAYING_SHARE:
            return PLAYING, _sureness(min(self._erratic / _PLAYING_SECONDS, erratic / _PLAYING_SHARE))
        if pet and self._longest_still >= _SITTING_SECONDS and still >= _SITTING_SHARE:
            return SITTING, _sureness(min(self._longest_still / _SITTING_SECONDS, still / _SITTING_SHARE))
        if reach >= _PASSING_WIDTHS:
            return PASSING, _sureness(reach / _PASSING_WIDTHS)
        return MOTION, 0.5


def _tallness(box: Box) -> float:
    return (box.bottom - box.top) * ASPECT / max(box.right - box.left, 1e-3)


def _sureness(ratio: float) -> float:
    return 1 - 0.5 / max(ratio, 1.0)
