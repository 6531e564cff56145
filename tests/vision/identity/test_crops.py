import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.identity.coats import BLACK, BOX, GINGER, crop, foreground, frame, picture
from vision.identity.crops import SIDE, BadCrops, crop_of, decode, encode
from vision.motion import Box

edges = st.floats(0, 1)


def test_a_cut_out_is_the_animal_and_its_mask_leaves_the_room_out() -> None:
    cut = crop_of(frame(picture(GINGER)), BOX, foreground())
    assert cut is not None
    assert cut.picture.shape == (SIDE, SIDE, 3)
    inside = cut.picture[cut.mask == 255]
    assert np.abs(inside.mean(0) - GINGER).max() < 12
    assert 0.3 < (cut.mask == 255).mean() < 0.9
    assert np.abs(cut.picture[:2, :2].reshape(-1, 3).mean(0) - GINGER).max() > 40, "the room is around it"


def test_what_moves_beside_the_box_does_not_count() -> None:
    everywhere = np.full((180, 320), 255, np.uint8)
    alone, crowded = (crop_of(frame(picture(GINGER)), BOX, mask) for mask in (foreground(), everywhere))
    assert alone is not None
    assert crowded is not None
    inside = crowded.picture[crowded.mask == 255]
    assert np.abs(inside.mean(0) - GINGER).max() < 16
    assert abs(float((crowded.mask == 255).mean() - (alone.mask == 255).mean())) < 0.1


def test_too_little_to_be_seen_is_no_cut_out() -> None:
    assert crop_of(frame(picture(GINGER)), BOX, np.zeros((180, 320), np.uint8)) is None
    speck = np.zeros((180, 320), np.uint8)
    speck[80:83, 140:143] = 255
    assert crop_of(frame(picture(GINGER)), BOX, speck) is None


@pytest.mark.parametrize("form", ["yuvj420p", "nv12", "rgb24", "gray"])
def test_frames_of_any_format_are_cut(form: str) -> None:
    cut = crop_of(frame(picture(BLACK), form), BOX, foreground())
    assert cut is not None
    assert abs(float(cut.picture[cut.mask == 255].mean()) - float(np.mean(BLACK))) < 16


@given(edges, edges, edges, edges, st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_no_box_breaks_it(left: float, top: float, right: float, bottom: float, fill: int) -> None:
    box = Box(min(left, right), min(top, bottom), max(left, right), max(top, bottom))
    cut = crop_of(SMALL, box, np.full((18, 32), fill, np.uint8))
    assert cut is None or cut.picture.shape == (SIDE, SIDE, 3)


SMALL = frame(np.full((72, 128, 3), 90, np.uint8))


def test_sheets_come_back_as_they_were() -> None:
    crops = [crop(GINGER), crop(BLACK, seed=1), crop(GINGER, seed=2)]
    back = decode(encode(crops))
    assert len(back) == 3
    for before, after in zip(crops, back, strict=True):
        assert np.array_equal(before.mask, after.mask)
        assert cv2.absdiff(before.picture, after.picture).mean() < 4
    assert len(encode(crops)) < 40_000


@given(st.binary(max_size=300))
def test_what_is_no_sheet_is_refused(data: bytes) -> None:
    with pytest.raises(BadCrops):
        decode(data)


def test_a_sheet_that_says_it_is_enormous_is_refused() -> None:
    spoilt = bytearray(encode([crop(GINGER)]))
    size = spoilt.index(b"\xff\xc0") + 5
    spoilt[size : size + 4] = b"\xff\xdc\xff\xdc"
    with pytest.raises(BadCrops):
        decode(bytes(spoilt))


def test_another_picture_is_no_sheet_and_nothing_makes_none() -> None:
    other = cv2.imencode(".jpg", np.zeros((SIDE, SIDE, 3), np.uint8))[1].tobytes()
    with pytest.raises(BadCrops):
        decode(other)
    with pytest.raises(BadCrops):
        encode([])
