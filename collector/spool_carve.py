"""Finding entries in the raw pages of a broken SQLite file, where SQLite itself gives up.

Reads table leaf pages as https://www.sqlite.org/fileformat2.html lays them out (§1.6 b-tree pages,
§2.1 record format, §4.1 the log's frames). What looks like an entry is one only when its checksum says so.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.entry import Row, checksum
from collector.spool_schema import PAGE_SIZE

_TABLE_LEAF = 0x0D
_LOG_HEADER, _FRAME_HEADER = 32, 24
_LARGEST_LOCAL = PAGE_SIZE - 35
_SMALLEST_LOCAL = (PAGE_SIZE - 12) * 32 // 255 - 23
_MOST_PAYLOAD = 64 * 1024**2
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_REAL, _ZERO, _ONE = 7, 8, 9


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that a raw page still holds whole."""

    id: int
    added: float
    row: Row


class _NotOne(Exception):
    """The bytes looked at are no entry."""


def carve(database: Path, log: Path) -> Iterator[Found]:
    """Every whole entry in the pages of ``database`` and its write-ahead ``log``; the same id may come twice.

    Pages that SQLite has freed are read too, so entries that were settled long ago can come back: the
    caller asks only for ids that it misses.
    """
    pages = _Pages(database, log)
    for page in pages.all():
        if page[0] != _TABLE_LEAF:
            continue
        cells = min(int.from_bytes(page[3:5], "big"), PAGE_SIZE // 2)
        for (offset,) in struct.iter_unpack(">H", page[8 : 8 + 2 * cells]):
            try:
                yield _entry(pages, page, offset)
            except (_NotOne, IndexError, UnicodeDecodeError, struct.error, TypeError):
                continue


class _Pages:
    """The pages of a database file, with the newer versions that its log holds."""

    def __init__(self, database: Path, log: Path) -> None:
        self._raw = database.read_bytes() if database.exists() else b""
        self._log = log.read_bytes() if log.exists() else b""
        self._newest: dict[int, bytes] = {}
        step = _FRAME_HEADER + PAGE_SIZE
        for start in range(_LOG_HEADER, len(self._log) - step + 1, step):
            number = int.from_bytes(self._log[start : start + 4], "big")
            if (
                self._log[start + 8 : start + 16] == self._log[16:24]
            ):  # salts: not a frame of an earlier round
                self._newest[number] = self._log[start + _FRAME_HEADER : start + step]

    def all(self) -> Iterator[bytes]:
        """Every page there is, whole ones only."""
        for start in range(0, len(self._raw) - PAGE_SIZE + 1, PAGE_SIZE):
            yield self._raw[start : start + PAGE_SIZE]
        yield from self._newest.values()

    def page(self, number: int) -> bytes:
        """Page ``number``, from 1; raises ``_NotOne`` where it is missing."""
        page = self._newest.get(number) or self._raw[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        if number < 1 or len(page) < PAGE_SIZE:
            raise _NotOne
        return page


def _entry(pages: _Pages, page: bytes, offset: int) -> Found:
    size, offset = _varint(page, offset)
    identity, offset = _varint(page, offset)
    if not 0 < size <= _MOST_PAYLOAD:
        raise _NotOne
    values = _record(_payload(pages, page, offset, size))
    boot = values.pop(1) if len(values) == 8 else None  # as ``spool_schema`` has it in ``undated``
    if len(values) != 7 or not isinstance(values[6], bytes):
        raise _NotOne
    _alias, measurement, rank, lines, added, expected, body = values
    if checksum(measurement, body, boot) != expected:
        raise _NotOne
    return Found(identity, float(added), Row(measurement, rank, lines, expected, body, boot))


def _payload(pages: _Pages, page: bytes, offset: int, size: int) -> bytes:
    local = size
    if size > _LARGEST_LOCAL:
        local = _SMALLEST_LOCAL + (size - _SMALLEST_LOCAL) % (PAGE_SIZE - 4)
        local = _SMALLEST_LOCAL if local > _LARGEST_LOCAL else local
    parts = [page[offset : offset + local]]
    if local < size:
        following = int.from_bytes(page[offset + local : offset + local + 4], "big")
        for _ in range((size - local + PAGE_SIZE - 5) // (PAGE_SIZE - 4)):
            overflow = pages.page(following)
            parts.append(overflow[4:])
            following = int.from_bytes(overflow[:4], "big")
    return b"".join(parts)[:size]


def _record(payload: bytes) -> list[Any]:
    header, position = _varint(payload, 0)
    kinds = []
    while position < header:
        kind, position = _varint(payload, position)
        kinds.append(kind)
    values = []
    for kind in kinds:
        value, position = _value(kind, payload, position)
        values.append(value)
    return values


def _value(kind: int, payload: bytes, position: int) -> tuple[Any, int]:
    if kind in (0, _ZERO, _ONE):
        return (None if kind == 0 else kind - _ZERO), position
    if kind == _REAL:
        return struct.unpack_from(">d", payload, position)[0], position + 8
    size = _INTEGER_BYTES.get(kind, (kind - 12) // 2)
    piece = payload[position : position + size]
    if size < 0 or len(piece) < size:
        raise _NotOne
    if kind in _INTEGER_BYTES:
        return int.from_bytes(piece, "big", signed=True), position + size
    return (piece if kind % 2 == 0 else piece.decode()), position + size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for count in range(9):
        byte = data[position + count]
        if count == 8:
            return value << 8 | byte, position + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, position + count + 1
