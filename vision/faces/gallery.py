"""The people of the household whose faces are known: numbers in a file each, and never a picture."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from influx.config import Name
from influx.disk import sync_folder, write_whole
from vision.faces.finder import LENGTH, Encoding

logger = logging.getLogger(__name__)

UNKNOWN_PERSON = "unknown"
"""A face that is nobody's who is known."""
CLOSE = 0.5
"""Least distance at which a face is another's. dlib's own is 0.6; whoever is taken for somebody who is left
out is not recorded, so a doubt counts against knowing."""
MOST_PEOPLE, MOST_FACES = 50, 100
"""Most people, and most faces of each."""
_SUFFIX = ".json"
_NAME: TypeAdapter[str] = TypeAdapter(Name)


class BadPerson(ValueError):
    """Nobody of that name can be kept; one sentence."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose face is known, from the encodings of some faces, one a row."""

    name: str
    left_out: bool
    encodings: npt.NDArray[np.float64]

    def distance(self, encoding: Encoding) -> float:
        """How far the nearest of the faces is from ``encoding``."""
        return float(np.linalg.norm(self.encodings - encoding, axis=1).min())


class Gallery:
    """Keeps people in ``folder``, ``<name>.json`` each; any process may change them.

    ``people`` and ``whose`` read what another process changed. Used by one thread.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._people: list[Person] = []

    def people(self) -> list[Person]:
        """Everybody who is known, by name; a damaged file is logged once and passed over."""
        stamp = self._stamped()
        if stamp != self._stamp:
            self._stamp = stamp
            found = (self._read(self._folder / name) for name, *_ in stamp)
            self._people = [person for person in found if person]
        return self._people

    def whose(self, encoding: Encoding) -> Person | None:
        """Whose face it is; None for nobody who is known."""
        people = self.people()
        nearest = min(people, key=lambda person: person.distance(encoding), default=None)
        return nearest if nearest is not None and nearest.distance(encoding) < CLOSE else None

    def add(self, name: str, faces: list[Encoding], *, left_out: bool | None) -> Person:
        """Keep ``faces`` of ``name`` beside those that are there, and return who it is now.

        Of more than ``MOST_FACES`` the oldest go. ``left_out`` is as it was where it is None. Raises
        ``BadPerson`` and ``OSError``.
        """
        path = self._path(name)
        people = {person.name: person for person in self.people()}
        before = people.get(name)
        if before is None and len(people) >= MOST_PEOPLE:
            raise BadPerson(f"{MOST_PEOPLE} people are known, more cannot be; remove one first")
        kept = [] if before is None else list(before.encodings)
        rows = np.asarray([*kept, *faces][-MOST_FACES:], np.float64).reshape(-1, LENGTH)
        if left_out is None:
            left_out = before is not None and before.left_out
        content = {"left_out": left_out, "encodings": rows.round(5).tolist()}
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(content).encode())
        return Person(name, left_out, rows)

    def remove(self, name: str) -> bool:
        """Forget ``name``, durably; returns whether anybody was called so. Raises as ``add``."""
        path = self._path(name)
        if not path.exists():
            return False
        path.unlink()
        sync_folder(self._folder)
        return True

    def _path(self, name: str) -> Path:
        return self._folder / f"{checked(name)}{_SUFFIX}"

    def _stamped(self) -> tuple[tuple[str, int, int], ...]:
        try:
            stats = [(path.name, path.stat()) for path in self._folder.glob(f"[!.]*{_SUFFIX}")]
        except OSError:  # removed while it was looked at: the next look sees what is left
            return ()
        return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats))

    def _read(self, path: Path) -> Person | None:
        try:
            raw = json.loads(path.read_bytes())
            return Person(path.stem, bool(raw["left_out"]), _rows(raw["encodings"]))
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            logger.warning("%s tells of nobody: %s; remove them and add them again", path, error)
            return None


def checked(name: str) -> str:
    """``name`` if a person may be called so; raises ``BadPerson``."""
    try:
        _NAME.validate_python(name)
    except ValidationError:
        raise BadPerson(
            f"{name!r:.60} is no name; write lower-case letters, digits, - and _ within, at most 48"
        ) from None
    if name == UNKNOWN_PERSON:
        raise BadPerson(f"{name!r} is what a face is called that nobody is known by; choose another name")
    return name


def _rows(raw: object) -> npt.NDArray[np.float64]:
    rows = np.asarray(raw, np.float64)
    if rows.ndim != 2 or rows.shape[1] != LENGTH or not len(rows) or not np.isfinite(rows).all():
        raise ValueError(f"it holds no rows of {LENGTH} numbers")
    return rows
