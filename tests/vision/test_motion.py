import math
from collections.abc import Callable

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.motion import WIDTH, Box, Look, Motion, luma_of, masked, scaled_down

Grey = npt.NDArray[np.uint8]
FPS = 5
QUIET = 2.0  # seconds in which the background is learnt


def room(height: int = 180, width: int = 320) -> Grey:
    """A still picture with edges, textures and both dark and bright parts."""
    chance = np.random.default_rng(4)
    across = np.linspace(40, 190, width)[None, :] * np.ones((height, 1))
    across[height // 2 :] *= 0.6
    across[20:60, 30:90] = 220
    return np.asarray(np.clip(across + chance.normal(0, 6, across.shape), 0, 255), np.uint8)


def looks(paint: Callable[[float], Grey], seconds: float, motion: Motion | None = None) -> list[Look]:
    watching = motion or Motion()
    return [watching.look(paint(n / FPS), n / FPS) for n in range(int(seconds * FPS))]


def noisy(picture: Grey, chance: np.random.Generator, deviation: float) -> Grey:
    return np.asarray(np.clip(picture + chance.normal(0, deviation, picture.shape), 0, 255), np.uint8)


def with_box(picture: Grey, left: int, top: int, width: int, height: int, tone: int = 15) -> Grey:
    copy = picture.copy()
    copy[top : top + height, max(left, 0) : max(left + width, 0)] = tone
    return copy


def blobs(seen: list[Look]) -> int:
    return sum(len(look.blobs) for look in seen)


@pytest.mark.parametrize("deviation", [2, 5, 10])
def test_noise_of_a_sensor_moves_nothing(deviation: float) -> None:
    chance, still = np.random.default_rng(1), room()
    seen = looks(lambda _at: noisy(still, chance, deviation), 60)
    assert blobs(seen[10:]) == 0, f"noise of {deviation} grey levels was taken for motion"


def test_daylight_that_fades_moves_nothing() -> None:
    still = room().astype(float)
    seen = looks(lambda at: np.asarray(still * (1 - 0.6 * min(at / 60, 1)), np.uint8), 80)
    assert blobs(seen) == 0


def test_a_cloud_that_passes_within_seconds_moves_nothing() -> None:
    still = room().astype(float)
    seen = looks(lambda at: np.asarray(still * (1 - 0.4 * np.exp(-(((at - 20) / 2) ** 2))), np.uint8), 40)
    assert blobs(seen) == 0


def test_a_light_that_is_switched_moves_nothing_and_is_learnt_within_seconds() -> None:
    day = room()
    night = np.asarray(np.clip(day.astype(float)[:, ::-1] * 0.25 + 10, 0, 255), np.uint8)
    seen = looks(lambda at: night if 10 <= at < 20 else day, 30)
    assert blobs(seen) == 0
    assert [look.learning for look in seen[50:52]] == [True, True]
    assert not seen[80].learning, "6 s after the switch the new light should be known"


def test_what_moves_after_a_light_was_switched_is_seen() -> None:
    day, night = room(), np.asarray(room()[:, ::-1] * 0.5, np.uint8)
    seen = looks(lambda at: with_box(day if at < 10 else night, int((at - 15) * 40), 100, 30, 30, 250), 20)
    assert blobs(seen[80:]) > 15


def test_a_blob_says_where_it_is_and_that_it_moves() -> None:
    still, motion = room(), Motion()
    looks(lambda _at: still, 5, motion)
    motion.look(with_box(still, 100, 90, 40, 36), 5.0)
    look = motion.look(with_box(still, 120, 90, 40, 36), 5.2)
    (blob,) = look.blobs
    assert (blob.x, blob.y) == pytest.approx((140 / 320, 108 / 180), abs=0.01)
    assert (blob.box.left, blob.box.right) == pytest.approx((120 / 320, 160 / 320), abs=0.01)
    assert (blob.box.top, blob.box.bottom) == pytest.approx((90 / 180, 126 / 180), abs=0.015)
    assert blob.area == pytest.approx(40 * 36 / (320 * 180), rel=0.1)
    assert 0.3 < blob.moving < 0.8
    assert look.motion > 0.01


def test_what_stands_still_stays_a_blob_that_does_not_move() -> None:
    still = room()
    seen = looks(lambda at: with_box(still, 100, 90, 40, 36) if at > 5 else still, 40)
    assert all(len(look.blobs) == 1 for look in seen[5 * FPS + 2 :])
    assert seen[-1].blobs[0].moving == 0


def test_what_is_accepted_is_background_at_once() -> None:
    still, motion = room(), Motion()
    looks(lambda at: with_box(still, 100, 90, 40, 36) if at > 5 else still, 8, motion)
    motion.accept([Box(0.25, 0.4, 0.6, 0.8)])
    assert motion.look(with_box(still, 100, 90, 40, 36), 8.0).blobs == ()


def test_a_pixel_that_flickers_by_nature_is_learnt() -> None:
    still, chance = room(), np.random.default_rng(2)

    def picture(_at: float) -> Grey:
        copy = still.copy()
        copy[30:50, 40:70] = np.clip(150 + chance.normal(0, 12, (20, 30)), 0, 255)
        return copy

    assert blobs(looks(picture, 60)[30 * FPS :]) == 0


def test_a_pause_makes_the_background_be_learnt_anew() -> None:
    motion, still = Motion(), room()
    looks(lambda _at: still, 5, motion)
    assert motion.look(still, 4000.0).learning
    assert motion.look(with_box(still, 100, 90, 40, 36), 4000.2).learning


def test_another_picture_size_is_a_new_start() -> None:
    motion = Motion()
    looks(lambda _at: room(), 5, motion)
    assert motion.look(room(240, 320), 5.0).learning


@settings(deadline=None)
@given(st.integers(100, 4000), st.integers(60, 2200))
def test_any_size_is_scaled_to_one_width_and_keeps_its_aspect_and_light(width: int, height: int) -> None:
    small = scaled_down(np.full((height, width), 77, np.uint8))
    assert small.shape[1] == WIDTH
    assert small.shape[0] == pytest.approx(height * WIDTH / width, rel=0.02, abs=1.5)
    assert np.all(np.abs(small.astype(int) - 77) <= 1)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "nv12", "gray", "yuv422p", "yuv444p"])
def test_luma_is_a_view_on_the_first_plane_where_there_is_one(pixels: str) -> None:
    frame = av.VideoFrame(322, 180, pixels)
    grey = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(-1, frame.planes[0].line_size)
    luma = luma_of(frame)
    assert luma.shape == (180, 322), "the padding at the end of a line is no picture"
    assert np.shares_memory(luma, grey)


@pytest.mark.parametrize("pixels", ["yuyv422", "rgb24", "yuv420p10le"])
def test_luma_of_other_formats_is_converted(pixels: str) -> None:
    picture = np.full((180, 320, 3), 200, np.uint8)
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)
    assert luma_of(frame).shape == (180, 320)
    assert abs(float(luma_of(frame).mean()) - 190) < 12


TELEVISION = ((0.0, 0.0), (0.3, 0.0), (0.3, 0.4), (0.0, 0.4))


def test_what_moves_inside_a_mask_is_not_looked_at() -> None:
    still, chance, motion = room(), np.random.default_rng(5), Motion([TELEVISION])

    def picture(at: float) -> Grey:
        copy = with_box(still, int((at - 8) * 30), 120, 30, 30)
        copy[:70, :94] = chance.integers(0, 255)
        return copy

    seen = looks(picture, 20, motion)
    assert all(look.motion == 0 for look in seen[20 : 7 * FPS])
    assert blobs(seen[: 7 * FPS]) == 0
    assert all(blob.box.top > 0.5 for look in seen for blob in look.blobs)
    assert blobs(seen) > 40, "what moves beside the mask is seen"


def test_a_mask_over_the_whole_picture_shows_nothing() -> None:
    motion = Motion([((0, 0), (1, 0), (1, 1), (0, 1))])
    seen = looks(lambda at: with_box(room(), int(at * 20), 90, 40, 36), 10, motion)
    assert all((look.motion, look.blobs) == (0, ()) for look in seen)


def test_a_mask_covers_the_pixels_of_its_area() -> None:
    plane = masked([TELEVISION, ((0.5, 0.5), (1, 0.5), (1, 1), (0.5, 1))], 320, 180)
    assert plane[:72, :96].all()
    assert plane[90:, 160:].all()
    assert cv2.countNonZero(plane) == pytest.approx(72 * 96 + 90 * 160, rel=0.05)


def test_a_blob_says_where_it_stirs() -> None:
    still, motion = room(), Motion()
    looks(lambda at: with_box(still, 100, 60, 60, 80) if at > 3 else still, 5, motion)
    nodding = with_box(with_box(still, 100, 60, 60, 80), 105, 65, 12, 12, 120)
    (blob,) = motion.look(nodding, 5.0).blobs
    assert (blob.stir_x, blob.stir_y) == pytest.approx((111 / 320, 71 / 180), abs=0.01)
    (blob,) = motion.look(nodding, 5.2).blobs
    assert math.isnan(blob.stir_x)


def test_where_the_clock_was_set_back_the_background_is_learnt_anew() -> None:
    still, motion = room(), Motion()
    assert not [motion.look(still, 3600 + n / FPS) for n in range(30)][-1].learning
    assert motion.look(still, 0.0).learning
    assert not [motion.look(still, n / FPS) for n in range(1, 30)][-1].learning
