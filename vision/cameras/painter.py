"""Paints the scripted room straight into YUV planes: the empty room once, then only the cats."""

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from vision.cameras.cats import GROUND, cat, frame_of
from vision.cameras.paint import Picture
from vision.cameras.room import room
from vision.cameras.script import Action, Pet, Pose

WIDTH, HEIGHT = 1280, 720

_STEPS = 16  # sizes of a sprite are whole sixteenths of the full one, so that few need keeping


class _Planes(NamedTuple):
    """A sprite as it is laid on: each plane times its cover, and what the room keeps (255: all)."""

    y: Picture
    u: Picture
    v: Picture
    keeps: Picture
    keeps_half: Picture


class Painter:
    """Paints one frame after another. Owned by one thread."""

    def __init__(self) -> None:
        self._empty = cv2.cvtColor(room(WIDTH, HEIGHT), cv2.COLOR_BGR2YUV_I420)

    def paint(self, poses: list[Pose]) -> Picture:
        """The room with these pets, as the rows of a yuv420p picture: a fresh array each time."""
        picture = self._empty.copy()
        y = picture[:HEIGHT]
        u, v = picture[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
        for pose in poses:
            size = round(_STEPS * (0.28 + 0.80 * pose.y))
            planes = _sprite(pose.pet, pose.action, frame_of(pose), pose.facing, size)
            left = round((pose.x * WIDTH - planes.y.shape[1] / 2) / 2) * 2
            top = round((pose.y * HEIGHT - GROUND * size / _STEPS) / 2) * 2
            _lay(y, planes.y, planes.keeps, left, top)
            _lay(u, planes.u, planes.keeps_half, left // 2, top // 2)
            _lay(v, planes.v, planes.keeps_half, left // 2, top // 2)
        return picture


def _lay(plane: Picture, sprite: Picture, keeps: Picture, left: int, top: int) -> None:
    """Lay what lies inside the plane on it."""
    height, width = plane.shape
    rows = slice(max(-top, 0), min(sprite.shape[0], height - top))
    columns = slice(max(-left, 0), min(sprite.shape[1], width - left))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    part = plane[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
    part[:] = cv2.add(cv2.multiply(part, keeps[rows, columns], scale=1 / 255), sprite[rows, columns])


@lru_cache(maxsize=24)
def _sprite(pet: Pet, action: Action, frame: int, facing: int, size: int) -> _Planes:
    colour, cover = cat(pet, action, frame)
    if facing < 0:
        colour, cover = cv2.flip(colour, 1), cv2.flip(cover, 1)
    height, width = (round(side * size / _STEPS / 2) * 2 for side in cover.shape)
    colour = cv2.resize(colour, (width, height), interpolation=cv2.INTER_AREA)
    cover = cv2.resize(cover, (width, height), interpolation=cv2.INTER_AREA)
    plain = np.clip(colour * (255 / np.maximum(cover, 1))[..., None], 0, 255).astype(np.uint8)
    planes = cv2.cvtColor(plain, cv2.COLOR_BGR2YUV_I420)
    u, v = planes[height:].reshape(2, height // 2, width // 2)
    half = cv2.resize(cover, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return _Planes(
        cv2.multiply(planes[:height], cover, scale=1 / 255),
        cv2.multiply(u, half, scale=1 / 255),
        cv2.multiply(v, half, scale=1 / 255),
        cv2.bitwise_not(cover),
        cv2.bitwise_not(half),
    )
