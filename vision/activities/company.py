"""Whom it was with.

* ``interacting``: the gap to another track is at most 0.04 picture widths for 2 s or more, and at least one
  look in two of that time stirs: two who sleep side by side sleep.
"""

from vision.activities.moments import STIRS, Moment
from vision.activities.verdict import Verdict, reached

_NEAR, _SECONDS, _LIVELY = 0.04, 2.0, 0.5


class Company:
    """Time spent near another, and how lively it was."""

    def __init__(self) -> None:
        self._near = self._lively = self._seen = 0.0

    def take(self, moment: Moment) -> None:
        """Count one more moment."""
        if moment.step.near > _NEAR:
            return
        self._near += moment.spent
        hidden = moment.step.moving == 0.0 and moment.step.near <= 0.0
        if not hidden:  # one that the other hides moves as it likes
            self._seen += moment.spent
            self._lively += moment.spent * (moment.step.moving >= STIRS)

    def interacting(self) -> Verdict | None:
        """Whether it did something with another."""
        lively = self._lively / self._seen if self._seen else 1.0
        ratio = reached((self._near, _SECONDS), (lively, _LIVELY))
        numbers = {"near_s": round(self._near, 1), "lively": round(lively, 2)}
        return Verdict(ratio, dict(numbers)) if ratio >= 1 else None
