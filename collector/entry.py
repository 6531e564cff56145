"""What the spool stores: entries of whole lines, each with a checksum, and their rank when room is short."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from influx.schema import MEASUREMENTS

MOST_LINES = 5000
MOST_BYTES = 1_000_000
SEPARATOR = b"\xff"
"""A byte that UTF-8 never has; a line itself may hold line breaks, within a quoted string."""

TELEMETRY, EVENT, WRITTEN = 0, 1, 2
"""Ranks: what goes first when room is short, what goes last, and what people wrote themselves."""
_RANKS = {"events": EVENT, "journal": WRITTEN, "settings": WRITTEN}


class Damaged(ValueError):
    """An entry whose bytes are not those that were added; ``lines`` is how many they count as."""

    def __init__(self, message: str, lines: int) -> None:
        super().__init__(message)
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as it lies in the file, without its id and the time it was added.

    With a ``boot`` it is undated: the times of its lines are ns since the start of that boot.
    """

    measurement: str
    rank: int
    lines: int
    checksum: int
    body: bytes
    boot: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the drain gets it; ids grow with every entry added."""

    id: int
    measurement: str
    lines: tuple[str, ...]


def rank_of(measurement: str) -> int:
    """The rank of a measurement; raises ``ValueError`` for one the vocabulary lacks."""
    known = MEASUREMENTS.get(measurement)
    if known is None:
        raise ValueError(f"there is no measurement {measurement!r}; there are {', '.join(MEASUREMENTS)}")
    return _RANKS.get(known.bucket, TELEMETRY)


def checksum(measurement: str, body: bytes, boot: str | None = None) -> int:
    """CRC-32 over what must not change: the boot if any, the measurement and the lines."""
    name = measurement if boot is None else f"{boot} {measurement}"
    return zlib.crc32(body, zlib.crc32(name.encode()))


def pack(
    measurement: str, lines: Sequence[str], most_lines: int = MOST_LINES, *, boot: str | None = None
) -> Iterator[Row]:
    """``lines`` as rows of at most ``most_lines`` lines and ``MOST_BYTES`` (or one line), in their order."""
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        encoded = line.encode()
        if chunk and (len(chunk) >= most_lines or size + len(encoded) >= MOST_BYTES):
            yield _row(measurement, chunk, boot)
            chunk, size = [], 0
        chunk.append(encoded)
        size += len(encoded) + 1
    if chunk:
        yield _row(measurement, chunk, boot)


def row_of(measurement: str, rank: int, lines: Sequence[str]) -> Row:
    """``lines`` as one row, however many they are, of any measurement."""
    body = SEPARATOR.join(line.encode() for line in lines)
    return Row(measurement, rank, len(lines), checksum(measurement, body), body)


def _row(measurement: str, chunk: Sequence[bytes], boot: str | None) -> Row:
    body = SEPARATOR.join(chunk)
    return Row(measurement, rank_of(measurement), len(chunk), checksum(measurement, body, boot), body, boot)


def unpack(
    measurement: object, expected: object, body: object, count: object, *, boot: str | None = None
) -> tuple[str, ...]:
    """The ``count`` lines of ``body``; raises ``Damaged`` where it is not what was added.

    What comes from a file may be of any type: one bit makes a number of a text.
    """
    said = count if isinstance(count, int) and count > 0 else 1
    if not isinstance(measurement, str) or not isinstance(body, bytes):
        raise Damaged("an entry is of other types than it was added with", said)
    if checksum(measurement, body, boot) != expected:
        raise Damaged(f"an entry of {measurement} does not match its checksum", said)
    try:
        lines = tuple(line.decode() for line in body.split(SEPARATOR))
    except UnicodeDecodeError as error:
        raise Damaged(f"an entry of {measurement} is no text", said) from error
    if len(lines) != count:
        raise Damaged(f"an entry of {measurement} says it has {count!r} lines and has others", len(lines))
    return lines
