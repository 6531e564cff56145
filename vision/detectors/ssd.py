"""SSD with TensorFlow's detection head (Apache-2.0): what most models for the Coral are."""

import numpy as np
from cv2.typing import MatLike

from vision.detectors.canvas import letterbox
from vision.detectors.choice import distinct
from vision.detectors.classes import Kinds
from vision.detectors.found import Found
from vision.detectors.network import Network, other_layout, picture_size


class Ssd:
    """Takes red, green and blue from 0 to 255, channels last; gives boxes (top, left, bottom, right in parts
    of the picture), class numbers, scores and how many of them count, in this order (pycoral's
    ``detect.get_objects``).
    """

    def __init__(self, network: Network, kinds: Kinds, _classes: int, *, sure: float) -> None:
        """Raises ``BadModel`` for a model of another layout; how many classes it has it does not tell."""
        self._network = network
        self._kinds = kinds
        self._sure = sure
        self._width, self._height = picture_size(network, "ssd", last=True)
        shapes = [port.shape for port in network.outputs]
        match shapes:
            case [(1, most, 4), (1, a), (1, b), (1,)] if most == a == b:
                self._outputs = [port.name for port in network.outputs]
            case _:
                wanted = "boxes (1 × n × 4), classes and scores (1 × n) and a count (1), in this order"
                raise other_layout(network, "ssd", wanted)

    def detect(self, picture: MatLike) -> list[Found]:
        """See ``Detector.detect``."""
        canvas = letterbox(picture, self._width, self._height)
        tensor = np.ascontiguousarray(canvas.pixels[None, :, :, ::-1])
        outputs = self._network.run({self._network.inputs[0].name: tensor}, self._outputs)
        boxes, numbers, scores = (output[0] for output in outputs[:3])
        candidates = [
            (row, self._kinds[int(numbers[row])], float(scores[row]))
            for row in range(min(int(outputs[3][0]), len(scores)))
            if int(numbers[row]) in self._kinds and scores[row] >= self._sure
        ]
        whole = (self._height, self._width, self._height, self._width)
        corners = [(boxes[row] * whole)[[1, 0, 3, 2]].tolist() for row, _label, _score in candidates]
        return distinct(candidates, corners, canvas)
