"""Adding to a spool that cannot be written for a while, such as on a full disk."""

import logging
import threading
from collections import deque
from collections.abc import Iterable
from itertools import islice

from collector.spool import Spool, SpoolError, SpoolUnavailable
from influx.points import Point

logger = logging.getLogger(__name__)

_MOST_AT_ONCE = 1000


class Backlog:
    """What loops add through: it never raises for what the spool refuses, but keeps the points in memory.

    At most ``most`` points wait, the oldest go first; ``lost`` counts them until the spool, back again,
    counts them as dropped. What waits is lost with the process: it was not accepted yet. Any thread may
    use it.
    """

    def __init__(self, spool: Spool, *, most: int = 10_000) -> None:
        self.lost = 0
        self._spool = spool
        self._most = most
        self._waiting: deque[Point] = deque()
        self._lock = threading.Lock()  # protects what waits and the order of adding
        self._down = False

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, points: Iterable[Point]) -> None:
        """Add ``points`` after what waits; they wait too while the spool is away."""
        new = list(points)
        with self._lock:
            self._waiting.extend(new)
            self._try()
            while len(self._waiting) > self._most:
                self._waiting.popleft()
                self.lost += 1

    def retry(self) -> None:
        """Try again to add what waits."""
        with self._lock:
            self._try()

    def _try(self) -> None:
        try:
            self._hand_over()
        except SpoolError as error:
            if not self._down:
                self._down = True
                logger.warning("Points wait in memory: %s", error)
            return
        if self._down:
            self._down = False
            logger.info("The spool takes points again")

    def _hand_over(self) -> None:
        """Add what waits, in parts, and the count of what is lost.

        Raises ``SpoolError`` where the spool refuses even a single point.
        """
        size = _MOST_AT_ONCE
        while part := list(islice(self._waiting, size)):
            try:
                self._spool.add(part)
            except SpoolUnavailable:
                raise
            except SpoolError:  # too large for the spool
                if len(part) == 1:
                    raise
                size = len(part) // 2
                continue
            for _ in part:
                self._waiting.popleft()
        if self.lost:
            self._spool.count_lost(self.lost)
            logger.warning("%d points found no room in memory meanwhile and are lost", self.lost)
            self.lost = 0
