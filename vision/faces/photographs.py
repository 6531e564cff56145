"""From photographs of a person to encodings; no picture is kept."""

import cv2
import numpy as np

from vision.faces.finder import PHOTO_PIXELS, Encoding, Finder
from vision.photos import NoPicture, clean


class NotAlone(ValueError):
    """A photograph shows no face or several, or cannot be read; says which."""


def encoding_of(finder: Finder, data: bytes) -> Encoding:
    """The face in the JPEG or PNG ``data``, which shows one alone.

    Decoded in a process of its own, as photographs come from anywhere. Raises ``NotAlone``.
    """
    try:
        upright = cv2.imdecode(np.frombuffer(clean(data), np.uint8), cv2.IMREAD_COLOR)
    except NoPicture as error:
        raise NotAlone(f"{str(error)[0].lower()}{str(error)[1:]}") from None
    found = finder.find(np.asarray(upright), most=2, pixels=PHOTO_PIXELS)
    if len(found) != 1:
        raise NotAlone(f"{'several faces are' if found else 'no face is'} seen in it")
    return found[0].encoding
