"""Paints scenes, and tells what of each pet can be seen."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.world.acts import Pose, poses
from benchmarks.world.light import Sensor
from benchmarks.world.poses import GROUND, Posture, drawn, frame_of
from benchmarks.world.rooms import BEHIND_WALL, Thing, painted
from benchmarks.world.scenes import Scene
from vision.cameras.paint import Picture, Planes, lay, overlap, planes_of

_STEPS = 96  # sizes of a sprite are whole parts of the full one, so that few need keeping
_BODY = 160  # cover above that is the pet; below lies its shadow on the floor
_COVERING = ("sofa", "armchair", "chest")


@dataclass(frozen=True, slots=True)
class Seen:
    """What of one pet can be seen at one moment, in parts of the picture."""

    part: float
    """Of the pet: 0 where it is hidden, 1 where all of it is there."""
    x: float
    y: float
    box: tuple[float, float, float, float]


class _Sprite(NamedTuple):
    planes: Planes
    body: Picture
    ground: int


@dataclass(frozen=True, slots=True)
class _Cover:
    """What hides who stands farther away than ``y``: a mask of the whole picture."""

    thing: Thing | None
    y: float
    mask: Picture
    half: Picture


class Stage:
    """Paints the moments of one scene, in its own size or another (both even). Owned by one thread."""

    def __init__(self, scene: Scene, width: int = 0, height: int = 0) -> None:
        self._scene = scene
        self._width, self._height = width, height = width or scene.width, height or scene.height
        small = cv2.resize(painted(scene.room), (width, height), interpolation=cv2.INTER_AREA)
        self._empty = cv2.cvtColor(small, cv2.COLOR_BGR2YUV_I420)
        self._covers = list(self._covering())
        self._sensor = Sensor(scene.light, width, height)

    def picture(self, at: float) -> tuple[Picture, dict[int, Seen]]:
        """The picture ``at`` that second as rows of yuv420p, and what can be seen of each visit's pet.

        Moments must be asked for in order of time for the same noise each time.
        """
        picture = self._empty.copy()
        seen = {}
        for number, pose in poses(self._scene.visits, at):
            found = self._lay(picture, pose)
            if found is not None:
                seen[number] = found
        return self._sensor.take(picture, at), seen

    def seen(self, at: float) -> dict[int, Seen]:
        """What can be seen of each visit's pet, without a picture."""
        found = ((number, self._look(pose)[0]) for number, pose in poses(self._scene.visits, at))
        return {number: seen for number, seen in found if seen is not None}

    def _covering(self) -> Iterator[_Cover]:
        room = self._scene.room
        for thing in room.things:
            mask = np.zeros((self._height, self._width), np.uint8)
            left, top, right, bottom = room.box(thing)
            spot = (round(left * self._width), round(top * self._height))
            end = (round(right * self._width) - 1, round(bottom * self._height) - 1)
            cv2.rectangle(mask, spot, end, (255,), cv2.FILLED)
            if thing.kind == "door":
                yield _Cover(thing, BEHIND_WALL, cv2.bitwise_not(mask), cv2.bitwise_not(mask[::2, ::2]))
            elif thing.kind in _COVERING:
                yield _Cover(thing, thing.y, mask, mask[::2, ::2].copy())

    def _look(self, pose: Pose) -> tuple[Seen | None, _Sprite, int, int, list[_Cover]]:
        size = pose.animal.build * self._scene.room.view.metre(pose.y) / 0.3125 * self._width / 1280
        tilt = 0
        if pose.posture is Posture.LEAP:
            tilt = round(math.degrees(math.atan2(pose.slope, 1.5)) / 10) * 10
        sprite = _sprite(
            pose.animal.name,
            pose.posture,
            frame_of(pose.posture, pose.phase),
            pose.facing,
            max(8, round(size * _STEPS)),
            tilt,
        )
        metre = self._scene.room.view.metre(pose.y) * self._width
        left = round((pose.x * self._width - sprite.planes.y.shape[1] / 2) / 2) * 2
        top = round((pose.y * self._height - pose.lift * metre - sprite.ground) / 2) * 2
        covers = [cover for cover in self._covers if pose.y < cover.y and not self._on(pose, cover)]
        body = np.zeros((self._height, self._width), bool)
        inside = overlap(body.shape, sprite.body.shape, left, top)
        whole = cv2.countNonZero(sprite.body)
        if inside is None or not whole:
            return None, sprite, left, top, covers
        rows, columns = inside
        placed = body[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
        placed[:] = sprite.body[rows, columns] > 0
        for cover in covers:
            body &= cover.mask == 0
        shown = int(np.count_nonzero(body))
        if not shown:
            return None, sprite, left, top, covers
        x, y, wide, tall = cv2.boundingRect(body.astype(np.uint8))
        box = (
            x / self._width,
            y / self._height,
            (x + wide) / self._width,
            (y + tall) / self._height,
        )
        return (
            Seen(shown / whole, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box),
            sprite,
            left,
            top,
            covers,
        )

    def _on(self, pose: Pose, cover: _Cover) -> bool:
        """Whether it is on top of what else would hide it, or in the air before it."""
        return pose.lift > 0.01 and cover.thing is not None and abs(cover.thing.y - pose.y) < 0.05

    def _lay(self, picture: Picture, pose: Pose) -> Seen | None:
        seen, sprite, left, top, covers = self._look(pose)
        height, width = self._height, self._width
        shape = (height // 2, width // 2)
        planes = (
            picture[:height],
            picture[height : height + height // 4].reshape(shape),
            picture[height + height // 4 :].reshape(shape),
        )
        paints, (full, half) = sprite.planes[:3], sprite.planes[3:]
        before = [plane.copy() for plane in planes] if covers else []
        for number, (plane, paint, keep) in enumerate(zip(planes, paints, (full, half, half), strict=True)):
            shift = 1 if number else 0
            lay(plane, paint, keep, left >> shift, top >> shift)
            for cover in covers:
                np.copyto(plane, before[number], where=(cover.half if shift else cover.mask) > 0)
        return seen


@lru_cache(maxsize=400)
def _sprite(name: str, posture: Posture, frame: int, facing: int, size: int, tilt: int) -> _Sprite:
    colour, cover = drawn(name, posture, frame)
    ground = GROUND * size / _STEPS
    if tilt:
        height, width = cover.shape
        turn = cv2.getRotationMatrix2D((width / 2, 130), tilt, 1)
        colour, cover = (
            cv2.warpAffine(colour, turn, (width, height)),
            cv2.warpAffine(cover, turn, (width, height)),
        )
    if facing < 0:
        colour, cover = cv2.flip(colour, 1), cv2.flip(cover, 1)
    height, width = (max(4, round(side * size / _STEPS / 2) * 2) for side in cover.shape)
    planes = planes_of(colour, cover, width, height)
    body = (cv2.bitwise_not(planes.keeps) > _BODY).astype(np.uint8)
    return _Sprite(planes, body, round(ground))
