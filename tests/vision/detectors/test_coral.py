"""A Coral by a stand-in for its interpreter: nobody has tried a real one yet (docs/models.md)."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.vision.detectors import graphs, tflite
from tests.vision.detectors.scenes import with_block
from vision.config import DetectorSection
from vision.detectors import PERSON, PET, BadModel, Detector, Opened, open_detector
from vision.motion import Box


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "ssd_edgetpu.tflite"
    path.write_text("ssd")
    return path


@pytest.fixture(params=["ai_edge_litert.interpreter", "tflite_runtime.interpreter"])
def coral(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, request.param.split(".")[0], tflite)
    monkeypatch.setitem(sys.modules, request.param, tflite)


def opened(model: Path, **more: object) -> Opened:
    return open_detector(DetectorSection.model_validate({"model": model, "layout": "ssd", **more}))


def detector(model: Path) -> Detector:
    return opened(model, provider="coral").detector


@pytest.mark.usefixtures("coral")
@pytest.mark.parametrize("provider", ["auto", "coral"])
def test_a_model_for_the_coral_runs_there(model: Path, provider: str) -> None:
    assert opened(model, provider=provider).network.provider == "coral"


@pytest.mark.usefixtures("coral")
@pytest.mark.parametrize(("colour", "label"), [("red", PET), ("green", PERSON), ("blue", PET)])
def test_what_it_finds_is_where_it_is(model: Path, colour: str, label: str) -> None:
    """In a picture twice as wide as high, of which the model sees the upper half of its own."""
    box = Box(2 / 8, 4 / 8, 3 / 8, 6 / 8)
    (found,) = detector(model).detect(with_block(128, 64, colour, box))
    assert found.label == label
    assert found.score > 0.95
    sides = (found.box.left, found.box.top, found.box.right, found.box.bottom)
    assert np.allclose(sides, (box.left, box.top, box.right, box.bottom), atol=0.01)


@pytest.mark.usefixtures("coral")
def test_the_colours_are_in_the_order_that_the_model_wants(model: Path) -> None:
    only_cats = opened(model, pets=["cat"]).detector
    box = Box(2 / 8, 4 / 8, 3 / 8, 5 / 8)
    assert only_cats.detect(with_block(64, 64, "red", box)), "red is the cat"
    assert only_cats.detect(with_block(64, 64, "blue", box)) == [], "blue is the dog"


@pytest.mark.usefixtures("coral")
def test_only_as_many_as_it_counts_are_taken(model: Path) -> None:
    assert [one.score for one in detector(model).detect(np.zeros((64, 64, 3), np.uint8))] == []


@pytest.mark.usefixtures("coral")
def test_whole_numbers_are_made_what_they_stand_for(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tflite.Interpreter, "whole_numbers", True)
    (found,) = detector(model).detect(with_block(64, 64, "red", Box(2 / 8, 4 / 8, 3 / 8, 5 / 8)))
    assert found.score == pytest.approx(1, abs=0.01)


@pytest.mark.usefixtures("coral")
def test_a_model_that_takes_no_pixels_is_one_sentence(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tflite.Interpreter, "pixels", np.float32)
    with pytest.raises(BadModel, match="takes float32; one for a Coral takes uint8"):
        detector(model)


@pytest.mark.usefixtures("coral")
def test_a_coral_that_is_not_plugged_in_is_one_sentence(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tflite, "plugged", False)
    with pytest.raises(BadModel, match=r"^no Coral answers: is it plugged in"):
        detector(model)


@pytest.mark.usefixtures("coral")
def test_a_file_that_is_no_model_is_one_sentence(model: Path) -> None:
    model.write_text("no")
    with pytest.raises(BadModel, match=r"cannot be loaded: Model provided has .*TFL3'$"):
        detector(model)


def test_without_tensorflow_lite_it_says_what_to_install(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    monkeypatch.setitem(sys.modules, "tflite_runtime", None)
    with pytest.raises(BadModel, match="pip install ai-edge-litert"):
        detector(model)


def test_another_model_is_not_of_that_layout(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="is not of layout ssd, which has a picture of fixed size"):
        opened(graphs.yolox(tmp_path / "yolox.onnx"))
