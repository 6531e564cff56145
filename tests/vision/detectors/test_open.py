"""A model on the hardware that is there; what cannot be used is one sentence."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tests.vision.detectors import graphs
from tests.vision.detectors.scenes import with_block
from vision.config import DetectorSection
from vision.detectors import PET, BadModel, open_detector
from vision.motion import Box


def section(path: Path, **more: object) -> DetectorSection:
    return DetectorSection.model_validate({"model": path, "layout": "yolox", **more})


def test_a_missing_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"the model .*none\.onnx is no file"):
        open_detector(section(tmp_path / "none.onnx"))


def test_a_broken_model_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(BadModel, match=r"broken\.onnx cannot be loaded") as caught:
        open_detector(section(path))
    assert "\n" not in str(caught.value)


def test_without_a_model_it_says_what_to_write() -> None:
    with pytest.raises(BadModel, match=r"set model and layout in \[vision\.detector\]"):
        open_detector(DetectorSection())


def test_where_there_is_only_a_processor_it_runs_there(tmp_path: Path) -> None:
    opened = open_detector(section(graphs.yolox(tmp_path / "model.onnx")))
    assert opened.network.provider == "cpu"


def test_hardware_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    path = graphs.yolox(tmp_path / "model.onnx")
    with pytest.raises(BadModel, match=r"provider 'hailo' is not in this onnxruntime, which has .*CPU"):
        open_detector(section(path, provider="hailo"))


class Session(onnxruntime.InferenceSession):  # type: ignore[misc]
    """onnxruntime as the maker of an accelerator builds it: with one more provider."""

    takes = True

    def __init__(self, model: str, options: object, providers: list[str]) -> None:
        self.asked = providers
        super().__init__(model, options, providers=["CPUExecutionProvider"])

    def get_providers(self) -> list[str]:
        return [name for name in self.asked if self.takes or name.startswith("CPU")]


@pytest.fixture
def accelerator(monkeypatch: pytest.MonkeyPatch) -> type[Session]:
    monkeypatch.setattr(Session, "takes", True)
    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    there = ["HailoExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: there)
    return Session


@pytest.mark.parametrize("provider", ["auto", "hailo", "HailoExecutionProvider"])
def test_an_accelerator_that_is_there_is_used(
    tmp_path: Path, accelerator: type[Session], provider: str
) -> None:
    opened = open_detector(section(graphs.yolox(tmp_path / "model.onnx"), provider=provider))
    assert opened.network.provider == (provider if provider != "auto" else "hailo")
    (found,) = opened.detector.detect(with_block(64, 64, "red", Box(2 / 8, 5 / 8, 3 / 8, 6 / 8)))
    assert found.label == PET


def test_one_that_does_not_take_the_model_leaves_it_to_the_processor(
    tmp_path: Path, accelerator: type[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "takes", False)
    path = graphs.yolox(tmp_path / "model.onnx")
    opened = open_detector(section(path))
    assert opened.network.provider == "cpu"
    assert opened.detector.detect(np.zeros((64, 64, 3), np.uint8)) == []
    with pytest.raises(BadModel, match="provider 'hailo' does not take the model"):
        open_detector(section(path, provider="hailo"))
