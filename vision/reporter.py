"""Points that say how it goes; those that cannot be written now wait in memory and are counted when lost."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from collector.backlog import Backlog
from collector.spool import Spool
from influx.points import Point
from vision.outbox import health
from vision.status import Status

EVERY = 10.0
"""Seconds between two health points."""


class Reporter:
    """Writes the health of a camera and of the outboxes below ``outboxes``, from a thread of its own: also
    where the camera hangs.
    """

    def __init__(
        self, status: Status, spool: Spool, node: str, outboxes: Path, *, every: float = EVERY
    ) -> None:
        self._status = status
        self._backlog = Backlog(spool)
        self._node = node
        self._outboxes = outboxes
        self._every = every
        self._counts: dict[str, int] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)
        self._thread.start()

    def report(self, points: Sequence[Point]) -> None:
        """Write telemetry; it waits while the spool takes none."""
        if points:
            self._backlog.add(points)

    def count(self, **counts: int) -> None:
        """Have the camera's health tell these counts, by field, from now on."""
        self._counts = counts

    def close(self) -> None:
        """End it; what waits has its last chance."""
        self._stopped.set()
        self._thread.join()
        self._backlog.retry()

    def _run(self) -> None:
        while not self._stopped.wait(self._every):
            now = time.time()
            outbox = health(self._outboxes, self._node, now)
            camera = self._status.health().point(self._node, now)
            self.report([replace(camera, fields={**camera.fields, **self._counts}), outbox])
