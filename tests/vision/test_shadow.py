"""Shadows and patches of light, beside things, on floors with and without a texture."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.shadow import is_shadow

Luma = npt.NDArray[np.float32]
SIDE = 60


def floor(seed: int, texture: float) -> Luma:
    """A floor that is lighter on one side, with a texture of that many grey levels."""
    grain = np.random.default_rng(seed).normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 1), np.float32)
    return np.asarray(np.linspace(90, 130, SIDE)[None, :] + grain * (texture / grain.std()), np.float32)


def spot(softness: float) -> Luma:
    mask = np.zeros((SIDE, SIDE), np.float32)
    cv2.ellipse(mask, (30, 30), (20, 14), 20, 0, 360, (1.0,), cv2.FILLED)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), softness), np.float32)


def seen(picture: Luma, seed: int, noise: float) -> npt.NDArray[np.uint8]:
    grain = np.random.default_rng(seed + 1).normal(0, noise, picture.shape)
    return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)


def judged(now: npt.NDArray[np.uint8], then: Luma, noise: float) -> bool:
    mask = np.where(np.abs(now - then) > 9 + 3.6 * noise, 255, 0).astype(np.uint8)
    return is_shadow(now, then, cv2.medianBlur(mask, 3), noise)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    factor=st.floats(0.3, 0.7) | st.floats(1.35, 1.7),
    softness=st.floats(1, 6),
    noise=st.floats(0.3, 2),
)
def test_another_light_on_a_floor_with_a_texture_is_a_shadow(
    seed: int, factor: float, softness: float, noise: float
) -> None:
    then = floor(seed, 8)
    lit = np.asarray(then * (1 - (1 - factor) * spot(softness)), np.float32)
    assert judged(seen(lit, seed, noise), then, noise)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    tone=st.floats(20, 60) | st.floats(170, 220),
    texture=st.floats(0, 12),
    noise=st.floats(0.3, 2),
)
def test_a_thing_on_a_floor_with_a_texture_is_none(
    seed: int, tone: float, texture: float, noise: float
) -> None:
    then, cover = floor(seed, 8), spot(1)
    thing = np.asarray(then * (1 - cover) + (floor(seed + 7, texture) - 110 + tone) * cover, np.float32)
    assert not judged(seen(thing, seed, noise), then, noise)


@pytest.mark.parametrize("seed", range(10))
def test_on_a_plain_wall_what_is_even_is_a_shadow_and_fur_is_none(seed: int) -> None:
    wall = floor(seed, 0.2)
    shadow = np.asarray(wall * (1 - 0.3 * spot(3)), np.float32)
    assert judged(seen(shadow, seed, 1), wall, 1)
    cover = spot(1)
    fur = np.asarray(wall * (1 - cover) + (floor(seed + 7, 6) - 40) * cover, np.float32)
    assert not judged(seen(fur, seed, 1), wall, 1)


def test_what_is_too_small_is_no_shadow() -> None:
    then = floor(1, 8)
    now = np.asarray(then * 0.6, np.uint8)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[10:14, 10:14] = 255
    assert not is_shadow(now, then, mask, 1)
    assert not is_shadow(now, then, np.zeros((SIDE, SIDE), np.uint8), 1)
