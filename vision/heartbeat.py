"""Signs of life of a camera's process, for who watches over it: a byte a second through a pipe.

They come from the thread that looks at the pictures, so that they stop whatever it is stuck in: a call into a
library that lets no other thread run, a disk that does not answer, a process that was halted.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

VARIABLE = "HUTCH_HEARTBEAT"
"""Of the environment: the number of the pipe's descriptor, where somebody listens."""
EVERY = 1.0
"""Seconds between two."""


class Heartbeat:
    """Beats into ``descriptor``, or nowhere. Used by one thread; ``now`` gives monotonic seconds."""

    def __init__(self, descriptor: int | None = None, *, now: Callable[[], float] = time.monotonic) -> None:
        self._descriptor = descriptor
        self._now = now
        self._due = 0.0
        if descriptor is not None:
            os.set_blocking(descriptor, False)

    def beat(self) -> None:
        """Say that all is well; more often than it is told costs nothing. Never raises, never waits."""
        if self._descriptor is None or (now := self._now()) < self._due:
            return
        self._due = now + EVERY
        with suppress(OSError):  # a pipe that is full is one that is not emptied just now
            os.write(self._descriptor, b".")

    def wait(self, stop: threading.Event, seconds: float | None = None) -> bool:
        """As ``stop.wait``, and alive meanwhile."""
        end = None if seconds is None else self._now() + seconds
        while not stop.is_set():
            self.beat()
            left = EVERY if end is None else end - self._now()
            if left <= 0:
                break
            stop.wait(min(left, EVERY))
        return stop.is_set()


def inherited() -> Heartbeat:
    """That of this process, as whoever started it asked for."""
    number = os.environ.get(VARIABLE, "")
    return Heartbeat(int(number) if number.isdigit() else None)
