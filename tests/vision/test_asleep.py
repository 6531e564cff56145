"""Who lies down stays a track for as long as it lies there; what was only put there does not."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from vision.motion import Motion
from vision.tracker import Track, Tracker

Grey = npt.NDArray[np.uint8]
FPS = 5
ROOM = np.linspace(80, 150, 320)[None, :] * np.ones((180, 1)) + np.random.default_rng(4).normal(
    0, 5, (180, 320)
)
CAT = np.random.default_rng(5).normal(0, 14, (36, 60)) + 45
CHAIR = np.random.default_rng(6).normal(0, 6, (70, 40)) + 200

GRAIN = np.random.default_rng(7).normal(0, 3, (250, 390))
"""A sensor's noise, of which each picture shows another part."""


def room(at: float, *things: tuple[npt.NDArray[np.float64], float, int], light: float = 1.0) -> Grey:
    """The room with things in it, each with its left and top in pixels, and a sensor's noise."""
    seen = ROOM.copy()
    for thing, across, top in things:
        left = round(across)
        shown = slice(min(max(left, 0), 320), min(max(left + thing.shape[1], 0), 320))
        seen[top : top + thing.shape[0], shown] = thing[
            :, max(-left, 0) : max(-left, 0) + shown.stop - shown.start
        ]
    number = round(at * FPS)
    grain = GRAIN[number * 37 % 70 : number * 37 % 70 + 180, number * 53 % 70 : number * 53 % 70 + 320]
    return np.asarray(np.clip(seen * light + grain, 0, 255), np.uint8)


def watch(paint: Callable[[float], Grey], seconds: float) -> list[list[tuple[int, float]]]:
    """Each look's tracks: id, and when it was seen last."""
    motion, tracker, told = Motion(), Tracker(), []
    for n in range(round(seconds * FPS)):
        look = motion.look(paint(n / FPS), n / FPS)
        tracks: list[Track] = tracker.update(look.blobs, n / FPS, blind=look.learning)
        motion.accept(tracker.settled)
        told.append([(track.id, track.last.at) for track in tracks])
    return told


def where(at: float, lies: float) -> float:
    """A cat's left edge: it comes in after 4 s, lies down in the middle for some seconds and goes on."""
    return min((at - 4) * 50 - 60, 130) + max(at - 7.8 - lies, 0) * 50


@pytest.mark.parametrize("evening", [False, True], ids=["all day", "into the evening"])
def test_a_cat_asleep_for_ten_minutes_is_one_track_and_leaves_nothing(evening: bool) -> None:
    lies = 600.0

    def paint(at: float) -> Grey:
        light = 1 - 0.6 * min(at / 500, 1) if evening else 1.0
        return room(at, (CAT, where(at, lies), 90), light=light)

    told = watch(paint, lies + 20)
    asleep = told[10 * FPS : round(lies) * FPS]
    assert all([number for number, _at in tracks] == [1] for tracks in asleep)
    assert {number for tracks in told for number, _at in tracks} == {1}, "and it is the same that goes"
    assert told[-1] == []


def test_a_chair_that_was_pushed_is_learnt_and_who_pushed_it_goes_on() -> None:
    def paint(at: float) -> Grey:
        chair = 60.0 if at < 6 else min(60 + (at - 6) * 40, 180)
        person = -40 + at * 40 - 140 if at < 4 else chair - 58 if at < 9 else chair - 58 - (at - 9) * 50
        return room(at, (CHAIR, chair, 80), (CAT, person, 100))

    told = watch(paint, 200)
    assert told[-1] == [], "nobody is there any more"
    last = {number: tracks_at for tracks in told for number, tracks_at in tracks}
    assert max(last.values()) < 160


def test_a_thing_that_appears_at_once_is_learnt_within_seconds() -> None:
    told = watch(lambda at: room(at, *([(CHAIR, 150.0, 80)] if at > 5 else [])), 20)
    assert all(tracks == [] for tracks in told)
