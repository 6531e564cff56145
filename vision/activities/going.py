"""How it went: passing from one place to another, or playing, which is running to and fro.

* ``playing``: goes to and fro for 2 s or more in all (a path of more than 0.14 picture widths a second over
  two seconds that leads less than 0.6 of its length anywhere), and hurries for 0.6 s or more (1.5 of its own
  lengths a second);
* ``passing``: got about 0.2 picture widths or more from one place to another.
"""

import math

from vision.activities.moments import Moment
from vision.activities.verdict import Evidence, Verdict, reached
from vision.tracker import ASPECT

_PLAYING_SECONDS = 2.0
_HURRY, _HURRY_SECONDS = 1.5, 0.6
_PASSING_WIDTHS = 0.2


class Going:
    """Path, reach, speed and the time spent running to and fro."""

    def __init__(self) -> None:
        self._hurry = 0.0
        self._erratic = self._path = self._top_speed = 0.0
        self._left = self._top = math.inf
        self._right = self._bottom = -math.inf

    def take(self, moment: Moment) -> None:
        """Count one more moment."""
        self._path += moment.moved
        self._left, self._right = min(self._left, moment.smooth.x), max(self._right, moment.smooth.x)
        self._top, self._bottom = min(self._top, moment.smooth.y), max(self._bottom, moment.smooth.y)
        if moment.known:
            self._top_speed = max(self._top_speed, moment.speed)
        if moment.lengths >= _HURRY:
            self._hurry += moment.spent
        if moment.erratic:
            self._erratic += moment.spent

    @property
    def reach(self) -> float:
        """The diagonal of all places it has been at, in picture widths."""
        if self._right < self._left:
            return 0.0
        return math.hypot(self._right - self._left, (self._bottom - self._top) * ASPECT)

    def numbers(self) -> Evidence:
        """What every event tells of the way."""
        return {
            "path_widths": round(self._path, 3),
            "reach_widths": round(self.reach, 3),
            "top_speed_widths_s": round(self._top_speed, 3),
        }

    def playing(self) -> Verdict | None:
        """Whether it played."""
        ratio = reached((self._erratic, _PLAYING_SECONDS), (self._hurry, _HURRY_SECONDS))
        return (
            Verdict(ratio, {"erratic_s": round(self._erratic, 1), "hurry_s": round(self._hurry, 1)})
            if ratio >= 1
            else None
        )

    def passing(self) -> Verdict | None:
        """Whether it got somewhere."""
        ratio = reached((self.reach, _PASSING_WIDTHS))
        return Verdict(ratio) if ratio >= 1 else None
