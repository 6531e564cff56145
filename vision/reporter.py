"""Points that say how it goes; one that cannot be written now is worth no waiting."""

import logging
import threading
import time
from collections.abc import Sequence

from collector.spool import Spool, SpoolError
from influx.points import Point
from vision.status import Status

logger = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two health points."""


class Reporter:
    """Writes the health of a camera, from a thread of its own: also where the camera hangs."""

    def __init__(self, status: Status, spool: Spool, node: str, *, every: float = EVERY) -> None:
        self._status = status
        self._spool = spool
        self._node = node
        self._every = every
        self._down = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)
        self._thread.start()

    def report(self, points: Sequence[Point]) -> None:
        """Write telemetry; while the spool takes none it is lost, and that is logged once."""
        if not points:
            return
        try:
            self._spool.add(points)
        except SpoolError as error:
            if not self._down:
                logger.warning("telemetry is lost: %s", error)
            self._down = True
        else:
            if self._down:
                logger.info("telemetry is written again")
            self._down = False

    def close(self) -> None:
        """End it."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._every):
            self.report([self._status.health().point(self._node, time.time())])
