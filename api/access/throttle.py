"""Slows down who guesses passwords, by where they come from and whom they try to be.

Nobody is locked out for good: waits end by themselves, and who is logged in from an address is not held up
there by what others try elsewhere.
"""

import math
import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.access.source import network

PER_SOURCE = RateLimitItemPerMinute(10)
"""Wrong passwords from one address."""
PER_USER = RateLimitItemPerMinute(20, 5)
"""Wrong passwords for one user, from wherever they are not logged in."""


class Throttle:
    """Counts wrong passwords in windows that move with time."""

    def __init__(self, per_source: RateLimitItem = PER_SOURCE, per_user: RateLimitItem = PER_USER) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_source, self._per_user = per_source, per_user

    def wait(self, source: str, user: str, *, known: bool) -> int:
        """Seconds until the next try of ``source`` to be ``user`` is looked at; 0: at once.

        ``known``: the user is logged in at this source already, so that only its own mistakes count.
        """
        waits = [self._wait(self._per_source, network(source))]
        if not known:
            waits.append(self._wait(self._per_user, user))
        return max(waits)

    def _wait(self, item: RateLimitItem, key: str) -> int:
        if self._limiter.test(item, key):
            return 0
        reset = self._limiter.get_window_stats(item, key).reset_time
        return max(1, math.ceil(reset - time.time()))

    def failed(self, source: str, user: str) -> None:
        """Count a wrong password."""
        self._limiter.hit(self._per_source, network(source))
        self._limiter.hit(self._per_user, user)
