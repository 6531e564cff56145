"""Cut-outs from photographs of a pet, where no motion tells the pet from the room."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from cv2.typing import MatLike

from vision.config import DetectorSection
from vision.detectors import PET, open_detector
from vision.identity.crops import Crop, fitted
from vision.motion import Box

_LONGEST = 256  # pixels a side at which the animal is told from what is behind it
_MIDDLE = Box(0.1, 0.1, 0.9, 0.9)  # where people put what they photograph
_ROUNDS = 4
_LEAST = 0.08  # part of the box that must be the animal; less is a mistake


class NoPortrait(ValueError):
    """A file is no photograph that can be used; says which and why."""


def portrait(file: Path, find: Callable[[MatLike], Box | None] = lambda _picture: None) -> Crop:
    """The pet in the photograph ``file``; raises ``NoPortrait``.

    It is where ``find`` says or, where that finds none, in the middle of the picture. What belongs to it is
    told by GrabCut (Rother, Kolmogorov and Blake, 2004).
    """
    try:
        data = np.fromfile(file, np.uint8)
    except OSError as error:
        raise NoPortrait(f"{file} cannot be read ({(error.strerror or 'error').lower()})") from None
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:  # one that says it has a milliard pixels
        picture = None
    if picture is None:
        raise NoPortrait(f"{file} is no picture that can be read; JPEG, PNG and WebP can")
    scale = _LONGEST / max(picture.shape[:2])
    box = find(picture) or _MIDDLE
    if scale < 1:
        height, width = picture.shape[:2]
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return cut(picture, box)


def finder(section: DetectorSection) -> Callable[[MatLike], Box | None]:
    """What finds the pet in a photograph by the model of ``section``, or nothing where it has none.

    Raises ``BadModel``.
    """
    if section.model is None:
        return lambda _picture: None
    detector = open_detector(section).detector
    return lambda picture: next((one.box for one in detector.detect(picture) if one.label == PET), None)


def cut(picture: MatLike, box: Box) -> Crop:
    """The animal in ``box`` of ``picture``, which is blue, green, red and not large."""
    height, width = picture.shape[:2]
    left, top = min(int(box.left * width), width - 2), min(int(box.top * height), height - 2)
    right, bottom = max(round(box.right * width), left + 2), max(round(box.bottom * height), top + 2)
    mask = _animal(picture, (left, top, right - left, bottom - top))
    within = np.s_[top:bottom, left:right]
    return fitted(np.ascontiguousarray(picture[within]), np.ascontiguousarray(mask[within]))


def _animal(picture: MatLike, box: tuple[int, int, int, int]) -> MatLike:
    left, top, width, height = box
    covered = np.zeros(picture.shape[:2], np.uint8)
    try:
        cv2.setRNGSeed(0)  # the same photograph, the same cut-out
        cv2.grabCut(
            picture,
            covered,
            box,
            np.zeros((1, 65)),
            np.zeros((1, 65)),
            _ROUNDS,
            cv2.GC_INIT_WITH_RECT,
        )
    except cv2.error:  # a box around everything leaves nothing to tell the animal from
        covered[:] = cv2.GC_BGD
    mask = np.where((covered == cv2.GC_FGD) | (covered == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    if cv2.countNonZero(mask) < _LEAST * width * height:
        middle = (left + width // 2, top + height // 2)
        cv2.ellipse(mask, middle, (width * 2 // 5, height * 2 // 5), 0, 0, 360, (255,), cv2.FILLED)
    return mask
