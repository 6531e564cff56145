"""Syncing files and folders, so that what is on the disk stays there across a kill and a power cut."""

import fcntl
import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Make the bytes of ``path`` durable, whoever wrote them; raises ``OSError``."""
    _sync_path(path)


def sync_folder(path: Path) -> None:
    """Make the names in ``path`` durable: a rename or a new file survives a power cut only after this."""
    _sync_path(path)


def make_folder(path: Path) -> None:
    """Make the folder ``path`` and those above it that are missing, so that they survive a power cut; raises
    ``OSError``.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in reversed(missing):
        sync_folder(folder.parent)


def sync_handle(handle: int) -> None:
    """Make what was written to an open file durable; buffers of Python must be flushed before.

    Plain fsync on macOS stops at the drive's cache; ``F_FULLFSYNC`` goes on to the medium, where the volume
    knows it (network volumes do not). See https://www.sqlite.org/pragma.html#pragma_fullfsync
    """
    if hasattr(fcntl, "F_FULLFSYNC"):
        try:
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        except OSError:
            pass  # what is wrong with the disk itself, fsync says too
        else:
            return
    os.fsync(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` durably; a reader sees all of it or what was there, also after a crash.

    One writer a path: the temporary file beside it (``.<name>.new``) has a fixed name, so that a crash
    leaves at most one, which the next write takes over.
    """
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        sync_handle(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def append_whole(path: Path, content: bytes) -> None:
    """Put ``content`` behind what is at ``path``, durably; after a power cut the last of it may be broken."""
    with path.open("ab") as file:
        file.write(content)
        file.flush()
        sync_handle(file.fileno())


def _sync_path(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        sync_handle(handle)
    finally:
        os.close(handle)
