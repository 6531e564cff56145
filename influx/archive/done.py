"""What became of an import so far, noted so that an interrupted one goes on and in the end tells of all."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from influx.disk import append_whole, write_whole


@dataclass(slots=True)
class Imported:
    """What became of an archive's points.

    ``points`` are in the store, ``refused`` are not, for ``reason`` (the first that came up); ``damaged``
    says of each file that could not be brought in what is wrong with it.
    """

    points: int = 0
    refused: int = 0
    reason: str = ""
    damaged: list[str] = field(default_factory=list)

    def refuse(self, reason: str) -> None:
        """Count one point that is refused for ``reason``."""
        self.refused += 1
        self.reason = self.reason or reason

    def add(self, other: "Imported") -> None:
        """Count what became of ``other`` points, too."""
        self.points += other.points
        self.refused += other.refused
        self.reason = self.reason or other.reason
        self.damaged += other.damaged


class Done:
    """The files of ``archive`` (its checksum) that are done, each with what became of its points.

    ``path`` first names the archive: the notes of another do not count, nor what a power cut left broken.
    """

    def __init__(self, path: Path, archive: str) -> None:
        self._path = path
        self._files = dict(_notes(path, archive))
        notes = (_note(*item) for item in self._files.items())
        write_whole(path, f"{archive}\n{''.join(notes)}".encode())

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def total(self) -> Imported:
        """What became of all that is done."""
        total = Imported()
        for one in self._files.values():
            total.add(one)
        return total

    def note(self, path: str, one: Imported) -> None:
        """Note durably that the file at ``path`` is done."""
        append_whole(self._path, _note(path, one).encode())
        self._files[path] = one


def _note(path: str, one: Imported) -> str:
    return f"{json.dumps({'path': path, **asdict(one)})}\n"


def _notes(path: Path, archive: str) -> Iterator[tuple[str, Imported]]:
    try:
        first, *rest = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return
    if first != archive:
        return
    for line in rest:
        try:
            told = json.loads(line)
            one = Imported(int(told["points"]), int(told["refused"]), str(told["reason"]))
            yield str(told["path"]), one
        except (ValueError, KeyError, TypeError):
            return
