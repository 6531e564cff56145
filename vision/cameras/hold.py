"""When an open container may be closed: told to, and nobody reads it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Hold:
    """Keeps something open that one thread reads and another may give back.

    A container that is closed under its reader, or while its streams are still looked at, takes the whole
    process with it. So ``close`` is for who uses the streams, at last; it waits for nobody, and where a
    reader is at work the closing is left to it. ``closed`` tells the reader to come to an end.
    """

    def __init__(self, release: Callable[[], None]) -> None:
        self.closed = threading.Event()
        self._release = release
        self._lock = threading.Lock()  # guards the two below
        self._reading = False
        self._released = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """For as long as somebody reads."""
        with self._lock:
            self._reading = True
        try:
            yield
        finally:
            with self._lock:
                self._reading = False
            if self.closed.is_set():
                self.close()

    def close(self) -> None:
        """Give it back, now or when its reader comes to an end; harmless when repeated."""
        self.closed.set()
        with self._lock:
            release = not self._reading and not self._released
            self._released = self._released or release
        if release:
            self._release()
