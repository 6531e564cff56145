"""Pictures of strangers, decoded in a process of its own: ``python -m vision.retouch still|over``.

Reads standard input and writes a picture that OpenCV made anew to standard output, so that nothing but
pixels comes through: no EXIF, no place where a photograph was taken. What a decoder does with a malicious
file, or what memory it takes, ends with this process. ``vision.photos`` starts it.
"""

import struct
import sys

import cv2
import numpy as np
from cv2.typing import MatLike

WIDEST = 1600
"""Pixels of the longer side that are kept: they fill a screen, and no recognition looks at more."""
QUALITY = 88
_OVER_WIDEST = 640


class NoPicture(ValueError):
    """Bytes that no picture can be made of."""


def still(data: bytes) -> bytes:
    """The JPEG or PNG ``data``, upright as its EXIF says, as a JPEG of at most ``WIDEST`` pixels a side."""
    return _encoded(".jpg", _within(_decoded(data), WIDEST), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def over(picture: bytes, layer: bytes) -> bytes:
    """``layer``, a PNG with transparency, stretched over ``picture``, as PNG."""
    ground = _within(_decoded(picture), _OVER_WIDEST)
    high, wide = ground.shape[:2]
    top = _decoded(layer, cv2.IMREAD_UNCHANGED).astype(np.float32)
    # Colours times their cover: the black of what is transparent must not bleed into them.
    top[:, :, :3] *= top[:, :, 3:] / 255
    wide_top = cv2.resize(top, (wide, high), interpolation=cv2.INTER_LINEAR)
    mixed = wide_top[:, :, :3] + ground * (1 - wide_top[:, :, 3:] / 255)
    return _encoded(".png", np.clip(mixed, 0, 255).astype(np.uint8), [cv2.IMWRITE_PNG_COMPRESSION, 6])


def _decoded(data: bytes, how: int = cv2.IMREAD_COLOR) -> MatLike:
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), how) if data else None
    except cv2.error:
        image = None
    if image is None:
        raise NoPicture
    return image


def _within(image: MatLike, widest: int) -> MatLike:
    high, wide = image.shape[:2]
    if max(high, wide) <= widest:
        return image
    scale = widest / max(high, wide)
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _encoded(suffix: str, image: MatLike, how: list[int]) -> bytes:
    done, packed = cv2.imencode(suffix, image, how)
    if not done:
        raise NoPicture
    return packed.tobytes()


def main() -> None:
    """Retouch what standard input holds; ends with 1 where that is no picture."""
    cv2.setNumThreads(1)
    given = sys.stdin.buffer.read()
    try:
        if sys.argv[1:] == ["still"]:
            made = still(given)
        else:
            (length,) = struct.unpack(">I", given[:4])
            made = over(given[4 : 4 + length], given[4 + length :])
    except NoPicture:
        sys.exit(1)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
