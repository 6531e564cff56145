from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.vision.shared import shared
from vision.detector import PERSON, PET, BadModel, NanoDet

pytest.importorskip("onnxruntime", reason="the extra `models` is not installed")


@pytest.fixture(scope="module")
def nanodet() -> NanoDet:
    return NanoDet(shared("models/nanodet_m.onnx"))


def photos() -> list[Path]:
    return sorted(shared("data/pets").glob("*.jpg"))


def test_pets_are_found_in_photos_of_pets(nanodet: NanoDet) -> None:
    found = {
        path.name: {seen.label for seen in nanodet.detect(np.asarray(cv2.imread(str(path))))}
        for path in photos()
    }
    with_pet = [name for name, labels in found.items() if PET in labels]
    assert len(found) == 20
    assert len(with_pet) >= 17, f"no pet in {sorted(set(found) - set(with_pet))}"


def test_a_pet_is_found_where_it_is_in_a_wide_picture(nanodet: NanoDet) -> None:
    photo = np.asarray(cv2.imread(str(shared("data/pets/cat-09.jpg"))))
    wide = np.full((photo.shape[0], photo.shape[1] * 2, 3), 120, np.uint8)
    wide[:, photo.shape[1] :] = photo
    found = nanodet.detect(wide)
    assert found[0].label == PET
    assert found[0].box.left > 0.45
    assert found == sorted(found, key=lambda seen: -seen.score)
    assert all(0 <= side <= 1 for seen in found for side in (seen.box.left, seen.box.right, seen.box.bottom))


def test_a_person_is_found(nanodet: NanoDet) -> None:
    with av.open(str(shared("data/person-walking.mp4"))) as container:
        container.seek(30_000_000)
        frame = next(container.decode(video=0))
        picture = frame.to_ndarray(format="bgr24")
    assert PERSON in {seen.label for seen in nanodet.detect(picture)}


def test_nothing_is_found_in_an_empty_picture(nanodet: NanoDet) -> None:
    assert nanodet.detect(np.full((300, 500, 3), 90, np.uint8)) == []


def test_a_missing_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"the model .*none\.onnx is no file"):
        NanoDet(tmp_path / "none.onnx")


def test_a_broken_model_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(BadModel, match=r"broken\.onnx cannot be loaded") as caught:
        NanoDet(path)
    assert "\n" not in str(caught.value)


def varint(number: int) -> bytes:
    """A number as protocol buffers write it."""
    low, high = number & 127, number >> 7
    return bytes([low | 128]) + varint(high) if high else bytes([low])


def message(number: int, value: bytes | int) -> bytes:
    """One field of a protocol buffers message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def other_model() -> bytes:
    """A sound ONNX model that gives back what it is given (onnx.proto, IR version 8)."""
    shape = message(2, b"".join(message(1, message(1, side)) for side in (1, 3, 416, 416)))
    tensor = message(2, message(1, message(1, 1) + shape))
    node = message(1, b"a") + message(2, b"b") + message(4, b"Identity")
    graph = message(1, node) + message(2, b"g") + message(11, message(1, b"a") + tensor)
    graph += message(12, message(1, b"b") + tensor)
    return message(1, 8) + message(7, graph) + message(8, message(1, b"") + message(2, 13))


def test_a_model_of_another_kind_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(other_model())
    with pytest.raises(BadModel, match=r"other\.onnx is no NanoDet for 416 pixels and COCO's 80 classes"):
        NanoDet(path)
