"""A real face, and a scene in which somebody with that face walks through a painted room."""

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from cv2.typing import MatLike

from tests.needs import lacking
from vision.cameras.painter import Painter
from vision.faces.finder import Dlib, NoFaces

PORTRAIT = Path(__file__).with_name("collins.jpg")
"""Eileen Collins; README.md says where it is from."""


def portrait() -> MatLike:
    return np.asarray(cv2.imread(str(PORTRAIT)))


@pytest.fixture(scope="session")
def dlib_faces() -> Dlib:
    try:
        return Dlib()
    except NoFaces as error:
        lacking(str(error))


def walk(looks: int, *, face: bool = True) -> Iterator[av.VideoFrame]:
    """Three looks at the empty room, then somebody comes in from the left, faces the camera and walks on."""
    room = cv2.cvtColor(np.asarray(Painter().paint([]), np.uint8), cv2.COLOR_YUV2BGR_I420)
    figure = np.empty((560, 240, 3), np.uint8)
    chance = np.random.default_rng(5)
    figure[:] = cv2.resize(chance.integers(20, 220, (35, 15, 3), np.uint8), (240, 560))
    if face:
        figure[:240] = portrait()
    for look in range(-3, looks):
        picture = room.copy()
        if look >= 0:
            left = 60 + look * 18 % 900
            picture[120:680, left : left + 240] = figure
        yield av.VideoFrame.from_ndarray(np.asarray(picture, np.uint8), format="bgr24").reformat(
            format="yuv420p"
        )
