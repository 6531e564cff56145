"""What an archive says of itself: ``export.json`` when it is whole, ``export.part`` while it is being made.

The second has a line of JSON for what was asked and one for each file that is whole; what a crash cut off
does not count.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from influx.archive.trouble import ArchiveError
from influx.disk import append_whole, write_whole
from influx.windows import Window

VERSION = 1
WHOLE, PART = "export.json", "export.part"
_PATH = re.compile(r"[a-z0-9_]{1,60}/[0-9]{4}-[0-9]{2}-[0-9]{2}\.(lp\.gz|csv\.gz|parquet)")


@dataclass(frozen=True, slots=True)
class Request:
    """What an archive holds: which measurements over which window, in which of ``FORMATS``.

    ``zone`` names the time zone that its days are of; empty where nobody said.
    """

    format: str
    window: Window
    measurements: tuple[str, ...]
    zone: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """One file of an archive: its path within the folder, how many points it holds, its SHA-256."""

    path: str
    points: int
    sha256: str

    @property
    def measurement(self) -> str:
        """Whose points they are."""
        return self.path.partition("/")[0]

    @property
    def day(self) -> str:
        """The UTC day of the points, ``2026-05-28``."""
        return self.path.partition("/")[2].partition(".")[0]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A request, and the files that answer it so far."""

    request: Request
    files: tuple[File, ...]

    @property
    def points(self) -> int:
        """How many points all files hold."""
        return sum(file.points for file in self.files)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is: ``part`` of it from 0 to 1, the points so far, and what is at hand."""

    part: float
    points: int
    what: str


Report = Callable[[Progress], None]


def quietly(_progress: Progress) -> None:
    """The ``Report`` of who does not want any."""


def load(folder: Path) -> Manifest:
    """The manifest of the whole archive in ``folder``; raises ``ArchiveError`` where there is none."""
    path = folder / WHOLE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if (folder / PART).exists():
            raise ArchiveError(f"the export in {folder} was interrupted; run it again, it goes on") from None
        raise ArchiveError(f"{folder} holds no {WHOLE}; give the folder of an export") from None
    with _reading(path, "copy it anew from where it was exported, or export again into another folder"):
        told = json.loads(content.decode())
        return Manifest(_request(told), tuple(map(_file, told["files"])))


def save(folder: Path, manifest: Manifest) -> None:
    """Make the archive in ``folder`` whole."""
    told = {**_told(manifest.request), "points": manifest.points, "files": list(map(asdict, manifest.files))}
    write_whole(folder / WHOLE, f"{json.dumps(told, indent=1)}\n".encode())
    (folder / PART).unlink(missing_ok=True)


def load_part(folder: Path) -> Manifest | None:
    """What is done of the interrupted export in ``folder``; None where there is none."""
    path = folder / PART
    try:
        first, *rest = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return None
    if not first:  # cut off before anything was done
        return None
    with _reading(path, "export into another folder"):
        return Manifest(_request(json.loads(first)), tuple(_whole_notes(rest)))


def _whole_notes(lines: Sequence[str]) -> Iterator[File]:
    """The files that ``lines`` note, up to the first that a crash or a power cut broke."""
    for line in lines:
        try:
            yield _file(json.loads(line))
        except (ValueError, KeyError, TypeError, ArchiveError):
            return


def begin(folder: Path, manifest: Manifest) -> None:
    """Note what is done of an export, so that it can go on from there."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [_told(manifest.request), *map(asdict, manifest.files)]
    write_whole(folder / PART, "".join(f"{json.dumps(line)}\n" for line in lines).encode())


def note(folder: Path, file: File) -> None:
    """Note durably that ``file`` is whole and in its place."""
    append_whole(folder / PART, f"{json.dumps(asdict(file))}\n".encode())


def is_there(folder: Path, file: File) -> bool:
    """Whether ``file`` has the bytes that were noted; raises ``OSError`` where it cannot be read."""
    return checksum(folder / file.path) == file.sha256


def checksum(path: Path) -> str:
    """The SHA-256 of the bytes of the file at ``path``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _told(request: Request) -> dict[str, Any]:
    window = {"start": request.window.start.isoformat(), "stop": request.window.stop.isoformat()}
    return {
        "version": VERSION,
        "format": request.format,
        **window,
        "timezone": request.zone,
        "measurements": list(request.measurements),
    }


def _request(told: dict[str, Any]) -> Request:
    if told["version"] != VERSION:
        raise ArchiveError(f"the archive has version {told['version']!r:.20}; this Hutch reads {VERSION}")
    start, stop = (datetime.fromisoformat(told[name]) for name in ("start", "stop"))
    measurements, zone = tuple(map(str, told["measurements"])), str(told.get("timezone", ""))
    return Request(str(told["format"]), Window(start, stop), measurements, zone)


def _file(told: dict[str, Any]) -> File:
    if not _PATH.fullmatch(told["path"]):
        raise ArchiveError(f"{told['path']!r:.80} is no name of a file of an archive")
    return File(told["path"], int(told["points"]), str(told["sha256"]))


@contextmanager
def _reading(path: Path, remedy: str) -> Iterator[None]:
    """Whatever is not as ``path`` should be, as an ``ArchiveError`` that says what it is and ``remedy``."""
    try:
        yield
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ArchiveError(f"{path} is damaged: {_damage(error)}; {remedy}") from None


def _damage(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"it is no JSON from line {error.lineno} on"
        case UnicodeDecodeError():
            return "it is no text"
        case KeyError():
            return f"it lacks {error.args[0]!r}"
        case _:
            return "a value in it is none that an export writes"
