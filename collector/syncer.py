"""Syncing once a second, while there is something new."""

import logging
import os
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.8
"""The promise is a second; the rest of it is for the sync itself, which an SD card takes its time for."""


class Syncer:
    """Calls ``sync`` within a second of each ``touch``, at most once a second, in a thread of its own.

    ``sync`` may raise ``OSError``; it is called again until it succeeds.
    """

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._dirty = threading.Event()
        self._closed = threading.Event()
        self._starting = threading.Lock()  # protects the thread and its process
        self._thread: threading.Thread | None = None
        self._process = 0
        self._failing = False

    def touch(self) -> None:
        """Say that something new wants to be synced."""
        self._dirty.set()
        if self._thread is None or self._process != os.getpid():  # threads do not follow into a fork
            with self._starting:
                if self._thread is None or self._process != os.getpid():
                    self._process = os.getpid()
                    self._thread = threading.Thread(target=self._run, name="spool-sync", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Sync what is new, or could not be synced so far, and end the thread; a second time does nothing."""
        self._closed.set()
        dirty = self._dirty.is_set()
        self._dirty.set()
        if self._thread is not None and self._process == os.getpid():
            self._thread.join()
            self._thread = None
            if dirty or self._failing:
                self._try()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._dirty.wait()
            if self._closed.wait(_PAUSE_SECONDS):
                return
            self._dirty.clear()
            self._try()

    def _try(self) -> None:
        try:
            self._sync()
        except OSError as error:
            self._dirty.set()
            if not self._failing:
                self._failing = True
                logger.warning("The spool cannot be synced, a power cut could take new points: %s", error)
        else:
            if self._failing:
                self._failing = False
                logger.info("The spool is synced again")
