"""The heat map: what is counted stays counted, where is where, and every eye can tell."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.pets.heat import HEIGHT, RADIUS, STOPS, STRONGEST, WIDTH, heat_map, laid_out, paint, smooth

Part = st.floats(0, 1)


def pixels(picture: bytes) -> list[list[tuple[int, int, int, int]]]:
    """The pixels of a PNG that uses no filter, read by hand."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    at, data = 8, b""
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        chunk = picture[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", picture[at + 8 + length : at + 12 + length])
        assert check == zlib.crc32(kind + chunk)
        if kind == b"IHDR":
            assert struct.unpack(">IIBBBBB", chunk) == (WIDTH, HEIGHT, 8, 6, 0, 0, 0)
        data += chunk if kind == b"IDAT" else b""
        at += 12 + length
    raw, stride = zlib.decompress(data), 1 + 4 * WIDTH
    rows = [raw[n * stride : (n + 1) * stride] for n in range(HEIGHT)]
    assert all(row[0] == 0 for row in rows)
    return [[tuple(row[n : n + 4]) for n in range(1, stride, 4)] for row in rows]  # type: ignore[misc]


def counted(places: Iterable[tuple[float, float]]) -> Counter[tuple[int, int]]:
    """How many of ``places``, x and y from 0 to 1, lie at each column and row."""
    return Counter((min(WIDTH - 1, int(x * WIDTH)), min(HEIGHT - 1, int(y * HEIGHT))) for x, y in places)


def test_nothing_is_transparent_all_over() -> None:
    assert all(pixel == (0, 0, 0, 0) for row in pixels(heat_map({})) for pixel in row)


@given(st.lists(st.tuples(Part, Part), max_size=30))
@settings(max_examples=25)
def test_smoothing_loses_and_adds_nothing(places: list[tuple[float, float]]) -> None:
    assert sum(map(sum, smooth(laid_out(counted(places))))) == pytest.approx(len(places))


@given(Part, Part)
@settings(max_examples=25)
def test_the_most_covered_place_is_where_the_pet_was(x: float, y: float) -> None:
    drawn = pixels(heat_map(counted([(x, y)] * 5)))
    cover, row, column = max((pixel[3], r, c) for r, line in enumerate(drawn) for c, pixel in enumerate(line))
    assert cover == STRONGEST
    # Near an edge, where what would spread beyond it is mirrored, the most may lie at the edge itself.
    assert abs(column + 0.5 - x * WIDTH) <= RADIUS + 0.5
    assert abs(row + 0.5 - y * HEIGHT) <= RADIUS + 0.5


def test_a_path_shows_beside_a_favourite_place() -> None:
    path = [(n / 100, 0.2) for n in range(100)]
    drawn = pixels(heat_map(counted([*path, *[(0.5, 0.8)] * 1000])))
    assert drawn[round(0.2 * HEIGHT)][WIDTH // 2][3] > 20
    assert drawn[round(0.8 * HEIGHT)][WIDTH // 2][3] == STRONGEST
    assert drawn[HEIGHT // 2][WIDTH // 4][3] == 0


def luminance(colour: tuple[int, ...]) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = (part / 255 for part in colour)
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("ground", [(248, 243, 234), (33, 29, 25)], ids=["light", "dark"])
@pytest.mark.parametrize("stop", STOPS)
def test_each_colour_stands_out_from_either_page(
    stop: tuple[int, int, int], ground: tuple[int, int, int]
) -> None:
    high, low = sorted((luminance(stop), luminance(ground)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 3, "graphics need 3 (WCAG 2.2, 1.4.11)"


SIGHT = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""How colours look to who lacks a kind of cone (Machado, Oliveira and Fernandes 2009, severity 1)."""


@pytest.mark.parametrize("sight", SIGHT.values(), ids=SIGHT)
def test_the_colour_blind_tell_a_little_from_most(sight: tuple[tuple[float, ...], ...]) -> None:
    def seen(colour: tuple[int, ...]) -> list[float]:
        return [sum(w * part for w, part in zip(row, colour, strict=True)) for row in sight]

    little, most = seen(STOPS[0]), seen(STOPS[-1])
    assert sum((a - b) ** 2 for a, b in zip(little, most, strict=True)) ** 0.5 > 100


def test_painting_is_measured_by_the_largest() -> None:
    assert paint([[0.0, 4.0]]) == paint([[0.0, 400.0]])
