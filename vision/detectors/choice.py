"""What counts of all that a model gives: sure enough, of a class that is wanted, and each thing once."""

from collections.abc import Sequence

import cv2
import numpy as np

from vision.detectors.canvas import Canvas
from vision.detectors.classes import Kinds
from vision.detectors.found import PET, Found
from vision.detectors.network import Plane

OVERLAP = 0.6
"""Two boxes that share more than this part of what both cover are one thing, as NanoDet and YOLOX take it."""


def likely(scores: Plane, kinds: Kinds, sure: float) -> list[tuple[int, str, float]]:
    """The rows of ``scores`` (candidates by classes, 0-1) that are at least ``sure`` of one of ``kinds``.

    Each with what it is and its score.
    """
    wanted = list(kinds)
    best = scores[:, wanted].argmax(1)
    tops = scores[np.arange(len(scores)), np.array(wanted)[best]]
    rows = np.flatnonzero(tops >= sure)
    return [(int(row), kinds[wanted[best[row]]], float(tops[row])) for row in rows]


def distinct(
    candidates: Sequence[tuple[int, str, float]], corners: Sequence[Sequence[float]], canvas: Canvas
) -> list[Found]:
    """The candidates that are things of their own, surest first; ``corners`` (left, top, right, bottom in
    pixels of ``canvas``) go with them, in their order.
    """
    if not candidates:
        return []
    boxes = [
        (left, top, max(right - left, 0.0), max(bottom - top, 0.0)) for left, top, right, bottom in corners
    ]
    scores = [score for _row, _label, score in candidates]
    kept = [int(index) for index in np.ravel(cv2.dnn.NMSBoxes(boxes, scores, 0.0, OVERLAP))]
    kept.sort(key=lambda index: (-scores[index], candidates[index][1] != PET))
    return [Found(candidates[index][1], scores[index], canvas.box(*corners[index])) for index in kept]
