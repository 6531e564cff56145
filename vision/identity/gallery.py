"""The gallery: cut-outs of the owner's pets on disk, one sheet an event or photograph, by whose they are.

``<folder>/<pet>/<session>/<source>.jpg`` holds the cut-outs of one source, which is an event's id or that of
a photograph; ``.ir.jpg`` those taken by infrared light. Where a sheet lies says whose it is, so that a
correction is one rename, which a power cut leaves done or not done. Below ``.seen`` lie sheets of events of
which nobody has said anything yet, below ``none`` and ``person`` those of what people said is no pet.

A session is what one camera saw on one day, or photographs of one day: pictures of one session are alike in
light and place, so what is tried must never be tried on the session it was learnt from.

Imports neither OpenCV nor NumPy: the API moves sheets and looks at none.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from influx.disk import sync_folder, write_whole
from influx.schema import NO_PETS
from vision.events import camera_of, start_of

FOLDER = "pets"
"""Where it is in the data folder."""
MOST = 60
"""Sheets that are kept of one pet: what more would tell, costs every camera more than it brings."""
MOST_SEEN = 500
"""Sheets of one camera that wait for somebody to say whose they are."""
_SEEN = ".seen"
_CHANGED = ".changed"
_SHEET, _INFRARED = ".jpg", ".ir.jpg"


class NoSuchPet(LookupError):
    """There is no pet of this name in the gallery; says which there are."""


class PetExists(ValueError):
    """There is a pet of this name in the gallery already."""


@dataclass(frozen=True, slots=True)
class Source:
    """One sheet of cut-outs: whose it is, where it is from, and the file."""

    pet: str
    session: str
    id: str
    infrared: bool
    path: Path


def photo_session(taken: datetime) -> str:
    """The session of photographs that were taken that UTC day."""
    return f"photos-{taken.astimezone(UTC):%Y%m%d}"


def session_of(event_id: str) -> str:
    """The session of an event: its camera and the UTC day it began; raises ``ValueError`` for no event id."""
    return f"{_part(camera_of(event_id))}-{start_of(event_id):%Y%m%d}"


class Gallery:
    """The gallery in ``folder``, which is made when the first sheet comes; any process may, at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def version(self) -> int:
        """Another one after each change; 0 where nobody ever changed anything. Raises ``OSError``."""
        try:
            return (self._folder / _CHANGED).stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def pets(self) -> list[str]:
        """The pets that have a place, by name; also those without a sheet."""
        return [name for name in self._names() if name not in NO_PETS]

    def sources(self, pet: str | None = None) -> list[Source]:
        """The sheets of ``pet``, or all of which something was said; those of what is no pet among them."""
        names = self._names() if pet is None else [pet]
        return [source for name in names for source in self._of(name)]

    def add(self, pet: str, session: str, identifier: str, sheet: bytes, *, infrared: bool = False) -> Source:
        """Keep ``sheet``, cut-outs of ``pet``, durably, and have the cameras see it.

        The same source again replaces it; where there are too many, the oldest of the largest session goes.
        Raises ``OSError`` and, for names that cannot be, ``ValueError``.
        """
        source = self._source(pet, _part(session), _part(identifier), infrared=infrared)
        self._make(source.path.parent)
        write_whole(source.path, sheet)
        self._bound(pet)
        self._tell()
        return source

    def know(self, pet: str) -> None:
        """Have a place for ``pet``, without any sheet yet; raises ``OSError``."""
        self._make(self._folder / _part(pet))

    def see(self, event_id: str, sheet: bytes, *, infrared: bool = False) -> None:
        """Keep ``sheet`` of an event until somebody says whose it is; not beyond ``MOST_SEEN`` of a camera.

        Not synced: a power cut costs what nobody may ever have asked for. Raises ``OSError``.
        """
        folder = self._folder / _SEEN / _part(camera_of(event_id))
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{event_id}"
        fresh.write_bytes(sheet)
        fresh.replace(folder / f"{event_id}{_INFRARED if infrared else _SHEET}")
        # By the time in the id: of one camera that is the order of the names.
        kept = sorted(folder.glob("[!.]*"))
        for path in kept[: max(0, len(kept) - MOST_SEEN)]:
            path.unlink(missing_ok=True)

    def teach(self, event_id: str, pet: str) -> bool:
        """Say that the sheet of an event is of ``pet``, durably; False where no sheet is kept of it.

        Saying the same again, or something else, moves it. Raises ``OSError``.
        """
        there = self._find(event_id)
        if there is None:
            return False
        target = self._source(pet, session_of(event_id), event_id, infrared=_is_infrared(there.name))
        if there != target.path:
            self._move(there, target.path)
            self._bound(pet)
            self._tell()
        return True

    def forget(self, event_id: str) -> None:
        """Nobody says any more whose the sheet of an event is. Raises ``OSError``."""
        there = self._find(event_id)
        waiting = self._folder / _SEEN / _part(camera_of(event_id))
        if there is not None and there.parent != waiting:
            self._move(there, waiting / there.name)
            self._tell()

    def rename(self, pet: str, name: str) -> None:
        """Call ``pet`` by another ``name``; raises ``NoSuchPet``, ``PetExists`` and ``OSError``."""
        self._need(pet)
        target = self._folder / _part(name)
        if target.exists():
            raise PetExists(f"the gallery has a pet {name!r} already; remove it first, or take another name")
        (self._folder / pet).rename(target)
        sync_folder(self._folder)
        self._tell()

    def remove(self, pet: str) -> int:
        """Delete every sheet of ``pet``; returns how many. Raises ``NoSuchPet`` and ``OSError``."""
        self._need(pet)
        count = len(self._of(pet))
        shutil.rmtree(self._folder / pet)
        self._tell()
        return count

    def _need(self, pet: str) -> None:
        if pet not in self.pets():
            there = ", ".join(self.pets()) or "none yet"
            raise NoSuchPet(f"the gallery has no pet {pet!r:.60}; there are {there:.400}")

    def _names(self) -> list[str]:
        try:
            return sorted(
                entry.name
                for entry in os.scandir(self._folder)
                if entry.is_dir() and not entry.name.startswith(".")
            )
        except FileNotFoundError:
            return []

    def _of(self, pet: str) -> list[Source]:
        found: list[Source] = []
        for path in sorted((self._folder / _part(pet)).glob(f"*/[!.]*{_SHEET}")):
            name = path.name.removesuffix(_INFRARED).removesuffix(_SHEET)
            found.append(Source(pet, path.parent.name, name, _is_infrared(path.name), path))
        return found

    def _source(self, pet: str, session: str, identifier: str, *, infrared: bool) -> Source:
        suffix = _INFRARED if infrared else _SHEET
        path = self._folder / _part(pet) / session / f"{identifier}{suffix}"
        return Source(pet, session, identifier, infrared, path)

    def _find(self, event_id: str) -> Path | None:
        """Where the sheet of an event is, whosever it is."""
        session = session_of(event_id)
        folders = [self._folder / pet / session for pet in self._names()]
        for folder in (*folders, self._folder / _SEEN / _part(camera_of(event_id))):
            for suffix in (_SHEET, _INFRARED):
                path = folder / f"{event_id}{suffix}"
                if path.exists():
                    return path
        return None

    def _move(self, source: Path, target: Path) -> None:
        self._make(target.parent)
        with suppress(FileNotFoundError):  # somebody else said so at the same moment
            source.replace(target)
        sync_folder(target.parent)
        with suppress(OSError):  # other sessions, or other sheets of this one, stay
            sync_folder(source.parent)
            source.parent.rmdir()

    def _make(self, folder: Path) -> None:
        for one in reversed([folder, *self._above(folder)]):
            if not one.exists():
                one.mkdir(exist_ok=True, parents=True)
                sync_folder(one.parent)

    def _above(self, folder: Path) -> Iterator[Path]:
        while folder != self._folder and folder != folder.parent:
            folder = folder.parent
            yield folder

    def _bound(self, pet: str) -> None:
        kept = self._of(pet)
        while len(kept) > MOST:
            sizes = Counter(source.session for source in kept)
            fullest = max(sizes, key=lambda session: (sizes[session], session))
            oldest = next(source for source in kept if source.session == fullest)
            oldest.path.unlink(missing_ok=True)
            kept.remove(oldest)

    def _tell(self) -> None:
        """Let the cameras know; should the machine end before it, the next change or start of theirs does."""
        (self._folder / _CHANGED).touch()


def _is_infrared(name: str) -> bool:
    return name.endswith(_INFRARED)


def _part(name: str) -> str:
    """``name`` where it can be part of a path; raises ``ValueError``."""
    if not name or name.startswith(".") or "/" in name or "\0" in name:
        raise ValueError(f"{name!r:.60} cannot be the name of a folder or file")
    return name
