"""YOLOX (Apache-2.0), in ONNX as its authors publish it."""

import numpy as np
from cv2.typing import MatLike

from vision.detectors.canvas import letterbox, planes
from vision.detectors.choice import distinct, likely
from vision.detectors.classes import Kinds
from vision.detectors.found import Found
from vision.detectors.network import Network, Plane, other_layout, picture_size

_STRIDES = (8, 16, 32)
_LARGEST = 8.0  # of the exponent: a box of 3,000 cells, before a broken model overflows


class Yolox:
    """Takes blue, green and red from 0 to 255; gives for each cell of three grids the place of a box in cells
    (its centre, and the logarithm of its size), whether there is something, and what (Ge et al., YOLOX, 2021;
    its ``demo_postprocess``).
    """

    def __init__(self, network: Network, kinds: Kinds, classes: int, *, sure: float) -> None:
        """``classes`` is how many the model has; raises ``BadModel`` for a model of another layout."""
        self._network = network
        self._kinds = kinds
        self._sure = sure
        self._width, self._height = picture_size(network, "yolox")
        self._corners_of_cells, self._strides = self._grids()
        shape = (len(self._strides), 5 + classes)
        fitting = [port.name for port in network.outputs if port.shape[1:] == shape]
        if not fitting:
            raise other_layout(network, "yolox", f"an output of 1 × {shape[0]} × {shape[1]}")
        self._output = fitting[0]

    def detect(self, picture: MatLike) -> list[Found]:
        """See ``Detector.detect``."""
        canvas = letterbox(picture, self._width, self._height)
        tensor = planes(canvas.pixels, (0, 0, 0), (1, 1, 1))
        table = self._network.run({self._network.inputs[0].name: tensor}, [self._output])[0][0]
        candidates = likely(table[:, 5:] * table[:, 4:5], self._kinds, self._sure)
        corners = [self._corners(row, table[row, :4]) for row, _label, _score in candidates]
        return distinct(candidates, corners, canvas)

    def _corners(self, cell: int, place: Plane) -> list[float]:
        """Left, top, right and bottom in pixels of the canvas."""
        stride = self._strides[cell]
        x, y = (place[:2] + self._corners_of_cells[cell]) * stride
        width, height = np.exp(np.minimum(place[2:], _LARGEST)) * stride
        return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]

    def _grids(self) -> tuple[Plane, Plane]:
        corners, strides = [], []
        for stride in _STRIDES:
            y, x = np.mgrid[: self._height // stride, : self._width // stride]
            corners.append(np.stack((x.ravel(), y.ravel()), 1))
            strides.append(np.full(x.size, stride))
        return np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)
