"""What moves: the luma plane, scaled down and compared with the background it has learnt.

Light that changes at once all over the picture makes the background be learnt anew; shadows and patches of
light are told from things (see ``vision.shadow``) and left out.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import av
import cv2
import numpy as np
from cv2.typing import MatLike

from vision.background import Background
from vision.shadow import is_shadow

cv2.setNumThreads(1)  # at 320 pixels of width threads cost more than they bring

Plane = MatLike
"""A grey picture: rows of 8-bit luma."""

WIDTH = 320
"""Pixels of width at which motion is looked for: a cat at the far wall still has some 20."""

_LEAST_PIXELS = 24  # of 320 by 180: five by five in either direction
_TOUCHING = 9  # pixels; parts of one animal that lie closer are one blob
_JUMP, _FLOOD = 0.35, 0.75  # parts of the picture that differ: more than before, at all
_RAMP = 2.0  # seconds that light, or a camera that follows it, takes to become another
_EVERYWHERE, _SOME = (
    0.6,
    0.15,
)  # parts of the picture's cells with at least so much that differs: that is light
_CELLS = (8, 6)
_GRID = (20, 12)
_DRIFT, _DRIFTING = 0.8, 0.4  # grey levels a look, in that part of the grid: the light is on its way
_JUDGED = 8  # blobs a look, the largest: so many are asked whether they are shadows
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
    look: tuple[float, ...] = ()
    """How its luma is spread: the part of it in each of 16 steps from black to white; empty where unknown."""


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
        self._masked: Plane | None = None
        self._free = np.ones(_GRID[::-1], bool)
        self._looked_at = 1
        self._shape: tuple[int, ...] = ()
        self._reach = cv2.getStructuringElement(cv2.MORPH_RECT, (_TOUCHING, _TOUCHING))
        self._last = -math.inf
        self._before: Plane = np.empty((0, 0), np.uint8)
        self._background = Background()
        self._learning = True
        self._cells: Plane | None = None
        self._drift: Plane | None = None
        self._parts: deque[tuple[float, float]] = deque()
        self.foreground: Plane = np.empty((0, 0), np.uint8)
        """255 in what was not background when blobs were last found, else 0; ``WIDTH`` pixels wide."""

    def look(self, luma: Plane, at: float) -> Look:
        """Look at a picture taken ``at`` (seconds); where times go back, the background is learnt anew."""
        small = cv2.GaussianBlur(scaled_down(luma), (3, 3), 0)
        pause = at - self._last
        self._last = at
        mean = float(cv2.mean(small)[0]) / 255
        if small.shape != self._shape or not 0 <= pause <= _ABSENCE:
            self._begin(small, at, switched=False)
            return Look(mean, 0.0, (), learning=True)
        limit = self._background.limit()
        if self._masked is not None:
            limit = cv2.bitwise_or(limit, self._masked)  # no difference is beyond 255
        changed = _beyond(cv2.absdiff(small, self._before), limit)
        motion = cv2.countNonZero(changed) / self._looked_at
        self._before = small
        if self._learning:
            changing = self._light_changes(small) or motion > _JUMP
            self._learning = not self._background.learn(small, at, motion, changing=changing)
            return Look(mean, motion, (), learning=True)
        self._background.follow_light(small, self._masked)
        foreground = _beyond(self._background.difference(small), limit)
        if self._light_changes(small) or self._light_jumped(foreground, at):
            self._begin(small, at, switched=True)
            return Look(mean, motion, (), learning=True)
        self.foreground = foreground
        blobs, covered, shaded = self._blobs(foreground, changed, small)
        self._background.adapt(small, covered, shaded, pause, at)
        return Look(mean, motion, blobs, learning=False)

    def accept(self, boxes: Sequence[Box]) -> None:
        """Take what is inside ``boxes`` at the last look as background from now on."""
        height, width = self._shape
        for box in boxes:
            rows = slice(int(box.top * height), math.ceil(box.bottom * height))
            columns = slice(int(box.left * width), math.ceil(box.right * width))
            self._background.accept(self._before, (rows, columns))

    def _begin(self, small: Plane, at: float, *, switched: bool) -> None:
        if small.shape != self._shape and self._masks:
            self._masked = masked(self._masks, small.shape[1], small.shape[0])
            self._free = cv2.resize(self._masked, _GRID, interpolation=cv2.INTER_AREA) == 0
        hidden = cv2.countNonZero(self._masked) if self._masked is not None else 0
        self._looked_at = max(small.size - hidden, 1)
        self._shape = small.shape
        self._background.begin(small, at, switched=switched)
        self._before = small
        self._parts.clear()
        if not switched:
            self._cells = self._drift = None
        self._learning = True

    def _light_changes(self, small: Plane) -> bool:
        """Whether the picture goes on changing everywhere in the way it did at the last look.

        Noise goes to and fro, and what moves is in a few places; a lamp that warms up, a camera that turns to
        infrared, and its exposure after that go on for some looks. What changes all of the picture by one
        factor or step is no part of it: the background follows that, and a camera that flickers is no lamp.
        """
        cells = cv2.resize(small, _GRID, interpolation=cv2.INTER_AREA)[self._free].astype(np.float32)
        before, self._cells = self._cells, cells
        if before is None or not cells.size:
            return False
        factor = float(np.median(cells / np.maximum(before, 8.0)))
        step = float(np.median(cells - before))
        drift, last = np.stack((cells - before * factor, cells - before - step)), self._drift
        self._drift = drift
        if last is None:
            return False
        same = (drift * last > 0) & (np.minimum(np.abs(drift), np.abs(last)) > _DRIFT)
        return bool(same.mean(axis=1).min() > _DRIFTING)

    def _light_jumped(self, foreground: Plane, at: float) -> bool:
        """Whether so much differs, and did not shortly before, that it is the light."""
        part = cv2.countNonZero(foreground) / self._looked_at
        while self._parts and at - self._parts[0][0] > _RAMP:
            self._parts.popleft()
        last = self._parts[-1][1] if self._parts else 0.0
        least = min((one for _at, one in self._parts), default=0.0)
        self._parts.append((at, part))
        if part > _FLOOD or part - last > _JUMP:
            return True
        return part - least > _JUMP and self._is_everywhere(foreground)

    def _is_everywhere(self, foreground: Plane) -> bool:
        """Whether it is spread over the picture, as light is; a cat before the lens is in one place."""
        cells = cv2.resize(foreground, _CELLS, interpolation=cv2.INTER_AREA)
        return bool(np.mean(cells >= _SOME * 255) >= _EVERYWHERE)

    def _blobs(
        self, foreground: Plane, changed: Plane, small: Plane
    ) -> tuple[tuple[Blob, ...], Plane, Plane]:
        """The blobs, the mask of what they cover, and that of the shadows that were left out."""
        covered = np.zeros(foreground.shape, np.uint8)
        shaded = np.zeros(foreground.shape, np.uint8)
        if not cv2.countNonZero(foreground):
            return (), covered, shaded
        joined = cv2.dilate(foreground, self._reach)
        contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        blobs = []
        for rank, contour in enumerate(sorted(contours, key=cv2.contourArea, reverse=True)):
            left, top, width, height = cv2.boundingRect(contour)
            around = np.s_[top : top + height, left : left + width]
            if cv2.countNonZero(foreground[around]) < _LEAST_PIXELS:
                continue
            shadow = rank < _JUDGED and self._is_shadow(small, foreground, around)
            cv2.drawContours(shaded if shadow else covered, [contour], 0, (255,), cv2.FILLED)
            if not shadow:
                blobs.append(self._blob(left, top, foreground[around], changed[around], small[around]))
        return tuple(sorted(blobs, key=lambda blob: -blob.area)), covered, shaded

    def _is_shadow(self, small: Plane, foreground: Plane, around: tuple[slice, slice]) -> bool:
        noise = min(self._background.noise(around), self._background.noise())
        return is_shadow(small[around], self._background.average[around], foreground[around], noise)

    def _blob(self, left: int, top: int, part: Plane, changed: Plane, luma: Plane) -> Blob:
        pixels = cv2.countNonZero(part)
        x, y, width, height = cv2.boundingRect(part)
        moments = cv2.moments(part, binaryImage=True)
        stirred = cv2.moments(cv2.bitwise_and(part, changed), binaryImage=True)
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
            area=pixels / (rows * columns),
            moving=moving / pixels,
            stir_x=(left + stirred["m10"] / moving + 0.5) / columns if moving else math.nan,
            stir_y=(top + stirred["m01"] / moving + 0.5) / rows if moving else math.nan,
            look=tuple((np.bincount(luma[part > 0] // 16, minlength=16) / pixels).tolist()),
        )


def _beyond(difference: Plane, limit: Plane) -> Plane:
    """Mask (0 or 255) of the pixels whose ``difference`` is beyond ``limit``, without single specks."""
    return cv2.medianBlur(cv2.compare(difference, limit, cv2.CMP_GT), 3)
