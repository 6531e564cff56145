"""Faces in a picture, and the numbers that tell one person from another, by dlib."""

import importlib.util
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

Encoding = npt.NDArray[np.float64]
"""128 numbers for a face. Less than 0.6 apart is the same person: true of 99.38 % of the pairs of pictures in
Labeled Faces in the Wild (dlib's face_recognition_model_v1)."""
LENGTH = 128

SURE = 0.5
"""Least score of a face: a portrait at seven sizes had 1.2 and more, what was none in it 0.15 and less."""
LIVE_PIXELS = 640 * 360
"""Pixels of the picture that is searched: 20 ms on a PC, for a face of 80 of them or more."""
PHOTO_PIXELS = 1280 * 960
_LARGEST = 2.0
"""Most that a small picture is made larger: a face of 40 pixels is found, below is nothing to be known."""
_PACKAGE = "face_recognition_models"


class NoFaces(Exception):
    """Faces cannot be looked for; one sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face, how sure it is to be one, and its encoding."""

    score: float
    encoding: Encoding


class Finder(Protocol):
    """Finds faces in a picture."""

    def find(self, picture: MatLike, *, most: int, pixels: int = LIVE_PIXELS) -> list[Face]:
        """At most ``most`` faces in ``picture`` (blue, green, red), surest first.

        A larger one is searched at ``pixels`` pixels, and smaller faces are passed over.
        """
        ...


class Dlib:
    """dlib's frontal face detector (HOG), five landmarks and its residual network.

    Raises ``NoFaces`` where the extra ``faces`` is not installed. Takes about 50 MB once loaded.
    """

    def __init__(self) -> None:
        folder = weights()
        try:
            import dlib  # heavy and optional
        except ImportError:
            raise NoFaces(_MISSING) from None
        try:
            self._detector = dlib.get_frontal_face_detector()
            self._landmarks = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
            self._network = dlib.face_recognition_model_v1(
                str(folder / "dlib_face_recognition_resnet_model_v1.dat")
            )
        except RuntimeError as error:
            raise NoFaces(f"the weights in {folder} cannot be loaded: {error}") from None
        self._rectangle = dlib.rectangle

    def find(self, picture: MatLike, *, most: int, pixels: int = LIVE_PIXELS) -> list[Face]:
        """See ``Finder.find``."""
        height, width = picture.shape[:2]
        scale = min(math.sqrt(pixels / (height * width)), _LARGEST)
        whole = np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        searched = whole
        if scale != 1:
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            searched = np.ascontiguousarray(cv2.resize(whole, None, fx=scale, fy=scale, interpolation=how))
        boxes, scores, _kinds = self._detector.run(searched, 0, SURE)
        found = sorted(zip(scores, boxes, strict=True), key=lambda one: -one[0])[:most]
        faces = []
        for score, box in found:
            sides = (box.left(), box.top(), box.right(), box.bottom())
            box_in_whole = self._rectangle(*(round(side / scale) for side in sides))
            numbers = self._network.compute_face_descriptor(whole, self._landmarks(whole, box_in_whole))
            faces.append(Face(float(score), np.asarray(numbers, np.float64)))
        return faces


def weights() -> Path:
    """The folder of the weights; raises ``NoFaces`` where they are not installed.

    The package that carries them is never imported: it exits the process where setuptools is newer than 81.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NoFaces(_MISSING)
    return Path(spec.submodule_search_locations[0]) / "models"


_MISSING = "faces need the extra `faces`; install it with: pip install 'hutch-monitor[faces]'"
