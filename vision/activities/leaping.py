"""Whether it jumped.

* ``jumping``: within 0.8 s its box rose or fell, upper and lower side alike, by 0.5 of its height or more, by
  0.05 picture widths or more, and by half or more of what it moved across; and in the half second before and
  the one after it hardly went the same way. One who stands up moves only the upper side; one who walks up the
  picture or down it comes from somewhere and goes on.
"""

from collections import deque
from collections.abc import Iterable

from vision.activities.moments import Moment
from vision.activities.verdict import Verdict
from vision.track import high
from vision.tracker import ASPECT, Step

_SECONDS, _AROUND = 0.8, 0.6
_HEIGHTS, _WIDTHS, _STEEP = 0.5, 0.05, 0.5
_ON_ITS_WAY = 0.4  # of the leap: going so far the same way before or after is walking
_TOUCHING = 0.03  # picture widths
_ALIKE = 0.6  # the lower of two heights by the higher: of a box that lost or won a part nothing is known
_EDGE = 0.98  # the lower side of a box below this is the picture's


class Leaping:
    """The steepest rise or fall."""

    def __init__(self) -> None:
        self._recent: deque[Step] = deque()
        self._ratio = 0.0
        self._rise = 0.0
        self._leaps = 0
        self._until = 0.0

    def take(self, moment: Moment) -> None:
        """Count one more moment; what is known of a leap is known half a second after it."""
        now = moment.step.at
        self._recent.append(moment.step)
        while now - self._recent[0].at > 2 * _AROUND + _SECONDS:
            self._recent.popleft()
        landed = next((step for step in reversed(self._recent) if now - step.at >= _AROUND - 1e-3), None)
        if landed is None:
            return
        ratio, rise = max((self._leap(step, landed) for step in self._recent), default=(0.0, 0.0))
        if ratio >= 1 and landed.at >= self._until:
            self._leaps += 1
            self._until = landed.at + _SECONDS
        if ratio > self._ratio:
            self._ratio, self._rise = ratio, rise

    def _leap(self, crouched: Step, landed: Step) -> tuple[float, float]:
        """How far inside the rule going from one step to the other is, and how far up it went."""
        if not 0 < landed.at - crouched.at <= _SECONDS + 1e-3:
            return 0.0, 0.0
        ratio, rise = _leap(crouched, landed)
        if ratio < 1:
            return ratio, rise
        if min(step.near for step in self._recent) <= _TOUCHING:
            return 0.0, 0.0  # two that touch are told apart by a guess, and one seems to leap to the other
        before = [step for step in self._recent if crouched.at - _AROUND <= step.at < crouched.at]
        after = [step for step in self._recent if landed.at < step.at]
        on_its_way = max(_rise(before[:1], crouched, rise), _rise([landed], after[-1], rise))
        return (ratio, rise) if on_its_way <= _ON_ITS_WAY else (0.0, 0.0)

    def jumping(self) -> Verdict | None:
        """Whether it jumped."""
        if self._ratio < 1:
            return None
        return Verdict(self._ratio, {"leaps": self._leaps, "rise_widths": round(self._rise, 3)})


def _rise(first: Iterable[Step], last: Step, rise: float) -> float:
    """How far the lower side went the same way as ``rise``, as a part of it."""
    return max(((step.box.bottom - last.box.bottom) * ASPECT / rise for step in first), default=0.0)


def _leap(before: Step, step: Step) -> tuple[float, float]:
    """How far inside the rule going from one step to the other is, and how far up it went."""
    heights = sorted((high(before.box), high(step.box)))
    clipped = max(before.box.bottom, step.box.bottom) >= _EDGE
    if clipped or heights[0] < _ALIKE * heights[1] or not heights[1]:
        return 0.0, 0.0
    top = (before.box.top - step.box.top) * ASPECT
    bottom = (before.box.bottom - step.box.bottom) * ASPECT
    if top * bottom <= 0:
        return 0.0, 0.0
    rise = min(top, bottom, key=abs)
    across = abs(step.x - before.x)
    limit = max(_HEIGHTS * heights[1], _WIDTHS, _STEEP * across)
    return abs(rise) / limit, rise
