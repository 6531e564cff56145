"""RF-DETR and D-FINE (Apache-2.0), in ONNX: a few hundred guesses that need no cleaning up."""

from collections.abc import Sequence

import numpy as np
from cv2.typing import MatLike

from vision.detectors.canvas import Canvas, planes, stretch
from vision.detectors.choice import distinct, likely
from vision.detectors.classes import Kinds
from vision.detectors.found import Found
from vision.detectors.network import Network, Plane, Tensor, other_layout, picture_size

IMAGENET = (
    (0.485 * 255, 0.456 * 255, 0.406 * 255),
    (0.229 * 255, 0.224 * 255, 0.225 * 255),
)
"""Mean and deviation of red, green and blue (0-255), by which RF-DETR's pictures are normalised."""
PLAIN = ((0.0, 0.0, 0.0), (255.0, 255.0, 255.0))
"""Nothing but 0 to 1, as D-FINE takes them."""
_BOXES, _LOGITS = ("dets", "pred_boxes"), ("labels", "logits", "pred_logits")
_CHOSEN = ("labels", "boxes", "scores")
_SIZES = "orig_target_sizes"


class RfDetr:
    """Takes red, green and blue, stretched to a square; gives logits of the classes, and boxes by centre and
    size in parts of the picture. The outputs are known by their names, as its authors advise.
    """

    layout = "rf-detr"
    norm: tuple[tuple[float, ...], tuple[float, ...]] = IMAGENET

    def __init__(self, network: Network, kinds: Kinds, classes: int, *, sure: float) -> None:
        """``classes`` is how many the model has; raises ``BadModel`` for a model of another layout."""
        self._network = network
        self._kinds = kinds
        self._sure = sure
        self._width, self._height = picture_size(network, self.layout)
        self._outputs = self._arranged(classes)

    def detect(self, picture: MatLike) -> list[Found]:
        """See ``Detector.detect``."""
        canvas = stretch(picture, self._width, self._height)
        outputs = self._network.run(self._feeds(canvas), self._outputs)
        return self._decoded(outputs, canvas)

    def _arranged(self, classes: int) -> list[str]:
        """The outputs to ask for: boxes, then logits, of which the last may stand for nothing."""
        boxes = [port for port in self._network.outputs if port.name in _BOXES and port.shape[2:] == (4,)]
        logits = [
            port
            for port in self._network.outputs
            if port.name in _LOGITS and port.shape[2:] in ((classes,), (classes + 1,))
        ]
        if not boxes or not logits:
            wanted = f"{' or '.join(_BOXES)} of 4 and {' or '.join(_LOGITS)} of {classes} columns"
            raise other_layout(self._network, self.layout, wanted)
        return [boxes[0].name, logits[0].name]

    def _feeds(self, canvas: Canvas) -> dict[str, Tensor]:
        return {self._network.inputs[0].name: planes(canvas.pixels[:, :, ::-1], *self.norm)}

    def _decoded(self, outputs: Sequence[Tensor], canvas: Canvas) -> list[Found]:
        boxes, logits = outputs[0][0], outputs[1][0]
        candidates = likely(1 / (1 + np.exp(-np.clip(logits, -50, 50))), self._kinds, self._sure)
        corners = [self._corners(boxes[row]) for row, _label, _score in candidates]
        return distinct(candidates, corners, canvas)

    def _corners(self, box: Plane) -> list[float]:
        """Left, top, right and bottom in pixels of the canvas."""
        x, y, width, height = box * (self._width, self._height, self._width, self._height)
        return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


class DFine(RfDetr):
    """The same without normalisation. As its authors export it, it is told the picture's size besides, and
    gives a class, a box in pixels and a score for each guess (its ``DFINEPostProcessor``).
    """

    layout = "d-fine"
    norm = PLAIN

    def _arranged(self, classes: int) -> list[str]:
        if {port.name for port in self._network.outputs} >= set(_CHOSEN):
            return list(_CHOSEN)
        return super()._arranged(classes)

    def _feeds(self, canvas: Canvas) -> dict[str, Tensor]:
        feeds = super()._feeds(canvas)
        if any(port.name == _SIZES for port in self._network.inputs):
            feeds[_SIZES] = np.array([[self._width, self._height]], np.int64)
        return feeds

    def _decoded(self, outputs: Sequence[Tensor], canvas: Canvas) -> list[Found]:
        if len(outputs) != len(_CHOSEN):
            return super()._decoded(outputs, canvas)
        numbers, boxes, scores = (output[0] for output in outputs)
        candidates = [
            (row, self._kinds[int(number)], float(score))
            for row, (number, score) in enumerate(zip(numbers, scores, strict=True))
            if int(number) in self._kinds and score >= self._sure
        ]
        return distinct(candidates, [boxes[row].tolist() for row, _label, _score in candidates], canvas)
