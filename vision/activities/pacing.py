"""Whether it paced: the same way to and fro, or the same round, again and again at a walk.

A leg is what lies between two turns across the picture, or down it; a turn counts once it came back 0.05
picture widths.

* ``abnormal``: 5 legs or more on end that are each 0.1 picture widths long or longer, take 1 to 12 s each,
  and turn at about the same two places: 0.3 of a leg apart at most.
"""

from vision.activities.moments import Moment
from vision.activities.verdict import Verdict
from vision.tracker import ASPECT

_TURN = 0.05
_LEGS, _LEAST = 5, 0.1
_FASTEST, _SLOWEST = 1.0, 12.0
_SPREAD = 0.3


class Pacing:
    """Legs on end, across the picture and down it."""

    def __init__(self) -> None:
        self._across = _Line()
        self._down = _Line()

    def take(self, moment: Moment) -> None:
        """Count one more moment."""
        smooth = moment.smooth
        self._across.take(smooth.x, smooth.at)
        self._down.take(smooth.y * ASPECT, smooth.at)

    def abnormal(self) -> Verdict | None:
        """Whether it paced."""
        line = max(self._across, self._down, key=lambda line: line.most)
        if line.most < _LEGS:
            return None
        return Verdict(line.most / _LEGS, {"legs": line.most, "leg_widths": round(line.leg, 3)})


class _Line:
    """To and fro along one line: the most legs on end that were alike."""

    def __init__(self) -> None:
        self.most = 0
        self.leg = 0.0
        self._legs = 0
        self._way = 0
        self._far = (0.0, 0.0)
        self._turns: list[tuple[float, float]] = []

    def take(self, place: float, at: float) -> None:
        """It is there now."""
        if not self._way:
            self._far = self._far if self._far[1] else (place, at)
            if abs(place - self._far[0]) >= _TURN:
                self._way = 1 if place > self._far[0] else -1
                self._far = (place, at)
        elif (place - self._far[0]) * self._way >= 0:
            self._far = (place, at)
        elif abs(place - self._far[0]) >= _TURN:
            self._turned(self._far)
            self._way, self._far = -self._way, (place, at)

    def _turned(self, turn: tuple[float, float]) -> None:
        """It turned at this place and time: a leg ends, where one began with a turn."""
        if self._turns:
            before = self._turns[-1]
            length, took = abs(turn[0] - before[0]), turn[1] - before[1]
            alike = len(self._turns) < 2 or abs(turn[0] - self._turns[-2][0]) <= _SPREAD * length
            is_leg = length >= _LEAST and _FASTEST <= took <= _SLOWEST
            self._legs = self._legs + 1 if is_leg and alike else int(is_leg)
            if self._legs > self.most:
                self.most = self._legs
                self.leg += (length - self.leg) / self._legs
        self._turns = [*self._turns[-1:], turn]
