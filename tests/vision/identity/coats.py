"""Animals without a shape of their own: a patch of one coat in a room, as frames, crops and masks."""

import av
import numpy as np
from cv2.typing import MatLike

from vision.identity.crops import SIDE, Crop
from vision.motion import Box, Plane

Colour = tuple[int, int, int]
"""Blue, green, red."""
GINGER: Colour = (60, 130, 215)
BLACK: Colour = (45, 42, 40)
WHITE: Colour = (225, 228, 230)
GREEN: Colour = (80, 140, 90)
"""Of a meadow; no pet's."""

BOX = Box(0.4, 0.4, 0.55, 0.65)


def picture(coat: Colour, *, room: Colour = GREEN, box: Box = BOX, seed: int = 0) -> MatLike:
    """A room of 1280 by 720 pixels with noise and a patch of ``coat`` in ``box``."""
    shown = np.empty((720, 1280, 3), np.int16)
    shown[:] = room
    shown[:, :640] += 12
    shown[int(box.top * 720) : round(box.bottom * 720), int(box.left * 1280) : round(box.right * 1280)] = coat
    noise = np.random.default_rng(seed).integers(-6, 7, shown.shape)
    seen: MatLike = np.clip(shown + noise, 0, 255).astype(np.uint8)
    return seen


def frame(shown: MatLike, form: str = "yuv420p") -> av.VideoFrame:
    """``shown`` as a camera gives it."""
    return av.VideoFrame.from_ndarray(shown.astype(np.uint8), format="bgr24").reformat(format=form)


def by_night(shown: MatLike, tint: tuple[float, float, float] = (1, 1, 1)) -> av.VideoFrame:
    """``shown`` by infrared light, in one ``tint`` (blue, green, red) where the camera has no filter."""
    grey = shown.mean(2, keepdims=True) * np.array(tint)
    return frame(np.clip(grey, 0, 255).astype(np.uint8))


def foreground(box: Box = BOX) -> Plane:
    """What motion says of it."""
    plane = np.zeros((180, 320), np.uint8)
    plane[int(box.top * 180) : round(box.bottom * 180), int(box.left * 320) : round(box.right * 320)] = 255
    return plane


def crop(coat: Colour, *, room: Colour = GREEN, seed: int = 0) -> Crop:
    """A cut-out of ``coat``: the patch in the middle of a room."""
    noise = np.random.default_rng(seed)
    shown = np.empty((SIDE, SIDE, 3), np.int16)
    shown[:] = room
    shown[24:72, 24:72] = coat
    shown += noise.integers(-6, 7, shown.shape, dtype=np.int16)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[24:72, 24:72] = 255
    return Crop(np.clip(shown, 0, 255).astype(np.uint8), mask)
