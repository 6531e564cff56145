"""Whether it paced: the same way to and fro, or the same round, again and again at a walk.

A leg is what lies between two turns across the picture, or down it; a turn counts once it came back 0.05
picture widths.

* ``abnormal``: 5 legs or more on end that are each 0.1 picture widths long or longer, take 1 to 12 s each,
  and turn at about the same two places: 0.3 of a leg apart at most; and it runs (more than
  2.2 of its own lengths a second) for at most 0.13 of the time it is under way: one who plays runs.
"""

from vision.activities.moments import Moment
from vision.activities.verdict import Verdict
from vision.tracker import ASPECT

_TURN = 0.05
_LEGS, _LEAST = 5, 0.1
_FASTEST, _SLOWEST = 1.0, 12.0
_SPREAD = 0.3
_WALKS, _RUNS, _RUNNING = 0.4, 2.2, 0.13


class Pacing:
    """Legs on end, across the picture and down it."""

    def __init__(self) -> None:
        self._across = _Line()
        self._down = _Line()

    def take(self, moment: Moment) -> None:
        """Count one more moment."""
        smooth = moment.smooth
        for line, place in ((self._across, smooth.x), (self._down, smooth.y * ASPECT)):
            line.under_way += moment.spent * (moment.lengths > _WALKS)
            line.runs += moment.spent * (moment.lengths > _RUNS)
            line.take(place, smooth.at)

    def abnormal(self) -> Verdict | None:
        """Whether it paced."""
        line = max(self._across, self._down, key=lambda line: line.most)
        if line.most < _LEGS:
            return None
        return Verdict(line.most / _LEGS, {"legs": line.most, "leg_widths": round(line.leg, 3)})


class _Line:
    """To and fro along one line: the most legs on end that were alike and walked."""

    def __init__(self) -> None:
        self.most = 0
        self.leg = 0.0
        """The mean length of those legs."""
        self.under_way = self.runs = 0.0
        """Seconds since the first of the legs on end."""
        self._legs = 0
        self._length = 0.0
        self._way = 0
        self._far: tuple[float, float] | None = None
        self._turns: list[tuple[float, float]] = []

    def take(self, place: float, at: float) -> None:
        """It is there now."""
        if self._far is None:
            self._far = (place, at)
        elif not self._way:
            if abs(place - self._far[0]) >= _TURN:
                self._way, self._far = (1 if place > self._far[0] else -1), (place, at)
        elif (place - self._far[0]) * self._way >= 0:
            self._far = (place, at)
        elif abs(place - self._far[0]) >= _TURN:
            self._turned(self._far)
            self._way, self._far = -self._way, (place, at)

    def _turned(self, turn: tuple[float, float]) -> None:
        """It turned at this place and time: a leg ends, where one began with a turn."""
        if self._turns:
            self._end_leg(self._turns[-1], turn)
        self._turns = [*self._turns[-1:], turn]

    def _end_leg(self, begin: tuple[float, float], end: tuple[float, float]) -> None:
        length, took = abs(end[0] - begin[0]), end[1] - begin[1]
        alike = len(self._turns) < 2 or abs(end[0] - self._turns[-2][0]) <= _SPREAD * length
        if length < _LEAST or not _FASTEST <= took <= _SLOWEST:
            self._legs = 0
        elif not alike:
            self._legs = 1
        else:
            self._legs += 1
        if self._legs <= 1:
            self._length = self.under_way = self.runs = 0.0
        self._length += length * (self._legs > 0)
        if self._legs > self.most and self.runs <= _RUNNING * self.under_way:
            self.most, self.leg = self._legs, self._length / self._legs
