"""Adding to a spool that cannot be written for a while, such as on a full disk."""

import logging
import threading
from collections import deque
from collections.abc import Iterable

from collector.spool import Spool, SpoolUnavailable
from influx.points import Point

logger = logging.getLogger(__name__)


class Backlog:
    """What loops add through: it never raises for a spool that is away, but keeps the points in memory.

    At most ``most`` points wait, the oldest go first and are counted in ``lost``. What waits is lost with
    the process: it was not accepted yet. Any thread may use it.
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
            while len(self._waiting) > self._most:
                self._waiting.popleft()
                self.lost += 1
            self._try()

    def retry(self) -> None:
        """Try again to add what waits."""
        with self._lock:
            self._try()

    def _try(self) -> None:
        if not self._waiting:
            return
        try:
            self._spool.add(self._waiting)
        except SpoolUnavailable as error:
            if not self._down:
                self._down = True
                logger.warning("Points wait in memory: %s", error)
            return
        self._waiting.clear()
        if self._down:
            self._down = False
            logger.info("The spool takes points again; %d were lost meanwhile", self.lost)
