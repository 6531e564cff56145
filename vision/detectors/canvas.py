"""A picture made to fit a model, and the way back from the model's pixels to parts of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from vision.motion import Box

Plane = npt.NDArray[np.float32]
GREY = 114
"""What fills the rest of a letterboxed picture, as YOLOX and NanoDet were trained."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a model is shown; the picture takes ``across`` by ``down`` of its pixels, from the top left."""

    pixels: MatLike
    across: float
    down: float

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Corners in pixels of the canvas as parts of the picture, cut off at its edges."""
        sides = (left / self.across, top / self.down, right / self.across, bottom / self.down)
        return Box(*(min(max(float(side), 0.0), 1.0) for side in sides))


def letterbox(picture: MatLike, width: int, height: int) -> Canvas:
    """``picture`` as large as it fits, its shape kept; grey beside or below it."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    across = min(max(round(picture.shape[1] * scale), 1), width)
    down = min(max(round(picture.shape[0] * scale), 1), height)
    pixels = np.full((height, width, 3), GREY, np.uint8)
    pixels[:down, :across] = _resized(picture, across, down)
    return Canvas(pixels, across, down)


def stretch(picture: MatLike, width: int, height: int) -> Canvas:
    """``picture`` pulled to that size whatever its shape, as the DETR family is trained."""
    return Canvas(_resized(picture, width, height), width, height)


def planes(pixels: MatLike, mean: Sequence[float], deviation: Sequence[float]) -> Plane:
    """``pixels`` as 1 × channels × rows × columns, each channel less its ``mean``, by its ``deviation``.

    Channel by channel: an array whose rows are of three is six times as slow to reckon with.
    """
    tensor = np.empty((1, pixels.shape[2], *pixels.shape[:2]), np.float32)
    for channel, (middle, spread) in enumerate(zip(mean, deviation, strict=True)):
        plane = tensor[0, channel]
        np.subtract(pixels[:, :, channel], np.float32(middle), out=plane)
        plane *= np.float32(1 / spread)
    return tensor


def _resized(picture: MatLike, width: int, height: int) -> MatLike:
    smaller = width < picture.shape[1]
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
