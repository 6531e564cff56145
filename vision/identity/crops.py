"""Cut-outs of one animal: a small picture of it, and which of its pixels are the animal and not the room."""

from collections.abc import Sequence
from dataclasses import dataclass

import av
import cv2
import numpy as np
from cv2.typing import MatLike

from vision.cutout import cut_out, square_around
from vision.motion import Box, Plane

SIDE = 96
"""Pixels a side of a cut-out: what tells two coats apart is there, and a hundred of them take 400 kB."""

_AROUND = 1.1  # a cut-out so many times the animal's longer side
_LEAST_SIDE = 16  # pixels of the frame
_LEAST_MASK = 25  # pixels of motion's mask that must be the animal
_KEPT_BY_EDGE = 0.4  # part of a mask that must be left without its edge, or the edge stays
_QUALITY = 92
_EDGE = np.ones((3, 3), np.uint8)


class BadCrops(ValueError):
    """What should hold cut-outs does not."""


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """One look at one animal; ``SIDE`` by ``SIDE`` pixels of blue, green, red."""

    picture: MatLike
    mask: MatLike
    """255 where the animal is, else 0."""


def crop_of(frame: av.VideoFrame, box: Box, foreground: Plane) -> Crop | None:
    """The animal in ``box`` of ``frame``, by ``foreground``: 255 where something moves, of any size.

    None where too little of it is to be seen.
    """
    left, top, right, bottom = square_around(box, frame.width, frame.height, times=_AROUND, least=_LEAST_SIDE)
    rows, columns = foreground.shape
    within = np.zeros_like(foreground)
    inside = np.s_[
        int(box.top * rows) : round(box.bottom * rows), int(box.left * columns) : round(box.right * columns)
    ]
    within[inside] = foreground[inside]
    part = within[
        round(top * rows / frame.height) : max(round(bottom * rows / frame.height), 1),
        round(left * columns / frame.width) : max(round(right * columns / frame.width), 1),
    ]
    pixels = cv2.countNonZero(part) if part.size else 0
    if pixels < _LEAST_MASK:
        return None
    inner = cv2.erode(part, _EDGE)  # half of an edge's pixels are the room's
    if cv2.countNonZero(inner) >= max(_KEPT_BY_EDGE * pixels, _LEAST_MASK):
        part = inner
    return fitted(cut_out(frame, (left, top, right, bottom)), part)


def fitted(picture: MatLike, mask: MatLike) -> Crop:
    """``picture`` with its ``mask``, whatever their sizes, as a cut-out: aspect kept, the rest left grey."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = np.full((SIDE, SIDE, 3), 114, np.uint8)
    covered = np.zeros((SIDE, SIDE), np.uint8)
    shrunk = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    canvas[: size[1], : size[0]] = shrunk
    smooth = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)
    covered[: size[1], : size[0]] = cv2.threshold(smooth, 127, 255, cv2.THRESH_BINARY)[1]
    return Crop(canvas, covered)


def encode(crops: Sequence[Crop]) -> bytes:
    """The cut-outs as one JPEG that people can look at: the pictures in a row, their masks below.

    Raises ``BadCrops`` where there are none.
    """
    if not crops:
        raise BadCrops("there is no cut-out to keep")
    above = np.hstack([crop.picture for crop in crops])
    below = cv2.cvtColor(np.hstack([crop.mask for crop in crops]), cv2.COLOR_GRAY2BGR)
    full_colour = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    done, encoded = cv2.imencode(
        ".jpg", np.vstack([above, below]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY, *full_colour]
    )
    if not done:
        raise BadCrops("the cut-outs make no JPEG")
    return encoded.tobytes()


def decode(data: bytes) -> list[Crop]:
    """The cut-outs that ``encode`` wrote; raises ``BadCrops``."""
    try:
        sheet = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    except cv2.error:  # one that says it has a milliard pixels
        sheet = None
    if sheet is None or sheet.shape[0] != 2 * SIDE or sheet.shape[1] % SIDE:
        raise BadCrops("is no sheet of cut-outs")
    masks = cv2.threshold(np.ascontiguousarray(sheet[SIDE:, :, 1]), 127, 255, cv2.THRESH_BINARY)[1]
    return [
        Crop(
            np.ascontiguousarray(sheet[:SIDE, left : left + SIDE]),
            np.ascontiguousarray(masks[:, left : left + SIDE]),
        )
        for left in range(0, sheet.shape[1], SIDE)
    ]
