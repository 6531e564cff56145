"""What detectors are tried on: the real model beside the repository, and pictures with a bright block."""

import numpy as np
from cv2.typing import MatLike

from tests.vision.shared import shared
from vision.config import DetectorSection
from vision.detectors import Detector, open_detector
from vision.motion import Box

COLOURS = {"blue": 0, "green": 1, "red": 2}


def nanodet_section() -> DetectorSection:
    return DetectorSection(model=shared("models/nanodet_m.onnx"), layout="nanodet")


def nanodet_here() -> Detector:
    return open_detector(nanodet_section()).detector


def with_block(width: int, height: int, colour: str, box: Box) -> MatLike:
    """A dark picture in which ``box`` is bright in one colour."""
    picture = np.zeros((height, width, 3), np.uint8)
    rows = slice(round(box.top * height), round(box.bottom * height))
    picture[rows, round(box.left * width) : round(box.right * width), COLOURS[colour]] = 255
    return picture
