from pathlib import Path

import pytest

from tests.vision.shared import shared
from vision.detectors import BadModel
from vision.detectors.classes import COCO, COCO_BY_ID, kinds, read_labels


def test_cocos_classes_are_where_models_have_them() -> None:
    assert (len(COCO), len(COCO_BY_ID)) == (80, 91)
    assert [COCO.index(name) for name in ("person", "bird", "cat", "dog", "teddy bear")] == [
        0,
        14,
        15,
        16,
        77,
    ]
    assert [COCO_BY_ID.index(name) for name in ("person", "bird", "cat", "dog")] == [1, 16, 17, 18]
    assert (COCO_BY_ID[90], COCO[79]) == ("toothbrush", "toothbrush")


def test_they_are_those_that_a_model_came_with() -> None:
    other_words = {"motorbike": "motorcycle", "aeroplane": "airplane", "sofa": "couch", "tvmonitor": "tv"}
    other_words |= {"pottedplant": "potted plant", "diningtable": "dining table"}
    there = read_labels(shared("models/coco.names"))
    assert tuple(other_words.get(name, name) for name in there) == COCO


def test_pets_are_one_kind_and_persons_another() -> None:
    assert kinds(COCO, ("cat", "dog")) == {15: "pet", 16: "pet", 0: "person"}
    assert kinds(("rabbit",), ("Rabbit",)) == {0: "pet"}


def test_a_pet_that_the_model_does_not_know_is_one_sentence() -> None:
    with pytest.raises(
        BadModel, match=r"^pets names 'rabbit', which is none of the model's 80 classes; there are"
    ):
        kinds(COCO, ("cat", "rabbit"))


def test_a_name_that_is_empty_is_no_class() -> None:
    with pytest.raises(BadModel, match="none of the model's 80 classes"):
        kinds(COCO_BY_ID, ("",))


@pytest.mark.parametrize(
    ("content", "why"), [(b"\n\n", "are empty"), (b"\xff\xfe\x00", "are no text"), (None, "cannot be read")]
)
def test_labels_that_are_none_are_one_sentence(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "labels.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadModel, match=f"labels.txt {why}"):
        read_labels(path)


def test_a_line_may_end_in_any_way_and_a_gap_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(b"\xef\xbb\xbfperson\r\n\r\ncat\r\n")
    assert read_labels(path) == ("person", "", "cat")
