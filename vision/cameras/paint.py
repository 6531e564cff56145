"""Shapes with soft light on them, for painted rooms and their pets, and how sprites are laid on a picture."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from cv2.typing import MatLike

Picture = MatLike
Colour = tuple[float, float, float]
"""Blue, green, red, 0 to 255."""
Coating = Callable[[int, int, int, int], MatLike]
"""Gives the colours of an area of a sprite's fine pixels: its top, its left, its height and width."""
Spot = tuple[float, float]
Knot = tuple[float, float, float]
"""A place, and how thick a stroke is there (its radius)."""

FINE = 2
"""Sprites are drawn this many times as large as they are shown, for smooth edges."""
_MARGIN = 8  # pixels around a part, so that its edge is seen as one


def smooth(knots: Sequence[Knot], steps: int = 14) -> MatLike:
    """A Catmull-Rom curve through ``knots``: rows of x, y, radius."""
    given = np.array([knots[0], *knots, knots[-1]], float)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(given, given[1:], given[2:], given[3:], strict=False)
    ]
    return np.vstack([*pieces, given[-1:]])


def stroke(shape: tuple[int, int], knots: Sequence[Knot]) -> Picture:
    """Mask of a stroke that swells and thins along ``knots``."""
    mask = np.zeros(shape, np.uint8)
    for x, y, radius in smooth(knots):
        cv2.circle(
            mask, (round(x * 16), round(y * 16)), round(radius * 16), (255,), cv2.FILLED, cv2.LINE_AA, 4
        )
    return mask


def patch(shape: tuple[int, int], corners: Sequence[Spot]) -> Picture:
    """Mask of a polygon."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(np.array(corners) * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)
    return mask


def round_light(mask: Picture, roundness: float) -> MatLike:
    """Light from above and a little from the left on ``mask`` taken as a cushion, about 0.5 to 1.2.

    The distance to the edge, rounded off, is the cushion's height; its slope tells how it faces the light
    (Lambert's law).
    """
    away = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 5)
    height = roundness * np.sqrt(1 - (1 - np.minimum(away / roundness, 1)) ** 2)
    height = cv2.GaussianBlur(height.astype(np.float32), (0, 0), 2.5)
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    facing = (0.30 * across + 0.72 * down + 0.62) / np.sqrt(across**2 + down**2 + 1)
    return np.asarray(0.58 + 0.62 * np.clip(facing, 0, 1), np.float32)


class Sprite:
    """A picture with transparency, painted part by part from back to front."""

    def __init__(self, width: int, height: int) -> None:
        self.shape = (height * FINE, width * FINE)
        self._painted = np.zeros((*self.shape, 4), np.uint8)  # colours times cover, and cover

    def lay(self, mask: Picture, colour: Colour | Coating, *, roundness: float = 0, cover: float = 1) -> None:
        """Paint ``colour`` where ``mask`` is, lit as a cushion where ``roundness`` (its height) is given."""
        left, top, width, height = cv2.boundingRect(mask)
        if not width:
            return
        rows = slice(max(top - _MARGIN, 0), top + height + _MARGIN)
        columns = slice(max(left - _MARGIN, 0), left + width + _MARGIN)
        part = mask[rows, columns].astype(np.float32) * (cover / 255)
        paint = np.full((*part.shape, 4), 255, np.float32)
        if callable(colour):
            paint[..., :3] = colour(rows.start, columns.start, part.shape[0], part.shape[1])
        else:
            paint[..., :3] = colour
        if roundness:
            paint[..., :3] *= round_light(mask[rows, columns], roundness)[..., None]
        under = self._painted[rows, columns]
        # In place: these are the largest arrays of a camera process.
        paint -= under
        paint *= part[..., None]
        paint += under
        paint += 0.5
        under[:] = np.clip(paint, 0, 255, out=paint)

    def done(self) -> tuple[Picture, Picture]:
        """The colours (already multiplied by the cover) and the cover, at the size they are shown."""
        size = (self.shape[1] // FINE, self.shape[0] // FINE)
        small = cv2.resize(self._painted, size, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(small[..., :3]), np.ascontiguousarray(small[..., 3])


class Planes(NamedTuple):
    """A sprite as it is laid on: each plane times its cover, and what the room keeps (255: all)."""

    y: Picture
    u: Picture
    v: Picture
    keeps: Picture
    keeps_half: Picture


def planes_of(colour: Picture, cover: Picture, width: int, height: int) -> Planes:
    """A sprite of so many pixels, both even; ``colour`` (blue, green, red) is multiplied by ``cover``."""
    colour = cv2.resize(colour, (width, height), interpolation=cv2.INTER_AREA)
    cover = cv2.resize(cover, (width, height), interpolation=cv2.INTER_AREA)
    plain = np.clip(colour * (255 / np.maximum(cover, 1))[..., None], 0, 255).astype(np.uint8)
    planes = cv2.cvtColor(plain, cv2.COLOR_BGR2YUV_I420)
    u, v = planes[height:].reshape(2, height // 2, width // 2)
    half = cv2.resize(cover, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return Planes(
        cv2.multiply(planes[:height], cover, scale=1 / 255),
        cv2.multiply(u, half, scale=1 / 255),
        cv2.multiply(v, half, scale=1 / 255),
        cv2.bitwise_not(cover),
        cv2.bitwise_not(half),
    )


def overlap(
    plane: tuple[int, ...], sprite: tuple[int, ...], left: int, top: int
) -> tuple[slice, slice] | None:
    """Rows and columns of a sprite that lie inside a plane, both told by their shapes; None where none do."""
    rows = slice(max(-top, 0), min(sprite[0], plane[0] - top))
    columns = slice(max(-left, 0), min(sprite[1], plane[1] - left))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    return rows, columns


def lay(plane: Picture, sprite: Picture, keeps: Picture, left: int, top: int) -> None:
    """Lay what lies inside the plane on it."""
    inside = overlap(plane.shape, sprite.shape, left, top)
    if inside is None:
        return
    rows, columns = inside
    part = plane[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
    part[:] = cv2.add(cv2.multiply(part, keeps[rows, columns], scale=1 / 255), sprite[rows, columns])
