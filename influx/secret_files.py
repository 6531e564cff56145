"""Files that hold a secret: whole or not there at all, durable, and for their owner's eyes only."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from influx.disk import sync_folder, sync_handle

_FOLDER, _FILE = 0o700, 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def write_secret(path: Path, secret: str) -> None:
    """Put ``secret`` and a line's end into ``path``, whatever was there, and its folder where there is none.

    It survives a power cut when this returns; who reads meanwhile gets the old or the new one. Raises
    ``OSError``.
    """
    _make_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secret + "\n")
            file.flush()
            sync_handle(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def exposed(folder: Path) -> Iterator[Path]:
    """What of ``folder`` and the files in it others than the owner may read or change."""
    for path in (folder, *sorted(folder.iterdir())) if folder.is_dir() else ():
        if path.stat().st_mode & _OTHERS:
            yield path


def hide(path: Path) -> None:
    """Let only the owner read and change ``path``; raises ``OSError`` where it belongs to somebody else."""
    path.chmod(_FOLDER if path.is_dir() else _FILE)


def _make_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, each name of them durable."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=_FOLDER, exist_ok=True)
    sync_folder(folder.parent)
