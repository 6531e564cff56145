"""Paints the scripted room straight into YUV planes: the empty room once, then only the cats."""

from functools import lru_cache

import cv2

from vision.cameras.cats import GROUND, cat, frame_of
from vision.cameras.paint import Picture, Planes, lay, planes_of
from vision.cameras.room import room
from vision.cameras.script import Action, Pet, Pose

WIDTH, HEIGHT = 1280, 720

_STEPS = 16  # sizes of a sprite are whole sixteenths of the full one, so that few need keeping


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
            lay(y, planes.y, planes.keeps, left, top)
            lay(u, planes.u, planes.keeps_half, left // 2, top // 2)
            lay(v, planes.v, planes.keeps_half, left // 2, top // 2)
        return picture


@lru_cache(maxsize=24)
def _sprite(pet: Pet, action: Action, frame: int, facing: int, size: int) -> Planes:
    colour, cover = cat(pet, action, frame)
    if facing < 0:
        colour, cover = cv2.flip(colour, 1), cv2.flip(cover, 1)
    height, width = (round(side * size / _STEPS / 2) * 2 for side in cover.shape)
    return planes_of(colour, cover, width, height)
