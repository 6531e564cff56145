"""What it did where it stayed: grooming, sleeping or sitting.

A moment is *still* where the path is shorter than 0.04 widths a second, and *quiet* where it is still and
next to nothing stirs inside the box.

* ``grooming``: stays in place, and something stirs in its box in more than half of the looks of 4 s: licking
  and scratching go on, where one who sits only turns an ear now and then;
* ``sleeping``: quiet for 20 s or more at one go where it lies (its box is lower than 0.9 of its width), or
  for 2 min in any posture;
* ``sitting``: still for 4 s or more at one go.
"""

from collections import deque

from vision.activities.moments import QUIET, STIRS, Moment
from vision.activities.verdict import Evidence, Verdict, reached
from vision.track import tallness

_GROOMING_SECONDS, _GROOMING_STIRS = 4.0, 0.54
_LYING, _LYING_SECONDS, _SLEEPING_SECONDS = 0.9, 20.0, 120.0
_SITTING_SECONDS = 4.0


class Run:
    """Seconds for which something held: in all, and at the longest go."""

    def __init__(self) -> None:
        self.total = self.longest = self.now = 0.0

    def take(self, holds: bool, seconds: float) -> None:
        """It held, or did not, for so many seconds more."""
        if not holds:
            self.now = 0.0
            return
        self.total += seconds
        self.now += seconds
        self.longest = max(self.longest, self.now)


class Resting:
    """Time spent still, quiet and stirring in place, and the posture in it."""

    def __init__(self) -> None:
        self.still = Run()
        self._quiet = Run()
        self._lying = Run()
        self._looks: deque[tuple[float, bool]] = deque()
        self._busiest = 0.0
        self._tall = 0.0

    def take(self, moment: Moment) -> None:
        """Count one more moment."""
        if not moment.known:
            return
        quiet = moment.still and moment.stirring <= QUIET
        tall = tallness(moment.step.box)
        self.still.take(moment.still, moment.spent)
        self._quiet.take(quiet, moment.spent)
        self._lying.take(quiet and tall <= _LYING, moment.spent)
        self._take_stir(moment)
        if moment.still:
            self._tall += tall * moment.spent

    def _take_stir(self, moment: Moment) -> None:
        """Remember the looks of four seconds, while it stays in place."""
        if not moment.in_place or moment.hidden:
            self._looks.clear()
            return
        self._looks.append((moment.step.at, moment.step.moving >= STIRS))
        if moment.step.at - self._looks[0][0] < _GROOMING_SECONDS - moment.spent:
            return
        while moment.step.at - self._looks[0][0] > _GROOMING_SECONDS:
            self._looks.popleft()
        self._busiest = max(self._busiest, sum(stirs for _at, stirs in self._looks) / len(self._looks))

    @property
    def tall(self) -> float:
        """Height by width of its box while it was still; 0 where it never was."""
        return self._tall / max(self.still.total, 1e-9)

    def numbers(self) -> Evidence:
        """What every event tells of rest."""
        return {"still_s": round(self.still.total, 1), "longest_still_s": round(self.still.longest, 1)}

    def grooming(self) -> Verdict | None:
        """Whether it groomed itself."""
        ratio = reached((self._busiest, _GROOMING_STIRS))
        return Verdict(ratio, {"stirring": round(self._busiest, 2)}) if ratio >= 1 else None

    def sleeping(self) -> Verdict | None:
        """Whether it slept."""
        ratio = max(self._lying.longest / _LYING_SECONDS, self._quiet.longest / _SLEEPING_SECONDS)
        numbers = {"quiet_s": round(self._quiet.longest, 1), "tallness": round(self.tall, 2)}
        return Verdict(ratio, dict(numbers)) if ratio >= 1 else None

    def sitting(self) -> Verdict | None:
        """Whether it sat."""
        ratio = reached((self.still.longest, _SITTING_SECONDS))
        return Verdict(ratio, {"tallness": round(self.tall, 2)}) if ratio >= 1 else None
