"""Whom it was with.

* ``interacting``: stays within 0.04 picture widths of another track for 3 s or more at one go, and stirs in
  at least one look in five of that time: who crosses another's way does not stay, and two who sit or sleep
  side by side do not stir. While one blob stands for both, the one hidden in it may do what it likes.
"""

from dataclasses import dataclass, replace

from vision.activities.moments import STIRS, Moment
from vision.activities.verdict import Evidence, Verdict, reached

_NEAR, _SECONDS, _LIVELY = 0.04, 3.0, 0.2
_APART = 1.0  # seconds apart that do not end a meeting


class Company:
    """The longest meeting, and how lively it was."""

    def __init__(self) -> None:
        self._meeting = _Meeting()
        self._best = _Meeting()

    def take(self, moment: Moment) -> None:
        """Count one more moment."""
        if moment.step.near <= _NEAR and (moment.in_place or moment.hidden):
            self._meeting.near += moment.spent
            self._meeting.apart = 0.0
            if not moment.hidden:
                self._meeting.seen += moment.spent
                self._meeting.lively += moment.spent * (moment.step.moving >= STIRS)
        else:
            self._meeting.apart += moment.spent
            if self._meeting.apart > _APART:
                self._meeting = _Meeting()
        if self._meeting.ratio >= self._best.ratio:
            self._best = replace(self._meeting)

    def interacting(self) -> Verdict | None:
        """Whether it did something with another."""
        best = self._best
        numbers: Evidence = {"near_s": round(best.near, 1), "lively": round(best.liveliness, 2)}
        return Verdict(best.ratio, numbers) if best.ratio >= 1 else None


@dataclass(slots=True)
class _Meeting:
    """Seconds close to another, of which so many could be seen and were lively; and apart since."""

    near: float = 0.0
    seen: float = 0.0
    lively: float = 0.0
    apart: float = 0.0

    @property
    def liveliness(self) -> float:
        return self.lively / self.seen if self.seen else 1.0

    @property
    def ratio(self) -> float:
        return reached((self.near, _SECONDS), (self.liveliness, _LIVELY))
