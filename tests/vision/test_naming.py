import logging
import time
from collections import deque
from pathlib import Path

import av
import numpy as np
import pytest
from cv2.typing import MatLike

from vision.config import DetectorSection
from vision.detectors import PERSON, PET, BadModel, Found
from vision.motion import Box
from vision.naming import Namer, open_namer
from vision.tracker import Step, Track

BOX = Box(0.4, 0.4, 0.5, 0.6)
FRAME = av.VideoFrame.from_ndarray(np.full((720, 1280, 3), 90, np.uint8), format="rgb24").reformat(
    format="yuv420p"
)


class Says:
    """A detector that always finds the same, and counts how often it was asked."""

    def __init__(self, *labels: str, seconds: float = 0) -> None:
        self.labels = labels
        self.seconds = seconds
        self.sizes: list[tuple[int, ...]] = []

    def detect(self, picture: MatLike) -> list[Found]:
        self.sizes.append(picture.shape)
        if self.seconds:
            time.sleep(self.seconds)
        return [Found(label, 0.9, BOX) for label in self.labels]


class Fails(Says):
    """A detector whose model is broken."""

    def detect(self, picture: MatLike) -> list[Found]:
        super().detect(picture)
        raise RuntimeError("tensor has the wrong rank")


def track(number: int, at: float) -> Track:
    return Track(number, at, deque([Step(at, 0.45, 0.5, BOX, 0.5)]))


def test_a_track_is_looked_at_five_times_a_second_and_gets_the_votes() -> None:
    detector = Says(PET)
    namer, one = Namer(detector), track(1, 0)
    for look in range(30):
        at = look / 15
        one.steps.append(Step(at, 0.45, 0.5, BOX, 0.5))
        namer.name(FRAME, [one], at)
    assert one.votes == {PET: 10}
    assert len(detector.sizes) == 10
    assert detector.sizes[0] == (288, 288, 3), "a square twice the track's box"


def test_tracks_take_turns() -> None:
    namer, tracks = Namer(Says(PERSON)), [track(1, 0), track(2, 0)]
    for look in range(10):
        for one in tracks:
            one.steps.append(Step(look, 0.45, 0.5, BOX, 0.5))
        namer.name(FRAME, tracks, look)
    assert [one.votes[PERSON] for one in tracks] == [5, 5]


def test_what_is_nothing_to_the_model_delays_no_other() -> None:
    namer, curtain, cat = Namer(Says()), track(1, 0), track(2, 0)
    seen: list[int] = []
    for look in range(20):
        for one in (curtain, cat):
            one.steps.append(Step(look, 0.45, 0.5, BOX, 0.5))
        namer.name(FRAME, [curtain, cat], look)
        seen.append(max((1, 2), key=lambda number: namer.looked_at.get(number, -1)))
    assert seen == [1, 2] * 10


def test_a_newcomer_waits_for_nobody() -> None:
    namer, old = Namer(Says(PET)), track(1, 0)
    for look in range(20):
        old.steps.append(Step(look, 0.45, 0.5, BOX, 0.5))
        namer.name(FRAME, [old], look)
    new = track(2, 20)
    for look in range(20, 24):
        for one in (old, new):
            one.steps.append(Step(look, 0.45, 0.5, BOX, 0.5))
        namer.name(FRAME, [old, new], look)
    assert (old.votes[PET], new.votes[PET]) == (22, 2)


def test_a_look_that_finds_both_votes_for_both() -> None:
    one = track(1, 0)
    Namer(Says(PERSON, PET, PET)).name(FRAME, [one], 0.0)
    assert one.votes == {PET: 1, PERSON: 1}


def test_a_track_that_is_out_of_sight_is_not_looked_at() -> None:
    detector = Says(PET)
    Namer(detector).name(FRAME, [track(1, 0)], 5.0)
    assert detector.sizes == []


def test_a_model_that_fails_is_said_once_and_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    detector = Fails()
    namer = Namer(detector)
    for at in range(5):
        namer.name(FRAME, [track(1, at)], at)
    assert len(detector.sizes) == 1
    assert [record.message for record in caplog.records] == ["the model failed; events go on without it"]


def test_a_model_that_is_too_slow_is_said_once_and_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    detector = Says(PET, seconds=0.02)
    namer = Namer(detector, too_slow=0.01)
    for at in range(10):
        namer.name(FRAME, [track(1, at)], at)
    assert len(detector.sizes) == 5
    assert len(caplog.records) == 1
    assert "a look; events go on without it" in caplog.records[0].message


def test_without_a_model_there_is_no_namer() -> None:
    assert open_namer(DetectorSection()) is None


def test_a_model_that_cannot_be_used_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert open_namer(DetectorSection(model=tmp_path / "none.onnx", layout="nanodet")) is None
    assert len(caplog.records) == 1
    assert caplog.records[0].message.endswith("is no file; events go on without it")


def test_a_model_that_must_be_used_and_cannot_is_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(BadModel, match=r"none\.onnx"):
        open_namer(DetectorSection(model=tmp_path / "none.onnx", layout="nanodet"), strict=True)
    assert not caplog.records
    assert open_namer(DetectorSection(), strict=True) is None


def test_after_the_clock_was_set_back_it_is_asked_on() -> None:
    detector = Says(PET)
    namer = Namer(detector)
    for at in (3600.0, 0.0):
        namer.name(FRAME, [track(1, at)], at)
    assert len(detector.sizes) == 2
