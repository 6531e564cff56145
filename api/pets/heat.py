"""Heat maps: where a pet was, as a picture with nothing behind it; pure, and without a library.

The colours go from the blue to the vermilion of Okabe and Ito's palette ("Color Universal Design", 2008),
which those with any usual colour blindness tell apart. Each is neither light nor dark, so that it stands
out from white, from black and from a photograph alike; how long a pet stayed is told by how much they cover.
"""

import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from itertools import accumulate

WIDTH, HEIGHT = 160, 90
"""Cells of the map, one pixel each: whoever shows it larger makes it smooth, as browsers and Grafana do."""
RADIUS = 3
"""Cells that three box blurs reach to either side, which come near a Gaussian: about the size of a pet."""
STOPS = ((0, 114, 178), (142, 84, 150), (213, 94, 0))
"""Red, green, blue of a little, some and most of the time."""
STRONGEST = 235
"""How much the colour of the most covers, of 255: what lies beneath still shows."""
LEAST = 0.004
"""Of the most: what is less is nothing."""
_FADE = 0.75


def heat_map(counted: Mapping[tuple[int, int], int]) -> bytes:
    """A PNG of ``WIDTH`` × ``HEIGHT``: how often somebody was ``counted`` at each column and row,
    from the left and the top.

    Without any it is transparent all over.
    """
    return png(WIDTH, HEIGHT, paint(smooth(laid_out(counted))))


def laid_out(counted: Mapping[tuple[int, int], int]) -> list[list[float]]:
    """What was ``counted`` by column and row, in rows from the top."""
    cells = [[0.0] * WIDTH for _ in range(HEIGHT)]
    for (column, row), count in counted.items():
        cells[row][column] = float(count)
    return cells


def smooth(cells: Sequence[Sequence[float]]) -> list[list[float]]:
    """``cells`` blurred three times along either axis; the sum stays the same, also near the edges."""
    for _ in range(3):
        cells = _transposed([_blurred(row) for row in cells])
        cells = _transposed([_blurred(column) for column in cells])
    return [list(row) for row in cells]


def _blurred(line: Sequence[float]) -> list[float]:
    """The mean of each value and its neighbours; beyond its ends the line is mirrored."""
    wide = [*reversed(line[:RADIUS]), *line, *reversed(line[-RADIUS:])]
    sums = [0.0, *accumulate(wide)]
    size = 2 * RADIUS + 1
    return [(sums[at + size] - sums[at]) / size for at in range(len(line))]


def _transposed(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    return [list(column) for column in zip(*rows, strict=True)]


def paint(cells: Sequence[Sequence[float]]) -> bytes:
    """``cells`` as red, green, blue and cover, row by row, measured by the largest.

    By the square root, so that a path shows beside a favourite place.
    """
    most = max(map(max, cells), default=0.0)
    if not most:
        return bytes(4 * sum(map(len, cells)))
    least, nothing = most * LEAST, bytes(4)
    return b"".join(
        _COLOURS[round(math.sqrt(value / most) * _LEVELS)] if value > least else nothing
        for row in cells
        for value in row
    )


def _colour(level: float) -> bytes:
    """The colour of ``level``, 0 to 1, with how much it covers."""
    place = min(level, 1.0) * (len(STOPS) - 1)
    first = min(int(place), len(STOPS) - 2)
    part = place - first
    mixed = (round(a + (b - a) * part) for a, b in zip(STOPS[first], STOPS[first + 1], strict=True))
    return bytes((*mixed, round(STRONGEST * level**_FADE)))


_LEVELS = 255
_COLOURS = tuple(_colour(level / _LEVELS) for level in range(_LEVELS + 1))
"""As many as the cover has steps: mixing one for each cell anew takes as long as all else."""


def png(width: int, height: int, pixels: bytes) -> bytes:
    """``pixels`` (red, green, blue, cover from 0 to 255, row by row) as PNG (ISO 15948)."""
    stride = 4 * width
    rows = b"".join(b"\0" + pixels[at : at + stride] for at in range(0, stride * height, stride))
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
