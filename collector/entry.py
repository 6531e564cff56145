"""What the spool stores: entries of whole lines, each with a checksum, and their rank when room is short."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from influx.schema import MEASUREMENTS

MOST_LINES = 5000
MOST_BYTES = 1_000_000
_SEPARATOR = b"\xff"
"""A byte that UTF-8 never has; a line itself may hold line breaks, within a quoted string."""

TELEMETRY, EVENT, WRITTEN = 0, 1, 2
"""Ranks: what goes first when room is short, what goes last, and what people wrote themselves."""
_RANKS = {"events": EVENT, "journal": WRITTEN, "settings": WRITTEN}


class Damaged(ValueError):
    """An entry whose bytes are not those that were added."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as it lies in the file, without its id and the time it was added."""

    measurement: str
    rank: int
    lines: int
    checksum: int
    body: bytes


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


def checksum(measurement: str, body: bytes) -> int:
    """CRC-32 over what must not change: the measurement and the lines."""
    return zlib.crc32(body, zlib.crc32(measurement.encode()))


def pack(measurement: str, lines: Sequence[str], most_lines: int = MOST_LINES) -> Iterator[Row]:
    """``lines`` as rows of at most ``most_lines`` lines and ``MOST_BYTES`` (or one line), in their order."""
    rank = rank_of(measurement)
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        encoded = line.encode()
        if chunk and (len(chunk) >= most_lines or size + len(encoded) >= MOST_BYTES):
            yield _row(measurement, rank, chunk)
            chunk, size = [], 0
        chunk.append(encoded)
        size += len(encoded) + 1
    if chunk:
        yield _row(measurement, rank, chunk)


def _row(measurement: str, rank: int, chunk: Sequence[bytes]) -> Row:
    body = _SEPARATOR.join(chunk)
    return Row(measurement, rank, len(chunk), checksum(measurement, body), body)


def unpack(measurement: str, expected: int, body: bytes) -> tuple[str, ...]:
    """The lines of ``body``; raises ``Damaged`` where its checksum is not ``expected``."""
    if checksum(measurement, body) != expected:
        raise Damaged(f"an entry of {measurement} does not match its checksum")
    return tuple(line.decode() for line in body.split(_SEPARATOR))
