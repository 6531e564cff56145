"""Parts of a picture, cut out for who looks at them."""

import av
import cv2
import numpy as np
from cv2.typing import MatLike

from vision.motion import Box


def square_around(
    box: Box, width: int, height: int, *, times: float, least: int
) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in pixels: a square ``times`` the longer side of ``box``, ``least`` pixels at
    least, moved to lie inside the picture of ``width`` by ``height``.

    Less than a square where the picture is no larger; whole even numbers, as chroma at half the size needs.
    """
    side = times * max((box.right - box.left) * width, (box.bottom - box.top) * height)
    side = round(max(side, least)) // 4 * 4
    wide, high = min(side, width // 4 * 4), min(side, height // 4 * 4)
    left = round((box.left + box.right) / 2 * width - wide / 2)
    top = round((box.top + box.bottom) / 2 * height - high / 2)
    left, top = min(max(left, 0), width - wide) // 2 * 2, min(max(top, 0), height - high) // 2 * 2
    return left, top, left + wide, top + high


def cut_out(frame: av.VideoFrame, area: tuple[int, int, int, int]) -> MatLike:
    """That part of ``frame`` in blue, green, red; of planar 4:2:0 only that part is converted."""
    left, top, right, bottom = area
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        return np.ascontiguousarray(frame.to_ndarray(format="bgr24")[top:bottom, left:right])
    parts = []
    for number, plane in enumerate(frame.planes):
        shift = 1 if number else 0
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        part = rows[top >> shift : bottom >> shift, left >> shift : right >> shift]
        parts.append(part.reshape(-1, right - left))
    return cv2.cvtColor(np.vstack(parts), cv2.COLOR_YUV2BGR_I420)
