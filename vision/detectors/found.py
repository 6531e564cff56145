"""What a detector finds, and what it promises."""

from dataclasses import dataclass
from typing import Protocol

from cv2.typing import MatLike

from influx.schema import PERSON
from vision.motion import Box

__all__ = ["PERSON", "PET", "BadModel", "Detector", "Found"]

PET = "pet"


class BadModel(Exception):
    """The model cannot be used; says which file and why."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something the model sees, with its score (0-1) and its box in parts of the picture it was given."""

    label: str
    score: float
    box: Box


class Detector(Protocol):
    """Finds pets and persons in a picture."""

    def detect(self, picture: MatLike) -> list[Found]:
        """What is in ``picture`` (blue, green, red), surest first."""
        ...
