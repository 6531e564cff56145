"""Room set aside for the moment when there is none: to delete a clip, its point has to be written first."""

import os
from contextlib import suppress
from pathlib import Path

SIZE = 16 * 1024 * 1024
"""Bytes: some thousand points, and the files that a database keeps beside itself."""


class Reserve:
    """A file at ``path`` that holds room on the disk of the database, and nothing else."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size

    def keep(self) -> None:
        """Set the room aside where it is not yet, and where there is plenty; a full disk is no error."""
        with suppress(OSError):
            if self._path.exists() and self._path.stat().st_size == self._size:
                return
            volume = os.statvfs(self._path.parent)
            if volume.f_bavail * volume.f_frsize < 4 * self._size:
                return
            with self._path.open("wb") as file:
                # Written, not only made so long: a file of holes holds nothing.
                for _ in range(self._size // _PIECE):
                    file.write(os.urandom(_PIECE))

    def spend(self) -> bool:
        """Give the room back; whether there was any, and so whether it is worth to try again."""
        try:
            there = self._path.stat().st_size > 0
            self._path.unlink()
        except OSError:
            return False
        return there

    def spend_when_full(self) -> None:
        """Give the room back where hardly any is left, so that a database can be opened at all."""
        with suppress(OSError):
            volume = os.statvfs(self._path.parent)
            if volume.f_bavail * volume.f_frsize < _PIECE:
                self.spend()


_PIECE = 1024 * 1024
