"""Tells a shadow, or a patch of light, from a thing: under a shadow the floor goes on.

A shadow multiplies what lies under it by a factor that changes slowly from place to place. So the fine
texture of the background, times that factor, must be found again in the picture: the normalised correlation
of the two tells (as in Jacques, Jung and Musse, "Background subtraction and shadow detection in grayscale
video sequences", 2005). Where the background has no texture that stands out of the noise, what covers it
evenly to within that noise is taken for a shadow too: fur never is that even.
"""

import cv2
import numpy as np
from cv2.typing import MatLike

_WAYS = (
    (9, (9, 9)),
    (3, (9, 9)),
    (3, (5, 5)),
)  # pixels: the rim left out, and what is coarser is light, what is finer texture:
# once for shadows with a middle, once for those whose edges are nearly everywhere
_RIMS = (9, 150), (5, 60), (3, 20)  # pixels: a rim of half as many is left out where so many remain
_FEWEST, _FEW = 20, 60  # pixels: fewer cannot be judged, fewer only where the texture is clear
_WHITE = 250  # grey levels; above, a camera has no texture left to show
_LIGHT = (0.2, 3.0)  # factors that a shadow or a patch of light may have
_KEPT, _SURE = 0.6, 0.85  # of the correlation that noise leaves to a texture that is all there
_VISIBLE, _CLEAR = 0.45, 0.6  # correlation that noise must leave, for a texture to tell anything
_CHANCE = 8.0  # over the root of the number of pixels: four deviations of what chance gives blurred noise
_QUIET = (
    2.5  # grey levels of noise up to which evenness tells anything: infrared light comes from the camera,
)
# and casts no shadow that it could see
_EVEN, _ROUNDING = 1.3, 0.7  # times the noise, and grey levels: how uneven a shadow on a plain floor may be
_PLAIN = (0.45, 0.95), (1.05, 1.6)  # factors that an even cover of a plain floor may have
_SLOPE = 0.15  # deviation of the factor from place to place, relative to itself


def is_shadow(now: MatLike, then: MatLike, mask: MatLike, noise: float) -> bool:
    """Whether what covers ``mask`` (0 or 255) in ``now`` is only another light on ``then``.

    ``now`` is 8-bit luma, ``then`` the background there in float32, ``noise`` the standard deviation of a
    pixel in grey levels. What is too small to be judged is no shadow.
    """
    seen = cv2.bitwise_and(mask, cv2.inRange(now, np.array(0), np.array(_WHITE)))
    return any(_only_light(now, then, _core(seen, rim), noise, detail) for rim, detail in _WAYS)


def _core(mask: MatLike, most: int) -> MatLike:
    """``mask`` without its rim, where a shadow fades: at ``most`` so much of it as leaves enough to judge."""
    for rim, enough in _RIMS:
        if rim <= most:
            core = cv2.erode(mask, np.ones((rim, rim), np.uint8))
            if cv2.countNonZero(core) >= enough:
                return core
    return mask


def _only_light(now: MatLike, then: MatLike, core: MatLike, noise: float, detail: tuple[int, int]) -> bool:
    """The same of the pixels in ``core``, with what is finer than ``detail`` as texture."""
    pixels = cv2.countNonZero(core)
    if pixels < _FEWEST:
        return False
    weight = cv2.threshold(core, 0, 1, cv2.THRESH_BINARY)[1].astype(np.float32)
    around = np.maximum(cv2.blur(weight, detail), 1e-3)
    inside = core > 0
    picture = now.astype(np.float32)
    light_now = (cv2.blur(picture * weight, detail) / around)[inside]
    light_then = np.maximum((cv2.blur(then * weight, detail) / around)[inside], 4.0)
    factor = light_now / light_then
    middle = float(factor.mean())
    if not _LIGHT[0] <= middle <= _LIGHT[1]:
        return False
    expected = (then[inside] - light_then) * factor
    found = picture[inside] - light_now
    texture = float(np.mean(expected * expected))
    left = (texture / (texture + noise * noise + 1e-6)) ** 0.5
    if left >= (_VISIBLE if pixels >= _FEW else _CLEAR) and texture >= 1:
        both = float(np.mean(expected * found))
        alike = both / (texture * float(np.mean(found * found)) + 1e-6) ** 0.5
        return bool(alike >= max(_KEPT * left, min(_CHANCE / pixels**0.5, _SURE * left)))
    uneven = float(np.mean((found - expected) ** 2)) ** 0.5
    return (
        noise <= _QUIET
        and any(low <= middle <= high for low, high in _PLAIN)
        and uneven <= _EVEN * noise + _ROUNDING
        and float(factor.std()) <= _SLOPE * middle
    )
