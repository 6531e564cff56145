"""Minutes of noise, shadows and changing light without anybody: no track; and a cat in them that is one."""

import math
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from vision.cameras.painter import HEIGHT, Painter
from vision.motion import Motion, scaled_down
from vision.tracker import Tracker

Luma = npt.NDArray[np.float32]
FPS = 5
ROOM: Luma = scaled_down(np.asarray(Painter().paint([]), np.uint8)[:HEIGHT]).astype(np.float32)
DOWN, ACROSS = ROOM.shape
Y, X = np.mgrid[0:DOWN, 0:ACROSS].astype(np.float32)

NOISES = [("white", 2), ("white", 6), ("white", 12), ("blotches", 4), ("flicker", 4), ("rows", 3)]
"""Kind and grey levels: a sensor by day, at dusk, at night; what compression makes of it; lamps; a cable."""


def noise(chance: np.random.Generator, kind: str, level: float) -> Luma:
    grain = chance.normal(0, 1, (DOWN, ACROSS)).astype(np.float32)
    if kind == "blotches":
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 2), np.float32)
        grain /= grain.std()
    if kind == "flicker":
        grain += chance.normal(0, 1)
    if kind == "rows":
        grain = (grain + chance.normal(0, 1, (DOWN, 1))).astype(np.float32)
    return np.asarray(grain * level, np.float32)


def tracks(paint: Callable[[float], Luma], kind: str, level: float, seconds: int = 120) -> list[float]:
    """When each track was first told."""
    chance, motion, tracker = np.random.default_rng(8), Motion(), Tracker()
    born: dict[int, float] = {}
    for n in range(seconds * FPS):
        seen = np.asarray(np.clip(paint(n / FPS) + noise(chance, kind, level), 0, 255), np.uint8)
        look = motion.look(seen, n / FPS)
        for track in tracker.update(look.blobs, n / FPS):
            born.setdefault(track.id, n / FPS)
        motion.accept(tracker.settled)
    return list(born.values())


def spot(x: float, y: float, across: float, down: float, softness: float) -> Luma:
    mask = np.zeros((DOWN, ACROSS), np.float32)
    cv2.ellipse(mask, (round(x), round(y)), (round(across), round(down)), 0, 0, 360, (1.0,), cv2.FILLED)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), softness), np.float32)


def crossing(at: float) -> float:
    """Something that comes in from the left again and again, first after some seconds."""
    return max(at - 5.0, 0.0) * 25.0 % (320 + 160) - 80


INFRARED = np.asarray(
    (255 - ROOM * 0.6) * 0.6 * (1.2 - 1.6 * ((X / ACROSS - 0.5) ** 2 + (Y / DOWN - 0.5) ** 2)), np.float32
)
"""The room by the light of the camera itself: other tones, and dark corners."""


def daylight(at: float) -> Luma:
    return np.asarray(ROOM * (1 - 0.7 * min(at / 60, 1)), np.float32)


def infrared(at: float) -> Luma:
    """Day and infrared by turns, at once."""
    return INFRARED if at // 25 % 2 else ROOM


def dusk(at: float) -> Luma:
    """Day and infrared by turns, over two seconds each way."""
    part = np.clip((at % 30 - 10) / 2, 0, 1) - np.clip((at % 30 - 22) / 2, 0, 1)
    return np.asarray(ROOM * (1 - part) + INFRARED * part, np.float32)


def lamp(at: float) -> Luma:
    return np.asarray(ROOM * 0.4 + 90 * spot(225, 75, 90, 90, 30) * (at // 20 % 2), np.float32)


def shadow(at: float) -> Luma:
    return np.asarray(ROOM * (1 - 0.5 * spot(crossing(at), 120, 30, 28, 1.5)), np.float32)


def soft_shadow(at: float) -> Luma:
    return np.asarray(ROOM * (1 - 0.4 * spot(crossing(at), 120, 40, 28, 6)), np.float32)


def still(_at: float) -> Luma:
    return ROOM


@pytest.mark.parametrize(("kind", "level"), NOISES)
@pytest.mark.parametrize("scene", [still, daylight, infrared, dusk, lamp, shadow, soft_shadow])
def test_two_minutes_without_anybody_make_no_track(
    scene: Callable[[float], Luma], kind: str, level: float
) -> None:
    assert tracks(scene, kind, level) == []


FUR = np.asarray(cv2.GaussianBlur(np.random.default_rng(0).normal(0, 24, (40, 70)), (0, 0), 1.5), np.float32)


def with_cat(picture: Luma, x: float, tone: float) -> Luma:
    copy = picture.copy()
    left, right = max(round(x) - 35, 0), min(round(x) + 35, ACROSS)
    if right > left:
        copy[100:140, left:right] = tone + FUR[:, left - round(x) + 35 : right - round(x) + 35]
    return copy


@pytest.mark.parametrize(("kind", "level"), NOISES)
@pytest.mark.parametrize("tone", [45, 95, 200])
def test_a_cat_that_crosses_is_one_track_each_time(kind: str, level: float, tone: float) -> None:
    seen = tracks(lambda at: with_cat(ROOM, crossing(at), tone), kind, level, 60)
    assert len(seen) == 3


@pytest.mark.parametrize("level", [2, 6])
def test_a_cat_with_its_shadow_is_one_track_each_time(level: float) -> None:
    seen = tracks(lambda at: with_cat(soft_shadow(at), crossing(at), 70), "white", level, 60)
    assert len(seen) == 3


def test_light_within_a_mask_blinds_nobody() -> None:
    """A television or a street behind the window may be half of the picture, and is never the same."""
    chance, half = np.random.default_rng(8), ACROSS // 2
    motion, blind, seen = Motion([((0.0, 0.0), (0.51, 0.0), (0.51, 1.0), (0.0, 1.0))]), 0, 0
    for n in range(60 * FPS):
        picture = ROOM.copy()
        picture[:, :half] = 120 + 60 * math.sin(n / FPS * 1.3) + 30 * math.sin(n / FPS * 0.7)
        left = round(ACROSS - n / FPS * 25 % (half + 40))
        picture[120:150, max(left, half) : max(left + 45, half)] = 30
        look = motion.look(
            np.asarray(np.clip(picture + noise(chance, "white", 3), 0, 255), np.uint8), n / FPS
        )
        blind, seen = blind + look.learning, seen + bool(look.blobs)
    assert blind < 3 * FPS, "the light of the television is taken for the room's"
    assert seen > 30 * FPS
