"""A stand-in for TensorFlow Lite's interpreter with a Coral: its documented interface, no more.

Its model is the text ``ssd``: of a picture of 64 by 64 pixels each cell of eight by eight that is bright in
red, green or blue is a cat, a person or a dog.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

plugged = True
"""Whether a Coral answers."""
SIDE, MOST = 64, 10
_NUMBERS = (16, 0, 17)  # cat, person, dog, as the label files of Coral's models count


class Delegate:
    """What runs the operations that only the Edge TPU knows."""


def load_delegate(library: str, options: dict[str, Any] | None = None) -> Delegate:
    """Raises ``ValueError`` where the delegate fails to load."""
    if library != "libedgetpu.so.1" or not plugged:
        raise ValueError(f"Failed to load delegate from {library}")
    return Delegate()


class Interpreter:
    """Indices of tensors are no places in the list; nothing may be set before room was made."""

    pixels: type = np.uint8
    whole_numbers = False

    def __init__(self, model_path: str, experimental_delegates: list[Delegate] | None = None) -> None:
        if Path(model_path).read_text() != "ssd":
            raise ValueError(f"Model provided has model identifier 'no', should be 'TFL3'\n{model_path}")
        if not experimental_delegates:
            raise RuntimeError("Encountered unresolved custom op: edgetpu-custom-op.")
        self._room = False
        self._tensors: dict[int, npt.NDArray[Any]] = {}

    def allocate_tensors(self) -> None:
        self._room = True

    def get_input_details(self) -> list[dict[str, Any]]:
        shape = np.array([1, SIDE, SIDE, 3], np.int32)
        return [
            {
                "name": "normalized_input_image_tensor",
                "index": 175,
                "shape": shape,
                "dtype": self.pixels,
                "quantization": (0.0078125, 128),
            }
        ]

    def get_output_details(self) -> list[dict[str, Any]]:
        shapes = ([1, MOST, 4], [1, MOST], [1, MOST], [1])
        scale = (1 / 255, 0) if self.whole_numbers else (0.0, 0)
        return [
            {
                "name": f"TFLite_Detection_PostProcess{f':{number}' if number else ''}",
                "index": 167 + number,
                "shape": np.array(shape, np.int32),
                "dtype": np.uint8 if self.whole_numbers and number == 2 else np.float32,
                "quantization": scale if number == 2 else (0.0, 0),
            }
            for number, shape in enumerate(shapes)
        ]

    def set_tensor(self, index: int, value: npt.NDArray[Any]) -> None:
        assert self._room, "allocate_tensors() comes first"
        (wanted,) = self.get_input_details()
        assert index == wanted["index"]
        if value.dtype != wanted["dtype"]:
            raise ValueError(f"Cannot set tensor: Got value of type {value.dtype} but expected type UINT8")
        if value.shape != tuple(wanted["shape"]):
            raise ValueError("Cannot set tensor: Dimension mismatch.")
        self._tensors[index] = value.copy()

    def invoke(self) -> None:
        picture = self._tensors[175][0].astype(np.float32)
        means = picture.reshape(8, 8, 8, 8, 3).mean((1, 3))
        cells = sorted((-means[y, x].max(), y, x) for y in range(8) for x in range(8))[:MOST]
        boxes, numbers, scores = np.zeros((1, MOST, 4)), np.zeros((1, MOST)), np.zeros((1, MOST))
        count = 0
        for bright, y, x in cells:
            if -bright > 150:  # the grey beside a picture is not bright
                boxes[0, count] = np.array([y, x, y + 1, x + 1]) / 8
                numbers[0, count] = _NUMBERS[int(means[y, x].argmax())]
                scores[0, count] = -bright / 255
                count += 1
        for number, value in enumerate((boxes, numbers, scores, np.array([count]))):
            kind = self.get_output_details()[number]["dtype"]
            self._tensors[167 + number] = (value * 255 if kind == np.uint8 else value).astype(kind)

    def get_tensor(self, index: int) -> npt.NDArray[Any]:
        return self._tensors[index].copy()
