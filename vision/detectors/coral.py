"""Models in TensorFlow Lite on a Coral Edge TPU, by its delegate."""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vision.detectors.found import BadModel
from vision.detectors.network import Port, Tensor

_INTERPRETERS = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter")
"""The packages that have TensorFlow Lite's interpreter; the second is the older."""
_LIBRARY = "libedgetpu.so.1"


class CoralNetwork:
    """One model that was compiled for the Edge TPU; see ``Network``.

    Takes pixels of 8 bits. What comes out in whole numbers is made what they stand for by the model's own
    scale and zero point.
    """

    provider = "coral"

    def __init__(self, model: Path, interpreter: Any) -> None:
        self.model = model
        self._interpreter = interpreter
        interpreter.allocate_tensors()
        self._in = {str(each["name"]): each for each in interpreter.get_input_details()}
        self._out = {str(each["name"]): each for each in interpreter.get_output_details()}
        self.inputs = tuple(_port(each) for each in self._in.values())
        self.outputs = tuple(_port(each) for each in self._out.values())
        for each in self._in.values():
            if each["dtype"] != np.uint8:
                kind = np.dtype(each["dtype"]).name
                raise BadModel(f"the model {model} takes {kind}; one for a Coral takes uint8")

    def run(self, feeds: Mapping[str, Tensor], wanted: Sequence[str]) -> list[Tensor]:
        """See ``Network.run``."""
        for name, tensor in feeds.items():
            self._interpreter.set_tensor(self._in[name]["index"], np.ascontiguousarray(tensor, np.uint8))
        self._interpreter.invoke()
        return [self._meant(self._out[name]) for name in wanted]

    def _meant(self, output: Mapping[str, Any]) -> Tensor:
        tensor: Tensor = self._interpreter.get_tensor(output["index"])
        scale, zero = output["quantization"]
        if np.issubdtype(tensor.dtype, np.integer) and scale:
            tensor = (tensor.astype(np.float32) - zero) * np.float32(scale)
        return tensor


def open_coral(model: Path) -> CoralNetwork:
    """``model`` on the Edge TPU that is plugged in; raises ``BadModel``."""
    tflite = _interpreters()
    if tflite is None:
        raise BadModel(
            f"{model} needs TensorFlow Lite: pip install ai-edge-litert, and Coral's {_LIBRARY} "
            "as https://coral.ai/docs says"
        )
    try:
        delegate = tflite.load_delegate(_LIBRARY)
    except (ValueError, OSError, RuntimeError):
        raise BadModel(
            f"no Coral answers: is it plugged in, and is {_LIBRARY} installed? The model {model} waits for it"
        ) from None
    try:
        interpreter = tflite.Interpreter(model_path=str(model), experimental_delegates=[delegate])
        return CoralNetwork(model, interpreter)
    except (ValueError, RuntimeError) as error:
        raise BadModel(f"the model {model} cannot be loaded: {str(error).splitlines()[0]}") from None


def _interpreters() -> Any:
    for name in _INTERPRETERS:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def _port(details: Mapping[str, Any]) -> Port:
    return Port(str(details["name"]), tuple(int(side) for side in details["shape"]))
