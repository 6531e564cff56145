"""A model tried out on this machine: whether it can be used, on what it runs, and how long a look takes."""

import statistics
import time
from dataclasses import dataclass

import numpy as np

from vision.config import DetectorSection
from vision.detectors import PET, open_detector
from vision.naming import A_SECOND, TOO_SLOW

_SIDE = 288
"""Pixels of the pictures that it is shown: as a cut-out around a cat in the middle of a room has."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a model is here. ``median`` and ``longest`` are the seconds that a look takes."""

    layout: str
    provider: str
    pets: int
    median: float
    longest: float

    @property
    def too_slow(self) -> bool:
        """Whether a camera would go on without it."""
        return self.median > TOO_SLOW

    @property
    def a_second(self) -> float:
        """The looks a second that a camera can have, of the most it asks for."""
        return min(1 / max(self.median, 1e-6), A_SECOND)


def try_out(section: DetectorSection, *, looks: int = 20) -> Trial:
    """Load the model of ``section`` and have it look ``looks`` times at a picture of noise.

    Raises ``BadModel``, and whatever a broken model raises when it runs.
    """
    opened = open_detector(section)
    picture = np.random.default_rng(0).integers(0, 255, (_SIDE, _SIDE, 3), np.uint8)
    opened.detector.detect(picture)  # the first look makes room, and is no measure
    seconds = []
    for _look in range(looks):
        began = time.perf_counter()
        opened.detector.detect(picture)
        seconds.append(time.perf_counter() - began)
    pets = sum(kind == PET for kind in opened.kinds.values())
    return Trial(
        section.layout or "", opened.network.provider, pets, statistics.median(seconds), max(seconds)
    )
