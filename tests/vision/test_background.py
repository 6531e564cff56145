"""What the background becomes where it cannot be seen."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from vision.motion import Look, Motion

Grey = npt.NDArray[np.uint8]
FPS = 5


def room() -> Grey:
    chance = np.random.default_rng(4)
    across = np.linspace(80, 150, 320)[None, :] * np.ones((180, 1))
    return np.asarray(across + chance.normal(0, 5, across.shape), np.uint8)


ROOM = room()
CAT = np.random.default_rng(5).normal(0, 14, (36, 60)) + 45
"""A dark cat: 36 by 60 pixels of fur."""


def picture(light: float | npt.NDArray[np.float64], at: float, *, cat: bool, seed: int = 3) -> Grey:
    """The room in some light, from 1 s on with or without the cat that has come to lie in it."""
    seen = ROOM.astype(float)
    if cat:
        seen[90:126, 130:190] = CAT
    grain = np.random.default_rng(round(at * FPS) + 1000 * seed).normal(0, 2, seen.shape)
    return np.asarray(np.clip(seen * light + grain, 0, 255), np.uint8)


def lie_down(motion: Motion) -> float:
    """Let the cat come after 4 s; returns the next look's time."""
    for n in range(8 * FPS):
        motion.look(picture(1, n / FPS, cat=n > 4 * FPS), n / FPS)
    return 8.0


def watch(
    motion: Motion, start: float, seconds: float, light: Callable[[float], float | npt.NDArray[np.float64]]
) -> list[Look]:
    times = [start + n / FPS for n in range(int(seconds * FPS))]
    return [motion.look(picture(light(at - start), at, cat=True), at) for at in times]


def gone(motion: Motion, start: float, light: float | npt.NDArray[np.float64]) -> list[Look]:
    times = [start + n / FPS for n in range(10)]
    return [motion.look(picture(light, at, cat=False), at) for at in times]


WINDOW = np.linspace(0.35, 1.0, 320)[None, :] * np.ones((180, 1))
"""The light of an evening that leaves the room from the left."""


def test_what_a_sleeper_covers_fades_with_the_evening_around_it() -> None:
    motion = Motion()
    start = lie_down(motion)
    seen = watch(motion, start, 120, lambda at: 1 + (WINDOW - 1) * min(at / 100, 1))
    assert all(len(look.blobs) == 1 for look in seen), "the cat is there all the time"
    after = gone(motion, start + 120, WINDOW)
    assert not any(look.blobs for look in after), "where it lay there is nothing, by the light of the evening"


@pytest.mark.parametrize("light", [0.3, 0.6, 1.5])
def test_a_sleeper_is_still_there_when_a_lamp_was_switched(light: float) -> None:
    motion = Motion()
    start = lie_down(motion)
    lamp = WINDOW * light
    seen = watch(motion, start, 12, lambda _at: lamp)
    assert any(look.learning for look in seen), "the light jumped"
    assert all(len(look.blobs) == 1 for look in seen if not look.learning)
    assert not any(look.blobs for look in gone(motion, start + 12, lamp)[1:]), "and nothing stays of it"


def test_a_scene_that_was_not_seen_for_long_is_learnt_with_whoever_lies_in_it() -> None:
    motion = Motion()
    start = lie_down(motion) + 600
    assert not any(look.blobs for look in watch(motion, start, 5, lambda _at: 1.0))
