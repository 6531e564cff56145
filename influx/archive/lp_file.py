"""Line protocol as a file, gzipped: what InfluxDB itself takes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from influx.archive.zipped import unzipped, zipped
from influx.lines import is_whole
from influx.rows_as_lines import MOST_LINES
from influx.words import Measurement


@contextmanager
def write(path: Path, _measurement: Measurement) -> Iterator[Callable[[Sequence[str]], None]]:
    """See ``Format.write``."""
    with zipped(path, newline="\n") as file:

        def add(lines: Sequence[str]) -> None:
            file.write("\n".join(lines) + "\n")

        yield add


def read(path: Path, _measurement: Measurement) -> Iterator[list[str]]:
    """See ``Format.read``."""
    with unzipped(path, newline="\n") as file:
        lines = _whole_lines(file)
        while chunk := list(islice(lines, MOST_LINES)):
            yield chunk


def _whole_lines(file: Iterable[str]) -> Iterator[str]:
    """The lines of ``file``, those with line breaks within their strings put together again."""
    begun = ""
    for piece in file:
        begun += piece
        # Only a quote ends a string: where there is none, nothing that was open is closed.
        if '"' not in piece and begun != piece:
            continue
        line = begun.removesuffix("\n")
        if '"' not in line or is_whole(line):
            yield line
            begun = ""
    if begun:
        yield begun.removesuffix("\n")
