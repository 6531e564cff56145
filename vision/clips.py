"""Clips and snapshots by key: what a store promises, how a clip is named, and the store that is a folder.

Two implementations keep the ``Clips`` protocol, ``DirectoryClips`` here and ``vision.s3.S3Clips``; one suite
in ``tests/vision`` holds both to it.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from influx.disk import make_folder, sync_folder, sync_handle
from vision.events import camera_of, start_of

CHUNK = 64 * 1024
"""Bytes that ``read`` yields at most at once: enough to be quick, little enough for many readers."""

_TYPES = {".mp4": "video/mp4", ".jpg": "image/jpeg"}
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}){0,15}")
_STALE = 3600.0
"""Seconds after which a file that came in only in part has nobody left who writes it."""


class ClipsError(Exception):
    """A clip or its store is not as it should be."""


class ClipMissing(ClipsError):
    """There is nothing under this key."""


class ClipsUnavailable(ClipsError):
    """The store cannot be reached, or cannot serve now; the same call may succeed later."""


class ClipsMisconfigured(ClipsError):
    """The configuration of the store is not enough to open it; says what to set."""


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What a store knows of one clip or snapshot: size in bytes, ``modified`` in UTC."""

    key: str
    size: int
    modified: datetime
    content_type: str


@dataclass(frozen=True, slots=True)
class Space:
    """The volume that clips are on, in bytes as ``df`` tells them: ``total`` is used and free together, which
    leaves out what only root may use.
    """

    total: int
    free: int


class Clips(Protocol):
    """Where clips and snapshots are stored. May be used from several threads at once.

    Every method may raise ``ClipsUnavailable``, and ``ValueError`` for what is no key.
    """

    def put(self, key: str, file: Path) -> None:
        """Store ``file`` under ``key``, in place of what was there. Readers see all of the old or all of the
        new, never a part; when it returns, the clip is as durable as the store makes anything.
        """
        ...

    def stat(self, key: str) -> ClipInfo:
        """What is known of ``key``; raises ``ClipMissing``."""
        ...

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from ``start``, at most ``length`` of them, in chunks of at most ``CHUNK``.

        Nothing is opened before the first chunk is asked for, which is when ``ClipMissing`` is raised. A
        store that goes away in mid-read raises ``ClipsUnavailable``: an iterator that ends has given
        everything. A ``start`` at or past the end gives nothing.
        """
        ...

    def delete(self, key: str) -> None:
        """Delete ``key``; nothing where there is none."""
        ...

    def list(self, prefix: str = "") -> Iterator[ClipInfo]:
        """All whose key starts with ``prefix``, each once; the clips of one camera in the order of their
        keys, which is that of time (across folders of other names SeaweedFS has an order of its own).
        """
        ...

    def space(self) -> Space | None:
        """The volume that clips are on; None where nobody can ask, as of a bucket."""
        ...

    def close(self) -> None:
        """Give back connections; the store may not be used afterwards."""
        ...


def clip_key(event_id: str) -> str:
    """The key of an event's clip: ``<camera>/<YYYY>/<MM>/<DD>/<event id>.mp4``, by the UTC day it started.

    Raises ``ValueError`` where it is no event id.
    """
    return _event_key(event_id, ".mp4")


def snapshot_key(event_id: str) -> str:
    """The key of an event's snapshot, beside its clip; raises ``ValueError`` where it is no event id."""
    return _event_key(event_id, ".jpg")


def event_of(key: str) -> str | None:
    """The id of the event whose clip or snapshot ``key`` is; None where it is neither."""
    name, dot, suffix = key.rpartition("/")[2].rpartition(".")
    try:
        return name if f"{dot}{suffix}" in _TYPES and _event_key(name, f"{dot}{suffix}") == key else None
    except ValueError:
        return None


def _event_key(event_id: str, suffix: str) -> str:
    return check_key(f"{camera_of(event_id)}/{start_of(event_id):%Y/%m/%d}/{event_id}{suffix}")


def check_key(key: str) -> str:
    """``key`` where it is one: names of letters, digits, ``.``, ``_`` and ``-`` that do not start with a dot,
    joined by slashes. Raises ``ValueError``.
    """
    if _KEY.fullmatch(key) is None:
        raise ValueError(f"{key!r:.80} is no key of a clip")
    return key


def check_range(start: int, length: int | None) -> None:
    """Raise ``ValueError`` where ``start`` and ``length`` cannot say a part of a clip."""
    if start < 0 or (length is not None and length < 0):
        raise ValueError(f"a clip has no part that starts at {start} and is {length} bytes long")


def content_type(key: str) -> str:
    """The media type of what is stored under ``key``, by its suffix."""
    return _TYPES.get(f".{key.rpartition('.')[2]}", "application/octet-stream")


class DirectoryClips:
    """Clips in a folder: the key is the path below ``root``.

    What is coming in lies in ``root/.incoming`` until it is whole and synced; names that start with a dot
    are no keys, so it is never seen.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / ".incoming"
        self._sweep()

    def put(self, key: str, file: Path) -> None:
        """See ``Clips.put``; a full disk is ``ClipsUnavailable`` too."""
        target = self._root / check_key(key)
        with file.open("rb") as source:
            try:
                self._bring_in(source.fileno(), target)
            except OSError as error:
                raise ClipsUnavailable(f"{target} cannot be written: {error.strerror or error}") from None

    def stat(self, key: str) -> ClipInfo:
        """See ``Clips.stat``."""
        try:
            return self._info(self._root / check_key(key))
        except (FileNotFoundError, NotADirectoryError):
            raise ClipMissing(f"there is no clip {key}") from None
        except OSError as error:
            raise ClipsUnavailable(f"{key} cannot be read: {error.strerror}") from None

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See ``Clips.read``."""
        check_range(start, length)
        return self._chunks(check_key(key), start, length)

    def delete(self, key: str) -> None:
        """See ``Clips.delete``; folders that this leaves empty go too."""
        target = self._root / check_key(key)
        try:
            target.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise ClipsUnavailable(f"{target} cannot be deleted: {error.strerror}") from None
        with suppress(OSError):
            for folder in target.relative_to(self._root).parents[:-1]:
                (self._root / folder).rmdir()

    def list(self, prefix: str = "") -> Iterator[ClipInfo]:
        """See ``Clips.list``. Only folders that can hold the prefix are looked into."""
        folder = prefix.rpartition("/")[0]
        if folder:
            check_key(folder)
        try:
            yield from self._walk(self._root / folder, prefix)
        except OSError as error:
            raise ClipsUnavailable(f"{self._root / folder} cannot be listed: {error.strerror}") from None

    def space(self) -> Space | None:
        """See ``Clips.space``; before the first clip, that of the folder that theirs will be in."""
        folder = self._root
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        try:
            volume = os.statvfs(folder)
        except OSError as error:
            raise ClipsUnavailable(f"{folder} cannot be asked for its room: {error.strerror}") from None
        used = volume.f_blocks - volume.f_bfree
        return Space((used + volume.f_bavail) * volume.f_frsize, volume.f_bavail * volume.f_frsize)

    def close(self) -> None:
        """See ``Clips.close``; a folder holds nothing."""

    def _bring_in(self, source: int, target: Path) -> None:
        make_folder(self._incoming)
        descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", dir=self._incoming)
        try:
            with open(descriptor, "wb") as file, open(source, "rb", closefd=False) as original:  # noqa: PTH123
                shutil.copyfileobj(original, file, 1024 * 1024)
                file.flush()
                sync_handle(file.fileno())
            target.parent.mkdir(parents=True, exist_ok=True)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        for folder in target.relative_to(self._root).parents:
            sync_folder(self._root / folder)

    def _chunks(self, key: str, start: int, length: int | None) -> Iterator[bytes]:
        left = length
        try:
            with (self._root / key).open("rb") as file:
                file.seek(start)
                while left is None or left > 0:
                    chunk = file.read(CHUNK if left is None else min(CHUNK, left))
                    if not chunk:
                        return
                    if left is not None:
                        left -= len(chunk)
                    yield chunk
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise ClipMissing(f"there is no clip {key}") from None
        except OSError as error:
            raise ClipsUnavailable(f"{key} cannot be read: {error.strerror}") from None

    def _walk(self, folder: Path, prefix: str) -> Iterator[ClipInfo]:
        """Below ``folder`` in the order of keys: a folder's name counts with the slash behind it."""
        try:
            entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return
        named = sorted((f"{entry.name}/" if entry.is_dir() else entry.name, entry) for entry in entries)
        # Paths as texts: a folder of 100,000 clips is listed in half the time.
        within = "" if folder == self._root else f"{folder.relative_to(self._root).as_posix()}/"
        for name, entry in named:
            key = f"{within}{entry.name}"
            if name.endswith("/"):
                if prefix.startswith(f"{key}/") or key.startswith(prefix):
                    yield from self._walk(Path(entry.path), prefix)
            elif key.startswith(prefix):
                with suppress(FileNotFoundError):  # deleted since the folder was read
                    yield _info(key, entry.stat())

    def _info(self, path: Path) -> ClipInfo:
        status = path.stat()
        if path.is_dir():
            raise FileNotFoundError(path)
        return _info(path.relative_to(self._root).as_posix(), status)

    def _sweep(self) -> None:
        """Remove what a process left behind that was killed while it stored."""
        with suppress(OSError):
            for path in self._incoming.iterdir():
                if path.stat().st_mtime < time.time() - _STALE:
                    path.unlink(missing_ok=True)


def _info(key: str, status: os.stat_result) -> ClipInfo:
    modified = datetime.fromtimestamp(status.st_mtime, UTC)
    return ClipInfo(key, status.st_size, modified, content_type(key))
