"""A lock between processes of one machine, kept by the kernel and let go when its holder dies."""

import fcntl
import os
import weakref
from pathlib import Path
from types import TracebackType


class FileLock:
    """An exclusive lock on ``path`` (``flock``), which is made where it is missing.

    The kernel frees it the moment its holder ends, however it ends, so there is no expiry, no clock and
    nothing to renew. Two objects exclude each other within one process too. A forked child never holds
    its parent's lock. One thread at a time may use an object.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held = False
        self._fd: int | None = None
        _locks.add(self)

    def take(self, *, wait: bool = True) -> bool:
        """Take the lock and say whether that worked; without ``wait`` it gives up at once.

        Raises ``OSError`` where the file cannot be made.
        """
        if self._fd is None:
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        self.held = True
        return True

    def release(self) -> None:
        """Let the lock go; nothing where it is not held."""
        if self.held and self._fd is not None:
            fcntl.flock(self._fd, fcntl.LOCK_UN)
        self.held = False

    def close(self) -> None:
        """Let the lock go and give the file back; it may be taken again later."""
        self.release()
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def forget(self) -> None:
        """What a forked child does: drop its copy of the file without unlocking it for the parent."""
        self.held = False
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> "FileLock":
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


_locks: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _forget_all() -> None:
    for lock in list(_locks):
        lock.forget()


os.register_at_fork(after_in_child=_forget_all)
