"""How often something is done, by the clock of the pictures."""

import math


class Pace:
    """Says when something is due again: after a pause, or at once where the clock was set back meanwhile."""

    def __init__(self) -> None:
        self._since = self._until = -math.inf

    def is_due(self, at: float) -> bool:
        """Whether no pause lasts ``at`` this time, in seconds since 1970."""
        return not self._since <= at < self._until

    def pause(self, at: float, seconds: float) -> None:
        """From ``at`` on nothing is due for so long; the pause before is over."""
        self._since, self._until = at, at + seconds
