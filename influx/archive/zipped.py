"""Text in a gzip file whose bytes depend on the text alone, so that equal archives have equal checksums."""

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_LEVEL = 6


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
    """The text of the file at ``path``, whose lines end in ``newline`` alone; empty: in any line break."""
    with gzip.open(path, "rt", encoding="utf-8", newline=newline) as text:
        yield text
