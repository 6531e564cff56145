"""Models in ONNX, run by onnxruntime with the execution provider that the board has."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vision.detectors.found import BadModel
from vision.detectors.network import Port, Tensor

CPU = "CPUExecutionProvider"
NAMES = MappingProxyType({"cpu": CPU, "hailo": "HailoExecutionProvider"})
"""Our words for onnxruntime's execution providers. Others are written as onnxruntime calls them."""
_FASTEST_FIRST = ("hailo", "cpu")


class OnnxNetwork:
    """One ONNX model in one thread of one provider; see ``Network``."""

    def __init__(self, model: Path, session: Any, provider: str) -> None:
        self.model = model
        self.provider = provider
        self._session = session
        self.inputs = tuple(_port(node) for node in session.get_inputs())
        self.outputs = tuple(_port(node) for node in session.get_outputs())

    def run(self, feeds: Mapping[str, Tensor], wanted: Sequence[str]) -> list[Tensor]:
        """See ``Network.run``."""
        outputs: list[Tensor] = self._session.run(list(wanted), dict(feeds))
        return outputs


def open_onnx(model: Path, provider: str) -> OnnxNetwork:
    """``model`` on ``provider``: one of ``NAMES``, an execution provider's name, or ``auto`` for the fastest
    that is there and takes it. Raises ``BadModel``.
    """
    try:
        import onnxruntime  # heavy and optional
    except ImportError:
        raise BadModel(f"{model} needs onnxruntime; install Hutch with the extra `models`") from None
    available = onnxruntime.get_available_providers()
    if provider != "auto":
        return _open(onnxruntime, model, provider, available)
    *accelerators, slowest = [name for name in _FASTEST_FIRST if NAMES[name] in available]
    for name in accelerators:
        try:
            return _open(onnxruntime, model, name, available)
        except BadModel:  # it is there and does not take this model
            continue
    return _open(onnxruntime, model, slowest, available)


def _open(onnxruntime: Any, model: Path, provider: str, available: Sequence[str]) -> OnnxNetwork:
    name = NAMES.get(provider, provider)
    if name not in available:
        raise BadModel(
            f"provider {provider!r} is not in this onnxruntime, which has {', '.join(available)}; "
            'install its maker\'s onnxruntime, or write provider = "auto"'
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(model), options, providers=[name] if name == CPU else [name, CPU]
        )
    except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no common base class
        raise BadModel(f"the model {model} cannot be loaded: {str(error).splitlines()[0]}") from None
    # One that cannot start leaves all of it to the processor, and says so nowhere.
    if name not in session.get_providers():
        raise BadModel(f"provider {provider!r} does not take the model {model}; is its device plugged in?")
    return OnnxNetwork(model, session, provider)


def _port(node: Any) -> Port:
    return Port(node.name, tuple(side if isinstance(side, int) else None for side in node.shape))
