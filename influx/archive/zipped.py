"""Text in a gzip file whose bytes depend on the text alone, so that equal archives have equal checksums.

What is read may be anybody's: no more of it is held at once than what Hutch itself could have written.
"""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from influx.archive.trouble import ArchiveError
from influx.points import MAX_STRING_BYTES
from influx.rows_as_lines import MOST_LINES
from influx.words import FieldType, Measurement

_LEVEL = 6
_MOST_CHARACTERS = 8 * 1024 * 1024
"""So long a list of lines is given on; each of them may be as long as ``longest`` says."""


@contextmanager
def zipped(path: Path, newline: str) -> Iterator[TextIO]:
    """The file at ``path`` to write text into, whose line breaks stay as they are or become ``newline``."""
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline=newline) as text,
    ):
        yield text


@contextmanager
def unzipped(path: Path, newline: str) -> Iterator[TextIO]:
    """The text of the file at ``path``, whose lines end in ``newline`` alone; empty: in any line break.

    Raises ``ArchiveError`` where, on the way, the file turns out to be none.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline=newline) as text:
            yield text
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(f"it cannot be unpacked: {error}") from None
    except UnicodeDecodeError as error:
        raise ArchiveError(f"it is not UTF-8: {error}") from None


def longest(measurement: Measurement) -> int:
    """Characters that one point of ``measurement`` can take as text, each being escaped at worst."""
    strings = sum(field.type is FieldType.STRING for field in measurement.fields)
    # One string more is room for all tags, names and numbers.
    return 2 * MAX_STRING_BYTES * (1 + strings)


class Pieces:
    """The lines of ``file`` one after another, of which several may make a point.

    Raises ``ArchiveError`` where they are more than ``most`` characters without a call of ``ended``.
    """

    def __init__(self, file: TextIO, most: int) -> None:
        self._file, self._most = file, most
        self._left = most

    def __iter__(self) -> Iterator[str]:
        while piece := self._file.readline(self._left + 1):
            self._left -= len(piece)
            if self._left < 0:
                raise ArchiveError(f"a point in it is longer than any can be: {self._most} characters")
            yield piece

    def ended(self) -> None:
        """A point is complete: what comes belongs to the next."""
        self._left = self._most


def in_lists(lines: Iterable[str]) -> Iterator[list[str]]:
    """``lines`` in lists that a store takes at once, and that memory holds however long the lines are."""
    held: list[str] = []
    characters = 0
    for line in lines:
        held.append(line)
        characters += len(line)
        if len(held) == MOST_LINES or characters >= _MOST_CHARACTERS:
            yield held
            held, characters = [], 0
    if held:
        yield held
