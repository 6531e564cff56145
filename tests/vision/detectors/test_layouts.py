"""Every layout on a model of its own that looks at the picture it is given."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.detectors import graphs
from tests.vision.detectors.scenes import with_block
from vision.config import DetectorSection, LayoutName
from vision.detectors import PERSON, PET, BadModel, Detector, open_detector
from vision.motion import Box

MODELS: dict[str, tuple[LayoutName, Callable[[Path], Path]]] = {
    "nanodet in pairs": ("nanodet", lambda path: graphs.nanodet(path, form="pairs")),
    "nanodet whole": ("nanodet", lambda path: graphs.nanodet(path, form="whole")),
    "nanodet-plus": ("nanodet", lambda path: graphs.nanodet(path, form="plus")),
    "yolox": ("yolox", graphs.yolox),
    "rf-detr": ("rf-detr", graphs.rf_detr),
    "d-fine, raw": (
        "d-fine",
        lambda path: graphs.rf_detr(path, norm=False, classes=80, names=("pred_boxes", "logits")),
    ),
    "d-fine as exported": ("d-fine", graphs.d_fine),
}
LETTERBOXED = ("nanodet in pairs", "nanodet whole", "nanodet-plus", "yolox")


def opened(path: Path, layout: LayoutName, **more: object) -> Detector:
    section = DetectorSection.model_validate({"model": path, "layout": layout, **more})
    return open_detector(section).detector


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Detector]:
    folder = tmp_path_factory.mktemp("models")
    return {
        name: opened(make(folder / f"{number}.onnx"), layout)
        for number, (name, (layout, make)) in enumerate(MODELS.items())
    }


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("colour", "label"), [("red", PET), ("blue", PET), ("green", PERSON)])
def test_a_thing_is_found_once_and_as_what_it_is(
    detectors: dict[str, Detector], name: str, colour: str, label: str
) -> None:
    """The block is the cell in the third column and the sixth row of eight."""
    picture = with_block(64, 64, colour, Box(2 / 8, 5 / 8, 3 / 8, 6 / 8))
    (found,) = detectors[name].detect(picture)
    assert found.label == label
    assert found.score > 0.9


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("nanodet in pairs", Box(1.5 / 8, 4.5 / 8, 3.5 / 8, 6.5 / 8)),
        ("nanodet whole", Box(1.5 / 8, 4.5 / 8, 3.5 / 8, 6.5 / 8)),
        ("nanodet-plus", Box(1 / 8, 4 / 8, 3 / 8, 6 / 8)),
        ("yolox", Box(1.5 / 8, 4.5 / 8, 3.5 / 8, 6.5 / 8)),
        ("rf-detr", Box(1.5 / 8, 5 / 8, 3.5 / 8, 6 / 8)),
        ("d-fine, raw", Box(1.5 / 8, 5 / 8, 3.5 / 8, 6 / 8)),
        ("d-fine as exported", Box(1.5 / 8, 5 / 8, 3.5 / 8, 6 / 8)),
    ],
)
def test_a_box_is_where_its_layout_says(detectors: dict[str, Detector], name: str, box: Box) -> None:
    (found,) = detectors[name].detect(with_block(64, 64, "red", Box(2 / 8, 5 / 8, 3 / 8, 6 / 8)))
    assert np.allclose(sides(found.box), sides(box), atol=1e-3)


def sides(box: Box) -> tuple[float, ...]:
    return box.left, box.top, box.right, box.bottom


@pytest.mark.parametrize("name", MODELS)
def test_nothing_is_found_where_nothing_is(detectors: dict[str, Detector], name: str) -> None:
    assert detectors[name].detect(np.zeros((90, 160, 3), np.uint8)) == []


@pytest.mark.parametrize(("cells_wide", "things"), [(8.0, 1), (1.0, 2)])
def test_boxes_that_share_most_are_one_thing(tmp_path: Path, cells_wide: float, things: int) -> None:
    """Neighbours: boxes of eight cells share 7/9 of what both cover, those of one cell nothing."""
    detector = opened(graphs.yolox(tmp_path / "model.onnx", cells_wide=cells_wide), "yolox")
    assert len(detector.detect(with_block(64, 64, "red", Box(3 / 8, 4 / 8, 5 / 8, 5 / 8)))) == things


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_box_finds_back_into_a_picture_of_any_shape(
    detectors: dict[str, Detector], name: str, data: st.DataObject
) -> None:
    """A block of an eighth of the canvas, anywhere in the picture: every box is around its place."""
    width, height = data.draw(st.integers(40, 900), "width"), data.draw(st.integers(40, 900), "height")
    letterboxed = name in LETTERBOXED
    reach = max(width, height) / 64 if letterboxed else None
    across = 24 * (reach or width / 64) / width
    down = 24 * (reach or height / 64) / height
    if across > 1 or down > 1:
        return
    left = data.draw(st.floats(0, 1 - across), "left")
    top = data.draw(st.floats(0, 1 - down), "top")
    block = Box(left, top, left + across, top + down)
    found = detectors[name].detect(with_block(width, height, "blue", block))
    assert found, "a block of three cells has one that is wholly bright"
    slack = 12 / 24  # of the block: a box may reach a cell and a half beyond the cell that it is around
    for one in found:
        assert one.label == PET
        assert all(0 <= side <= 1 for side in sides(one.box))
        x, y = (one.box.left + one.box.right) / 2, (one.box.top + one.box.bottom) / 2
        assert block.left - slack * across <= x <= block.right + slack * across
        assert block.top - slack * down <= y <= block.bottom + slack * down
    assert any(one.box.overlap(block) > 0 for one in found)


def test_what_is_not_sure_enough_does_not_count(tmp_path: Path) -> None:
    """The cell is half bright, which is a cat by half."""
    picture = with_block(64, 64, "red", Box(2 / 8, 5 / 8, 3 / 8, 6 / 8))
    picture[40:48, 16:24, 2] = 180
    path = graphs.yolox(tmp_path / "model.onnx")
    assert opened(path, "yolox", sure=0.45).detect(picture)[0].score == pytest.approx(0.5, abs=0.01)
    assert opened(path, "yolox", sure=0.55).detect(picture) == []


def test_only_the_pets_that_are_configured_count(tmp_path: Path) -> None:
    path = graphs.yolox(tmp_path / "model.onnx")
    picture = with_block(64, 64, "red", Box(2 / 8, 5 / 8, 3 / 8, 6 / 8))
    assert opened(path, "yolox", pets=["dog", "bird"]).detect(picture) == []
    assert opened(path, "yolox", pets=["Cat"]).detect(picture)[0].label == PET


@pytest.mark.parametrize("name", MODELS)
def test_the_colours_are_in_the_order_that_the_model_wants(tmp_path: Path, name: str) -> None:
    layout, make = MODELS[name]
    detector = opened(make(tmp_path / "model.onnx"), layout, pets=["cat"])
    box = Box(2 / 8, 5 / 8, 3 / 8, 6 / 8)
    assert detector.detect(with_block(64, 64, "red", box)), "red is the cat"
    assert detector.detect(with_block(64, 64, "blue", box)) == [], "blue is the dog"


@pytest.mark.parametrize("layout", ["nanodet", "yolox", "rf-detr", "d-fine"])
def test_a_model_of_another_layout_is_one_sentence(tmp_path: Path, layout: LayoutName) -> None:
    with pytest.raises(BadModel) as caught:
        opened(graphs.echo(tmp_path / "echo.onnx"), layout)
    sentence = str(caught.value)
    assert sentence.startswith(f"the model {tmp_path / 'echo.onnx'} is not of layout {layout}, which has ")
    assert sentence.endswith("it has images (1 × 3 × 64 × 64), same (1 × 3 × 64 × 64)")


def test_a_model_without_a_fixed_size_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"has a picture of fixed size .*; it has images \(1 × 3 × \? × \?\)"):
        opened(graphs.echo(tmp_path / "echo.onnx", side="any"), "yolox")


def test_a_model_for_other_classes_is_one_sentence(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("person\ncat\n")
    with pytest.raises(BadModel, match="is not of layout yolox, which has an output of 1 × 84 × 7"):
        opened(graphs.yolox(tmp_path / "model.onnx"), "yolox", labels=labels, pets=["cat"])
