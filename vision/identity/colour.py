"""The colours of a coat as numbers, and whether a picture has any: by infrared light it has none."""

import av
import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from vision.identity.crops import Crop

Vector = npt.NDArray[np.float32]
"""What one cut-out looks like; of length 1: two are from 0 (the same) to 1.41 (nothing alike) apart."""

_CHROMA_BINS, _CHROMA_REACH = 16, 64  # across and down the plane of a and b; levels to either side of grey
_LIGHT_BINS = 12
_LIGHT_WEIGHT = 0.35
"""Part of a vector that is how light the coat is: it parts black from white, but a lamp changes it."""
_LEAST_PIXELS = 60
_TINT = 0.25  # levels of chroma a level of luma: a tint is no stronger, and a room of two colours may be
_SMALL = (64, 36)
_COLOURLESS = 2.0  # levels of 8-bit chroma that light does not explain; noise and compression stay below
_PLANAR_420 = ("yuv420p", "yuvj420p")


def signature(crop: Crop) -> Vector | None:
    """The coat's colours: histograms of CIE L*a*b*, chroma and lightness apart, as square roots.

    The distance of two is Hellinger's times the square root of 2 (Bhattacharyya, 1943), which bins that only
    a few pixels fall into hardly move. None where too few pixels are the animal's. The room does not count.
    """
    lab = cv2.cvtColor(crop.picture, cv2.COLOR_BGR2Lab)
    if cv2.countNonZero(crop.mask) < _LEAST_PIXELS:
        return None
    low, high = 128 - _CHROMA_REACH, 128 + _CHROMA_REACH
    lab[..., 1:] = np.clip(lab[..., 1:], low, high - 1)
    chroma = cv2.calcHist([lab], [1, 2], crop.mask, [_CHROMA_BINS] * 2, [low, high, low, high])
    light = cv2.calcHist([lab], [0], crop.mask, [_LIGHT_BINS], [0, 256])
    # A little blur: a shade that falls beside the edge of a bin must not be another colour.
    chroma = cv2.GaussianBlur(chroma, (5, 5), 1.0, borderType=cv2.BORDER_REPLICATE)
    light = cv2.GaussianBlur(light, (1, 5), 1.0, borderType=cv2.BORDER_REPLICATE)
    parts = [(chroma, 1 - _LIGHT_WEIGHT), (light, _LIGHT_WEIGHT)]
    joined = np.concatenate([np.sqrt(part.ravel() * (share / part.sum())) for part, share in parts])
    return joined.astype(np.float32)


def has_colour(frame: av.VideoFrame) -> bool:
    """Whether ``frame`` was taken by light that shows colours; one by infrared light was not.

    A camera without an infrared filter gives such pictures one tint, the stronger the lighter: what counts
    is chroma that does not follow from luma.
    """
    if frame.format.name not in _PLANAR_420:
        return picture_has_colour(frame.to_ndarray(format="bgr24"))
    planes = []
    for plane, shift in zip(frame.planes, (0, 1, 1), strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        planes.append(rows[: frame.height >> shift, : frame.width >> shift])
    return _is_coloured(*planes)


def picture_has_colour(picture: MatLike) -> bool:
    """The same of a picture in blue, green, red."""
    luma, red, blue = cv2.split(cv2.cvtColor(_small(picture), cv2.COLOR_BGR2YCrCb))
    return _is_coloured(luma, blue, red)


def _is_coloured(luma: MatLike, blue: MatLike, red: MatLike) -> bool:
    light = _small(luma).astype(np.float32).ravel()
    light -= light.mean()
    power = float(light @ light)
    away = np.zeros_like(light)
    for plane in (blue, red):
        chroma = _small(plane).astype(np.float32).ravel()
        chroma -= chroma.mean()
        if power > 0:
            slope = float(light @ chroma) / power
            chroma -= light * min(max(slope, -_TINT), _TINT)
        away = np.maximum(away, np.abs(chroma))
    among = round(away.size * 0.9)
    return float(np.partition(away, among)[among]) > _COLOURLESS


def _small(plane: MatLike) -> MatLike:
    """``plane`` at ``_SMALL`` pixels: means over many, so that noise does not count as colour."""
    step = max(1, min(plane.shape[1] // (4 * _SMALL[0]), plane.shape[0] // (4 * _SMALL[1])))
    return cv2.resize(plane[::step, ::step], _SMALL, interpolation=cv2.INTER_AREA)
