"""Adding to a spool that cannot be written for a while, such as on a full disk."""

import logging
import threading
from collections import deque
from collections.abc import Iterable

from collector.spool import Spool, SpoolError, SpoolUnavailable
from influx.points import Point

logger = logging.getLogger(__name__)

_MOST_AT_ONCE = 1000
_GATHER_SECONDS = 0.02
_RETRY_SECONDS = 1.0

_Waiting = tuple[Point, str | None]
"""A point, and the boot its time counts from where it is undated."""


class Backlog:
    """What loops add through: it never raises for what the spool refuses, but keeps the points in memory.

    At most ``most`` points wait, the oldest go first; ``lost`` counts them until the spool, back again,
    counts them as dropped. What waits is lost with the process: it was not accepted yet. Any thread may
    use it. Either callers ``add`` and wait for the disk themselves, or they ``put`` and one thread ``run``s.
    """

    def __init__(self, spool: Spool, *, most: int = 10_000) -> None:
        self.lost = 0
        self._spool = spool
        self._most = most
        self._waiting: deque[_Waiting] = deque()
        self._guard = threading.Lock()  # protects what waits and what is lost; held for moments only
        self._handing = threading.Lock()  # protects the order of handing over
        self._arrived = threading.Event()
        self._down = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, points: Iterable[Point], *, boot: str | None = None) -> None:
        """Let ``points`` wait for the thread that runs; returns at once, whatever the disk does.

        With a ``boot`` their times are ns since its start, as in ``Spool.add``.
        """
        with self._guard:
            self._waiting.extend((point, boot) for point in points)
            self._trim()
        self._arrived.set()

    def add(self, points: Iterable[Point]) -> None:
        """Add ``points`` after what waits; they wait too while the spool is away."""
        new = [(point, None) for point in points]
        with self._guard:
            self._waiting.extend(new)
        self.retry()

    def retry(self) -> None:
        """Try again to add what waits."""
        with self._handing:
            try:
                self._hand_over()
            except SpoolError as error:
                if not self._down:
                    self._down = True
                    logger.warning("Points wait in memory: %s", error)
            else:
                if self._down:
                    self._down = False
                    logger.info("The spool takes points again")
            with self._guard:
                self._trim()

    def run(self, stop: threading.Event) -> None:
        """Thread body: add what was ``put`` until ``stop``, and at last once more.

        Points that come within 20 ms go in together: one write for them all, where each alone would
        write as many pages to the SD card.
        """
        while not stop.is_set():
            self._arrived.wait(_RETRY_SECONDS)
            stop.wait(_RETRY_SECONDS if self._down else _GATHER_SECONDS)
            self._arrived.clear()
            self.retry()
        self.retry()

    def _trim(self) -> None:
        while len(self._waiting) > self._most:
            self._waiting.popleft()
            self.lost += 1

    def _hand_over(self) -> None:
        """Add what waits, in parts, and the count of what is lost.

        Raises ``SpoolError`` where the spool refuses even a single point.
        """
        size = _MOST_AT_ONCE
        while part := self._take(size):
            try:
                self._spool.add((point for point, _ in part), boot=part[0][1])
            except BaseException as error:
                self._put_back(part)
                too_large = isinstance(error, SpoolError) and not isinstance(error, SpoolUnavailable)
                if not too_large or len(part) == 1:
                    raise
                size = len(part) // 2
        if lost := self.lost:
            self._spool.count_lost(lost)
            logger.warning("%d points found no room in memory meanwhile and are lost", lost)
            with self._guard:
                self.lost -= lost

    def _take(self, most: int) -> list[_Waiting]:
        """The oldest, as long as they are of one boot."""
        with self._guard:
            part: list[_Waiting] = []
            while self._waiting and len(part) < most and self._waiting[0][1] == (part or self._waiting)[0][1]:
                part.append(self._waiting.popleft())
            return part

    def _put_back(self, part: list[_Waiting]) -> None:
        with self._guard:
            self._waiting.extendleft(reversed(part))
