"""Line protocol as a file, gzipped: what InfluxDB itself takes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from influx.archive.zipped import Pieces, in_lists, longest, unzipped, zipped
from influx.lines import ends_in_string
from influx.words import Measurement


@contextmanager
def write(path: Path, _measurement: Measurement) -> Iterator[Callable[[Sequence[str]], None]]:
    """See ``Format.write``."""
    with zipped(path, newline="\n") as file:

        def add(lines: Sequence[str]) -> None:
            file.write("\n".join(lines) + "\n")

        yield add


def read(path: Path, measurement: Measurement) -> Iterator[list[str]]:
    """See ``Format.read``."""
    with unzipped(path, newline="\n") as file:
        yield from in_lists(_whole_lines(Pieces(file, longest(measurement))))


def _whole_lines(pieces: Pieces) -> Iterator[str]:
    """The lines of ``pieces``, those with line breaks within their strings put together again."""
    begun: list[str] = []
    is_open = False
    for piece in pieces:
        begun.append(piece)
        is_open = ends_in_string(piece, begun=is_open)
        if not is_open:
            yield "".join(begun).removesuffix("\n")
            begun.clear()
            pieces.ended()
    if begun:
        yield "".join(begun).removesuffix("\n")
