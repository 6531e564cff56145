"""Pets and persons in a picture, by an ONNX model."""

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from vision.motion import Box

PET, PERSON = "pet", "person"

SURE = 0.35
"""Least score that counts; on 60 photos of cats and dogs the pet had it in 55."""


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


class NanoDet:
    """NanoDet (Apache-2.0) with COCO's 80 classes, in ONNX.

    Takes 416 by 416 pixels, letterboxed; gives for strides of 8, 16 and 32 pixels the classes' scores and,
    for each side of a box, how likely each of some distances (in strides) is; the expected one counts
    (Li et al., Generalized Focal Loss, 2020).
    """

    SIDE = 416
    STRIDES = (8, 16, 32)
    MEAN = np.array((103.53, 116.28, 123.675), np.float32)
    STD = np.array((57.375, 57.12, 58.395), np.float32)
    LABELS = MappingProxyType({0: PERSON, 14: PET, 15: PET, 16: PET})
    """COCO's person, bird, cat and dog. The animals are one class: a cat is often taken for a dog."""

    def __init__(self, model: Path) -> None:
        """Load ``model``; raises ``BadModel``."""
        try:
            import onnxruntime  # heavy and optional
        except ImportError:
            raise BadModel(f"{model} needs onnxruntime; install Hutch with the extra `models`") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        if not model.is_file():
            raise BadModel(f"the model {model} is no file")
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no common base class
            raise BadModel(f"the model {model} cannot be loaded: {str(error).splitlines()[0]}") from None
        self._input = self._session.get_inputs()[0].name
        self._pairs = self._outputs(model)

    def _outputs(self, model: Path) -> list[tuple[str, str]]:
        """Names of scores and distances, stride by stride; told apart by their shapes."""
        by_cells: dict[Any, dict[bool, str]] = {}
        for output in self._session.get_outputs():
            shape = output.shape
            if len(shape) == 3:
                by_cells.setdefault(shape[1], {})[shape[2] == 80] = output.name
        cells = [(self.SIDE // stride) ** 2 for stride in self.STRIDES]
        if any(set(by_cells.get(count, ())) != {True, False} for count in cells):
            raise BadModel(f"the model {model} is no NanoDet for {self.SIDE} pixels and COCO's 80 classes")
        return [(by_cells[count][True], by_cells[count][False]) for count in cells]

    def detect(self, picture: MatLike) -> list[Found]:
        """What is in ``picture``; see ``Detector.detect``."""
        height, width = picture.shape[:2]
        scale = self.SIDE / max(height, width)
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        canvas = np.full((self.SIDE, self.SIDE, 3), 114, np.uint8)
        canvas[: small.shape[0], : small.shape[1]] = small[: self.SIDE, : self.SIDE]
        tensor = ((canvas.astype(np.float32) - self.MEAN) / self.STD).transpose(2, 0, 1)[None]
        names = [name for pair in self._pairs for name in pair]
        outputs = self._session.run(names, {self._input: np.ascontiguousarray(tensor)})
        labels, scores, corners = [], [], []
        for stride, classes, distances in zip(self.STRIDES, outputs[::2], outputs[1::2], strict=True):
            for cell, label, score in self._sure(classes[0]):
                labels.append(label)
                scores.append(score)
                corners.append(self._corners(cell, distances[0][cell], stride))
        return self._distinct(labels, scores, corners, (width * scale, height * scale))

    def _sure(self, classes: npt.NDArray[np.float32]) -> list[tuple[int, str, float]]:
        """Cells in which one of the labels is sure enough."""
        wanted = list(self.LABELS)
        best = classes[:, wanted].argmax(1)
        scores = classes[np.arange(len(classes)), np.array(wanted)[best]]
        cells = np.flatnonzero(scores >= SURE)
        return [(int(cell), self.LABELS[wanted[best[cell]]], float(scores[cell])) for cell in cells]

    def _corners(self, cell: int, sides: npt.NDArray[np.float32], stride: int) -> list[float]:
        """Left, top, width and height in pixels of the canvas."""
        likely = np.exp(sides.reshape(4, -1) - sides.max())
        likely /= likely.sum(1, keepdims=True)
        left, top, right, bottom = likely @ np.arange(likely.shape[1]) * stride
        row, column = divmod(cell, self.SIDE // stride)
        x, y = (column + 0.5) * stride, (row + 0.5) * stride
        return [x - left, y - top, left + right, top + bottom]

    def _distinct(
        self, labels: list[str], scores: list[float], corners: list[list[float]], size: tuple[float, float]
    ) -> list[Found]:
        if not scores:
            return []
        kept = [int(index) for index in np.ravel(cv2.dnn.NMSBoxes(corners, scores, SURE, 0.6))]
        found = []
        for index in sorted(kept, key=lambda index: -scores[index]):
            left, top, width, height = corners[index]
            sides = (left / size[0], top / size[1], (left + width) / size[0], (top + height) / size[1])
            box = Box(*(min(max(float(side), 0.0), 1.0) for side in sides))
            found.append(Found(labels[index], scores[index], box))
        return found
