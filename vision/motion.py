"""What moves: the luma plane, scaled down and compared with the background it has learnt.

The background is a running average of each pixel with a running mean deviation beside it, so that a pixel
that flickers by nature needs more than a quiet one to count. The picture's own light is followed first
(by the median of the pixels' ratios), so that clouds, dusk and a camera's automatic exposure move nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import av
import cv2
import numpy as np
from cv2.typing import MatLike

cv2.setNumThreads(1)  # at 320 pixels of width threads cost more than they bring

Plane = MatLike
"""A grey picture: rows of 8-bit luma."""

WIDTH = 320
"""Pixels of width at which motion is looked for: a cat at the far wall still has some 20."""

_FLOOR = 9.0  # grey levels; below that lie compression and the noise of a lit sensor
_DEVIATIONS = 4.5  # of the mean absolute deviation: 3.6 sigma of normal noise, before specks are removed
_LEAST_PIXELS = 24  # of 320 by 180: five by five in either direction
_TOUCHING = 9  # pixels; parts of one animal that lie closer are one blob
_MEMORY = 10.0  # seconds until the background has taken over 63 % of a change
_SETTLED, _SETTLING = 1.0, 3.0  # seconds: least and most spent learning a new background
_JUMP, _FLOOD = 0.35, 0.75  # parts of the picture that differ: within one look, at all
_ABSENCE = 5.0  # seconds without a look after which the background is old

_PLANAR = ("yuv4", "yuvj4", "nv12", "nv21", "gray")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in parts of the picture, from 0 to 1; ``top`` is above ``bottom``."""

    left: float
    top: float
    right: float
    bottom: float

    def union(self, other: "Box") -> "Box":
        """The smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def overlap(self, other: "Box") -> float:
        """The area that both cover, as a part of the picture."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(across, 0.0) * max(down, 0.0)

    def gap(self, other: "Box") -> float:
        """How far apart the two are along the axis that parts them; 0 where they touch or overlap."""
        across = max(self.left - other.right, other.left - self.right)
        down = max(self.top - other.bottom, other.top - self.bottom)
        return max(across, down, 0.0)


@dataclass(frozen=True, slots=True)
class Blob:
    """A connected part of the picture that is not the background."""

    box: Box
    x: float
    """Its centre of mass across, 0 left to 1 right."""
    y: float
    """Its centre of mass down, 0 top to 1 bottom."""
    area: float
    """Part of the picture that it covers."""
    moving: float
    """Part of it that changed since the last look: nothing where it only stands there."""
    stir_x: float = math.nan
    """The centre of what changed in it since the last look, across the picture; NaN where nothing did."""
    stir_y: float = math.nan
    """The same, down the picture."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a picture showed."""

    luma: float
    """Mean brightness, 0 black to 1 white."""
    motion: float
    """Part of the picture that changed since the last look, 0 to 1."""
    blobs: tuple[Blob, ...]
    """What is not background, largest first; none while a background is being learnt."""
    learning: bool
    """Whether the background is being learnt: at the start, and after the light has changed at once."""


def luma_of(frame: av.VideoFrame) -> Plane:
    """The frame's luma as a view on its first plane (no copy) or, for packed formats, as a converted copy."""
    name = frame.format.name
    if not name.startswith(_PLANAR) or name.endswith(("le", "be")):
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]


def scaled_down(luma: Plane, width: int = WIDTH) -> Plane:
    """``luma`` at ``width`` pixels of width, aspect kept; each pixel is the mean of those it stands for.

    Halving by area is vectorised in OpenCV and eight times as fast as one step of the whole ratio.
    """
    while luma.shape[1] >= 2 * width:
        luma = _resized(luma, luma.shape[1] // 2, max(1, luma.shape[0] // 2))
    if luma.shape[1] == width:
        return luma
    return _resized(luma, width, max(1, round(luma.shape[0] * width / luma.shape[1])))


def _resized(luma: Plane, width: int, height: int) -> Plane:
    return cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)


def masked(masks: Sequence[Sequence[tuple[float, float]]], width: int, height: int) -> Plane:
    """255 in the pixels that ``masks`` (polygons in parts of the picture) cover or touch, else 0."""
    plane = np.zeros((height, width), np.uint8)
    for corners in masks:
        scaled = np.array(corners) * (width, height) - 0.5  # the middle of a pixel has whole coordinates
        cv2.fillPoly(plane, [np.round(scaled).astype(np.int32)], (255,))
    return plane


class Motion:
    """Learns the background of one camera and tells what is not part of it. Owned by one thread."""

    def __init__(self, masks: Sequence[Sequence[tuple[float, float]]] = ()) -> None:
        """Nothing within ``masks`` (polygons in parts of the picture) is looked at."""
        self._masks = tuple(masks)
        self._masked: Plane = np.empty((0, 0), np.uint8)
        self._looked_at = 1
        self._shape: tuple[int, ...] = ()
        self._specks = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
        self._reach = cv2.getStructuringElement(cv2.MORPH_RECT, (_TOUCHING, _TOUCHING))
        self._last = -math.inf
        self._before: Plane = np.empty((0, 0), np.uint8)
        self.foreground: Plane = np.empty((0, 0), np.uint8)
        """255 in what was not background when blobs were last found, else 0; ``WIDTH`` pixels wide."""

    def look(self, luma: Plane, at: float) -> Look:
        """Look at a picture taken ``at`` (seconds); times must not go back."""
        small = cv2.GaussianBlur(scaled_down(luma), (3, 3), 0)
        pause = at - self._last
        self._last = at
        mean = float(cv2.mean(small)[0]) / 255
        if small.shape != self._shape or pause > _ABSENCE:
            self._begin(small, at)
            return Look(mean, 0.0, (), learning=True)
        limit = cv2.convertScaleAbs(self._deviation, alpha=_DEVIATIONS, beta=_FLOOR)
        if self._masks:
            limit = cv2.bitwise_or(limit, self._masked)  # no difference is beyond 255
        changed = self._beyond(small, self._before, limit)
        motion = cv2.countNonZero(changed) / self._looked_at
        self._before = small
        if self._learning_since is not None:
            self._learn(small, at, motion)
            return Look(mean, motion, (), learning=True)
        self._follow_light(small)
        foreground = self._beyond(small, cv2.convertScaleAbs(self._background), limit)
        if self._light_jumped(foreground):
            self._begin(small, at)
            return Look(mean, motion, (), learning=True)
        self.foreground = foreground
        blobs, covered = self._blobs(foreground, changed)
        self._adapt(small, covered, 1 - math.exp(-pause / _MEMORY))
        return Look(mean, motion, blobs, learning=False)

    def accept(self, boxes: Sequence[Box]) -> None:
        """Take what is inside ``boxes`` at the last look as background from now on."""
        height, width = self._shape
        for box in boxes:
            rows = slice(int(box.top * height), math.ceil(box.bottom * height))
            columns = slice(int(box.left * width), math.ceil(box.right * width))
            self._background[rows, columns] = self._before[rows, columns]

    def _begin(self, small: Plane, at: float) -> None:
        if small.shape != self._shape:
            self._masked = masked(self._masks, small.shape[1], small.shape[0])
            self._looked_at = max(small.size - cv2.countNonZero(self._masked), 1)
        self._shape = small.shape
        self._background = small.astype(np.float32)
        self._deviation = np.zeros(small.shape, np.float32)
        self._before = small
        self._covered_part = 0.0
        self._learning_since: float | None = at
        self._learnt = 1

    def _learn(self, small: Plane, at: float, motion: float) -> None:
        """Average the first pictures; longer where the light (or the exposure) is still on its way."""
        assert self._learning_since is not None
        spent = at - self._learning_since
        if motion > _JUMP:
            self._background = small.astype(np.float32)
            self._learnt = 1
        self._learnt += 1
        self._update(small, 1 / self._learnt, None)
        if (spent >= _SETTLED and motion < 0.02) or spent >= _SETTLING:
            self._learning_since = None

    def _follow_light(self, small: Plane) -> None:
        """Multiply the background by the median ratio of now to before: one grain in sixteen will do."""
        ratios = (small[::4, ::4] / np.maximum(self._background[::4, ::4], 8.0)).ravel()
        if self._masks:
            ratios = ratios[self._masked[::4, ::4].ravel() == 0]
        middle = ratios.size // 2
        if not middle:
            return
        ratio = float(np.partition(ratios, middle)[middle])  # np.median loads 10 MB of masked arrays first
        if 0.7 < ratio < 1.4 and abs(ratio - 1) > 0.004:
            self._background *= ratio

    def _beyond(self, now: Plane, then: Plane, limit: Plane) -> Plane:
        """Mask (0 or 255) of the pixels that differ by more than ``limit``, without single specks."""
        differs = cv2.compare(cv2.absdiff(now, then), limit, cv2.CMP_GT)
        return cv2.medianBlur(differs, 3)

    def _light_jumped(self, foreground: Plane) -> bool:
        part = cv2.countNonZero(foreground) / self._looked_at
        jumped = part - self._covered_part > _JUMP or part > _FLOOD
        self._covered_part = part
        return jumped

    def _blobs(self, foreground: Plane, changed: Plane) -> tuple[tuple[Blob, ...], Plane]:
        """The blobs, and the mask of what they cover."""
        covered = np.zeros(foreground.shape, np.uint8)
        if not cv2.countNonZero(foreground):
            return (), covered
        joined = cv2.dilate(foreground, self._reach)
        contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        blobs = []
        for index, contour in enumerate(contours):
            blob = self._blob(cv2.boundingRect(contour), foreground, changed)
            if blob is not None:
                blobs.append(blob)
                cv2.drawContours(covered, contours, index, (255,), cv2.FILLED)
        return tuple(sorted(blobs, key=lambda blob: -blob.area)), covered

    def _blob(self, where: Sequence[int], foreground: Plane, changed: Plane) -> Blob | None:
        left, top, width, height = where
        around = np.s_[top : top + height, left : left + width]
        part = foreground[around]
        pixels = cv2.countNonZero(part)
        if pixels < _LEAST_PIXELS:
            return None
        x, y, width, height = cv2.boundingRect(part)
        moments = cv2.moments(part, binaryImage=True)
        stirred = cv2.moments(cv2.bitwise_and(part, changed[around]), binaryImage=True)
        moving = stirred["m00"]
        rows, columns = self._shape
        return Blob(
            Box(
                (left + x) / columns,
                (top + y) / rows,
                (left + x + width) / columns,
                (top + y + height) / rows,
            ),
            x=(left + moments["m10"] / moments["m00"] + 0.5) / columns,
            y=(top + moments["m01"] / moments["m00"] + 0.5) / rows,
            area=pixels / foreground.size,
            moving=moving / pixels,
            stir_x=(left + stirred["m10"] / moving + 0.5) / columns if moving else math.nan,
            stir_y=(top + stirred["m01"] / moving + 0.5) / rows if moving else math.nan,
        )

    def _adapt(self, small: Plane, covered: Plane, rate: float) -> None:
        self._update(small, rate, cv2.bitwise_not(covered))

    def _update(self, small: Plane, rate: float, where: Plane | None) -> None:
        away = cv2.absdiff(small, cv2.convertScaleAbs(self._background))
        cv2.accumulateWeighted(away, self._deviation, rate, where)
        cv2.accumulateWeighted(small, self._background, rate, where)
