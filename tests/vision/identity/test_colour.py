import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.identity.coats import (
    BLACK,
    GINGER,
    GREEN,
    WHITE,
    Colour,
    by_night,
    crop,
    frame,
    picture,
)
from vision.identity.colour import Vector, has_colour, picture_has_colour, signature
from vision.identity.crops import SIDE, Crop

levels = st.integers(0, 255)


def vector(coat: Colour, **how: object) -> Vector:
    found = signature(crop(coat, **how))  # type: ignore[arg-type]
    assert found is not None
    return found


def apart(a: Vector, b: Vector) -> float:
    return float(np.linalg.norm(a - b))


def test_one_coat_is_near_itself_and_far_from_others() -> None:
    coats = (GINGER, BLACK, WHITE)
    for coat in coats:
        same = apart(vector(coat), vector(coat, seed=5))
        assert same < 0.15
        assert all(apart(vector(coat), vector(other)) > 0.4 for other in coats if other is not coat)


def test_the_room_behind_it_does_not_count() -> None:
    assert apart(vector(GINGER, room=GREEN), vector(GINGER, room=WHITE)) < 0.1


def test_black_and_white_are_told_apart_by_light_alone() -> None:
    assert apart(vector(BLACK), vector(WHITE)) > 0.5


@given(levels, levels, levels)
@settings(max_examples=40, deadline=None)
def test_every_signature_has_the_length_one(blue: int, green: int, red: int) -> None:
    assert math.isclose(float(np.linalg.norm(vector((blue, green, red)))), 1, rel_tol=1e-3)


def test_too_few_pixels_have_no_signature() -> None:
    assert signature(Crop(crop(GINGER).picture, np.zeros((SIDE, SIDE), np.uint8))) is None


@pytest.mark.parametrize("form", ["yuv420p", "rgb24", "nv12"])
def test_daylight_has_colour(form: str) -> None:
    assert has_colour(frame(picture(BLACK), form))
    assert picture_has_colour(picture(GINGER))


def test_infrared_has_none_whatever_tint_the_camera_gives_it() -> None:
    assert not has_colour(by_night(picture(GINGER)))
    assert not has_colour(by_night(picture(GINGER), tint=(1.0, 0.85, 1.05)))
    assert not has_colour(by_night(picture(GINGER), tint=(0.8, 1.0, 0.8)))
    assert not has_colour(frame(picture(GINGER), "gray"))


def test_noise_is_no_colour() -> None:
    shown = np.full((720, 1280, 3), 70, np.int16)
    shown += np.random.default_rng(3).integers(-20, 21, shown.shape, dtype=np.int16)
    assert not has_colour(frame(np.clip(shown, 0, 255).astype(np.uint8)))


@pytest.mark.parametrize("size", [(64, 36), (40, 30), (1920, 1080), (320, 240)])
def test_pictures_of_any_size_are_judged(size: tuple[int, int]) -> None:
    shown = np.zeros((size[1], size[0], 3), np.uint8)
    shown[:, : size[0] // 2] = GINGER
    shown[:, size[0] // 2 :] = GREEN
    assert has_colour(frame(shown))
