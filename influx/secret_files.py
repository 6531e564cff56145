"""Files that hold a secret: whole or not there at all, durable, and for their owner's eyes only."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from influx.disk import sync_folder, sync_handle

_FOLDER, _FILE = 0o700, 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_DRAFT = ".draft"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else is within such a block for ``folder``, which is made where there is none.

    It holds across processes and threads, and not within itself. Raises ``OSError``.
    """
    _make_folder(folder)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_secret(path: Path, secret: str) -> None:
    """Put ``secret`` and a line's end into ``path``, whatever was there, and its folder where there is none.

    It survives a power cut when this returns; who reads meanwhile gets the old or the new one. Raises
    ``OSError``, which names ``path``.
    """
    try:
        _write(path, secret)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write(path: Path, secret: str) -> None:
    _make_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=_DRAFT)
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
    """What of ``folder`` and the files in it others than the owner may read or change.

    What a link in it leads to belongs elsewhere, or is not there at all.
    """
    if not folder.is_dir():
        return
    if folder.stat().st_mode & _OTHERS:
        yield folder
    for path in sorted(folder.iterdir()):
        mode = path.lstat().st_mode
        if mode & _OTHERS and not stat.S_ISLNK(mode):
            yield path


def drafts(folder: Path) -> Iterator[Path]:
    """What ``write_secret`` leaves in ``folder`` when it is killed; whoever is ``alone`` may delete it."""
    yield from sorted(folder.glob(f".*-*{_DRAFT}"))


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
