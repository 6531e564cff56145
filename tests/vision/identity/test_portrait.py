from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.identity.coats import BLACK, GINGER, GREEN, Colour, crop, picture
from vision.identity.colour import signature
from vision.identity.portrait import NoPortrait, portrait
from vision.motion import Box

MIDDLE = Box(0.3, 0.3, 0.7, 0.7)


def photograph(path: Path, coat: Colour, box: Box = MIDDLE) -> Path:
    cv2.imwrite(str(path), picture(coat, box=box))
    return path


@pytest.mark.parametrize("coat", [GINGER, BLACK])
def test_what_stands_out_in_the_middle_is_the_pet(tmp_path: Path, coat: Colour) -> None:
    found = portrait(photograph(tmp_path / "a photo.jpg", coat))
    inside = found.picture[found.mask == 255].mean(0)
    assert np.abs(inside - coat).max() < 25
    known, seen = signature(crop(coat)), signature(found)
    assert known is not None
    assert seen is not None
    assert np.linalg.norm(known - seen) < 0.5


def test_somebody_may_say_where_it_is(tmp_path: Path) -> None:
    corner = Box(0.05, 0.1, 0.25, 0.5)
    file = photograph(tmp_path / "photo.png", GINGER, corner)
    found = portrait(file, lambda _picture: Box(0.02, 0.05, 0.3, 0.55))
    assert np.abs(found.picture[found.mask == 255].mean(0) - GINGER).max() < 25


def test_a_photograph_of_nothing_still_gives_its_middle(tmp_path: Path) -> None:
    flat = np.full((300, 200, 3), GREEN, np.uint8)
    cv2.imwrite(str(tmp_path / "flat.png"), flat)
    found = portrait(tmp_path / "flat.png")
    assert cv2.countNonZero(found.mask) > 0


def test_what_is_no_photograph_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("not a picture")
    (tmp_path / "empty.png").touch()
    for name in ("notes.jpg", "empty.png", "missing.jpg"):
        with pytest.raises(NoPortrait, match=name):
            portrait(tmp_path / name)


def test_the_same_photograph_gives_the_same_cut_out(tmp_path: Path) -> None:
    file = photograph(tmp_path / "photo.png", GINGER)
    assert np.array_equal(portrait(file).mask, portrait(file).mask)


def test_a_tiny_picture_is_no_trouble(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "dot.png"), np.full((1, 1, 3), 90, np.uint8))
    portrait(tmp_path / "dot.png")


def test_a_picture_that_is_a_thread_is_no_trouble(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "thread.png"), np.full((5, 3000, 3), 90, np.uint8))
    portrait(tmp_path / "thread.png")


def test_a_photograph_that_says_it_is_enormous_is_refused_by_name(tmp_path: Path) -> None:
    spoilt = bytearray(cv2.imencode(".jpg", np.full((50, 50, 3), 90, np.uint8))[1].tobytes())
    size = spoilt.index(b"\xff\xc0") + 5
    spoilt[size : size + 4] = b"\xff\xdc\xff\xdc"
    (tmp_path / "huge.jpg").write_bytes(spoilt)
    with pytest.raises(NoPortrait, match=r"huge\.jpg"):
        portrait(tmp_path / "huge.jpg")
