"""NanoDet and NanoDet-Plus (Apache-2.0), in ONNX."""

import math
from collections.abc import Sequence

import numpy as np
from cv2.typing import MatLike

from vision.detectors.canvas import letterbox, planes
from vision.detectors.choice import distinct, likely
from vision.detectors.classes import Kinds
from vision.detectors.found import Found
from vision.detectors.network import Network, Plane, other_layout, picture_size

MEAN, STD = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
"""Of blue, green and red (0-255), by which its pictures are normalised."""
_STRIDES = (8, 16, 32)
_PLUS_STRIDES = (*_STRIDES, 64)


class NanoDet:
    """Gives for each cell of a few grids the classes' scores and, for each side of a box, how likely each of
    some distances (in cells) is; the expected one counts (Li et al., Generalized Focal Loss, 2020).

    The outputs are one for all grids, scores and distances beside each other, as its authors export it; or a
    pair for each grid. A box is measured from the middle of its cell; in NanoDet-Plus, which has a fourth
    grid, from the cell's corner (its ``get_single_level_center_priors``).
    """

    def __init__(self, network: Network, kinds: Kinds, classes: int, *, sure: float) -> None:
        """``classes`` is how many the model has; raises ``BadModel`` for a model of another layout."""
        self._network = network
        self._kinds = kinds
        self._classes = classes
        self._sure = sure
        self._width, self._height = picture_size(network, "nanodet")
        self._outputs, strides = self._arranged()
        self._centres, self._cells = self._grids(strides, 0.0 if len(strides) == len(_PLUS_STRIDES) else 0.5)

    def detect(self, picture: MatLike) -> list[Found]:
        """See ``Detector.detect``."""
        canvas = letterbox(picture, self._width, self._height)
        tensor = planes(canvas.pixels, MEAN, STD)
        outputs = self._network.run({self._network.inputs[0].name: tensor}, self._outputs)
        table = _joined([output[0] for output in outputs])
        candidates = likely(table[:, : self._classes], self._kinds, self._sure)
        corners = [self._corners(row, table[row, self._classes :]) for row, _label, _score in candidates]
        return distinct(candidates, corners, canvas)

    def _corners(self, cell: int, sides: Plane) -> list[float]:
        """Left, top, right and bottom in pixels of the canvas."""
        odds = np.exp(sides.reshape(4, -1) - sides.max())
        odds /= odds.sum(1, keepdims=True)
        left, top, right, bottom = odds @ np.arange(odds.shape[1]) * self._cells[cell]
        x, y = self._centres[cell]
        return [x - left, y - top, x + right, y + bottom]

    def _count(self, stride: int) -> int:
        return math.ceil(self._width / stride) * math.ceil(self._height / stride)

    def _arranged(self) -> tuple[list[str], Sequence[int]]:
        """The outputs to ask for, in order, and the strides of their grids."""
        flat = [port for port in self._network.outputs if len(port.shape) == 3]
        for strides in (_STRIDES, _PLUS_STRIDES):
            for port in flat:
                cells, columns = port.shape[1], (port.shape[2] or 0) - self._classes
                if cells == sum(map(self._count, strides)) and columns >= 8 and columns % 4 == 0:
                    return [port.name], strides
        pairs: list[str] = []
        for stride in _STRIDES:
            there = {
                port.shape[2] == self._classes: port.name
                for port in flat
                if port.shape[1] == self._count(stride)
            }
            pairs += [there[True], there[False]] if len(there) == 2 else []
        if len(pairs) == 2 * len(_STRIDES):
            return pairs, _STRIDES
        raise other_layout(
            self._network,
            "nanodet",
            f"scores of {self._classes} classes and distances for "
            f"{' + '.join(str(self._count(stride)) for stride in _STRIDES)} cells",
        )

    def _grids(self, strides: Sequence[int], middle: float) -> tuple[Plane, Plane]:
        centres, cells = [], []
        for stride in strides:
            rows, columns = math.ceil(self._height / stride), math.ceil(self._width / stride)
            y, x = np.mgrid[:rows, :columns]
            centres.append((np.stack((x.ravel(), y.ravel()), 1) + middle) * stride)
            cells.append(np.full(rows * columns, stride))
        return np.concatenate(centres).astype(np.float32), np.concatenate(cells).astype(np.float32)


def _joined(outputs: Sequence[Plane]) -> Plane:
    """One table of all cells, whether it came whole or as pairs of scores and distances."""
    if len(outputs) == 1:
        return outputs[0]
    pairs = zip(outputs[::2], outputs[1::2], strict=True)
    return np.concatenate([np.concatenate(pair, axis=1) for pair in pairs])
