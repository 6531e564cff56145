"""Whether it jumped.

* ``jumping``: within 0.8 s its box rose or fell, upper and lower side alike, by 0.5 of its height or more, by
  0.05 picture widths or more, and by half or more of what it moved across. One who stands up moves only the
  upper side; one who runs towards the camera sinks slowly.
"""

from collections import deque

from vision.activities.moments import Moment, high
from vision.activities.verdict import Verdict
from vision.tracker import ASPECT, Step

_SECONDS = 0.8
_HEIGHTS, _WIDTHS, _STEEP = 0.5, 0.05, 0.5
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
        """Count one more moment."""
        step = moment.step
        while self._recent and step.at - self._recent[0].at > _SECONDS:
            self._recent.popleft()
        ratio, rise = max(((_leap(before, step)) for before in self._recent), default=(0.0, 0.0))
        if ratio >= 1 and step.at >= self._until:
            self._leaps += 1
            self._until = step.at + _SECONDS
        if ratio > self._ratio:
            self._ratio, self._rise = ratio, rise
        self._recent.append(step)

    def jumping(self) -> Verdict | None:
        """Whether it jumped."""
        if self._ratio < 1:
            return None
        return Verdict(self._ratio, {"leaps": self._leaps, "rise_widths": round(self._rise, 3)})


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
