from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.vision.detectors.scenes import nanodet_here
from tests.vision.shared import shared
from vision.detectors import PERSON, PET, Detector


@pytest.fixture(scope="module")
def nanodet() -> Detector:
    return nanodet_here()


def photos() -> list[Path]:
    return sorted(shared("data/pets").glob("*.jpg"))


def test_pets_are_found_in_photos_of_pets(nanodet: Detector) -> None:
    found = {
        path.name: {seen.label for seen in nanodet.detect(np.asarray(cv2.imread(str(path))))}
        for path in photos()
    }
    with_pet = [name for name, labels in found.items() if PET in labels]
    assert len(found) == 20
    assert len(with_pet) >= 17, f"no pet in {sorted(set(found) - set(with_pet))}"


def test_a_pet_is_found_where_it_is_in_a_wide_picture(nanodet: Detector) -> None:
    photo = np.asarray(cv2.imread(str(shared("data/pets/cat-09.jpg"))))
    wide = np.full((photo.shape[0], photo.shape[1] * 2, 3), 120, np.uint8)
    wide[:, photo.shape[1] :] = photo
    found = nanodet.detect(wide)
    assert found[0].label == PET
    assert found[0].box.left > 0.45
    assert found == sorted(found, key=lambda seen: -seen.score)
    assert all(0 <= side <= 1 for seen in found for side in (seen.box.left, seen.box.right, seen.box.bottom))


def test_a_person_is_found(nanodet: Detector) -> None:
    with av.open(str(shared("data/person-walking.mp4"))) as container:
        container.seek(30_000_000)
        frame = next(container.decode(video=0))
        picture = frame.to_ndarray(format="bgr24")
    assert PERSON in {seen.label for seen in nanodet.detect(picture)}


def test_nothing_is_found_in_an_empty_picture(nanodet: Detector) -> None:
    assert nanodet.detect(np.full((300, 500, 3), 90, np.uint8)) == []
