"""Showing at once what was just accepted, instead of when the writer comes to it, within a second.

Points are written to the store beside the spool: its copy keeps the promise, this one spares the reader a
wait. What several bring meanwhile is written together, as the spool commits it: each for itself had them wait
for each other, hundreds of ms where the machine was busy.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from collector.spool import Spool, SpoolError
from influx import points
from influx.points import Point
from influx.store import Store, StoreError

logger = logging.getLogger(__name__)

PATIENCE = 0.5
"""Seconds that who sent points waits at most for them to be seen, beyond their being durable."""
MOST_WAITING = 16
"""Who comes while so many wait for a store that hangs does not wait too."""
_BEHIND = 3.0
"""Seconds that the oldest point waits in the spool where the store does not take any."""
_GRACE = 1.0
"""Seconds that a write under way gets when this is closed."""


@dataclass(frozen=True, slots=True)
class _Brought:
    """What one caller brought, and whether it was dealt with."""

    points: Sequence[Point]
    done: threading.Event = field(default_factory=threading.Event)


class Showing:
    """Writes to ``store`` what is durable in ``spool`` already. Any thread may use it.

    In a thread of its own, for who sent the points does not wait for a store that hangs; there is none while
    there is nothing to show.
    """

    def __init__(self, store: Store, spool: Spool) -> None:
        self._store = store
        self._spool = spool
        self._lock = threading.Lock()  # protects what follows
        self._waiting: list[_Brought] = []
        self._thread: threading.Thread | None = None
        self._closed = False

    def show(self, made: Sequence[Point]) -> None:
        """Return when ``made`` can be seen, or after ``PATIENCE``; at once where that is not to be hoped."""
        brought = _Brought(made)
        with self._lock:
            if self._closed or len(self._waiting) >= MOST_WAITING:
                return
            self._waiting.append(brought)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="show", daemon=True)
                self._thread.start()
        brought.done.wait(PATIENCE)

    def close(self) -> None:
        """Show nothing more, and wait a moment for what is being written: the store is closed next."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            thread.join(_GRACE)

    def _run(self) -> None:
        while together := self._take():
            try:
                self._write([point for brought in together for point in brought.points])
            except (StoreError, SpoolError):
                pass  # the writer will come to it
            except Exception:
                logger.exception("What was accepted could not be shown at once; it is in the spool")
            finally:
                for brought in together:
                    brought.done.set()

    def _take(self) -> list[_Brought]:
        """What waits; nothing also ends the thread."""
        with self._lock:
            together, self._waiting = self._waiting, []
            if self._closed or not together:
                self._thread = None
                return []
            return together

    def _write(self, made: Sequence[Point]) -> None:
        """Not while the spool is behind, because then the store is away."""
        if self._spool.status().oldest_age > _BEHIND:
            return
        by_measurement: dict[str, list[str]] = {}
        for point in made:
            by_measurement.setdefault(point.measurement, []).append(points.line(point))
        for measurement, lines in by_measurement.items():
            self._store.write(measurement, lines)
