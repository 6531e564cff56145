import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.cameras.painter import HEIGHT, WIDTH, Painter
from vision.cameras.script import PERIOD, Action, Pet, Pose, Script
from vision.cameras.scripted import ScriptedCamera, ScriptedOptions
from vision.decoder import Decoder

PAINTER = Painter()


def camera(**options: float | bool) -> ScriptedCamera:
    return ScriptedCamera(ScriptedOptions.model_validate({"pace": False, "start": 1000.0, **options}))


def test_the_play_is_real_h264_with_a_keyframe_every_second() -> None:
    stream = camera(duration=3, fps=15).open()
    decoder, times, keyframes = Decoder(stream.video), [], []
    for timed in stream.packets():
        if timed.packet.is_keyframe:
            keyframes.append(timed.time)
        for frame, at in decoder.frames(timed):
            times.append(at)
            assert (frame.width, frame.height, frame.format.name) == (1280, 720, "yuv420p")
    assert stream.video.codec_context.name == "h264"
    assert times == pytest.approx([1000 + n / 15 for n in range(45)])
    assert keyframes == pytest.approx([1000, 1001, 1002])
    assert stream.ends


def test_the_same_seed_is_the_same_play() -> None:
    def sizes(seed: int) -> list[int]:
        return [timed.packet.size for timed in camera(duration=8, seed=seed).open().packets()]

    assert sizes(1) == sizes(1)
    assert sizes(1) != sizes(2)


def test_it_plays_in_real_time_and_ends_when_closed() -> None:
    stream = camera(pace=True).open()
    assert not stream.ends
    began, count = time.monotonic(), 0
    for _ in stream.packets():
        count += 1
        if count == 10:
            stream.close()
            stream.close()
    assert count == 10
    assert time.monotonic() - began >= 0.8


def test_another_thread_may_close_it() -> None:
    stream = camera(pace=True).open()
    reader = threading.Thread(target=lambda: list(stream.packets()))
    reader.start()
    stream.close()
    reader.join(10)
    assert not reader.is_alive()


def test_a_stream_that_was_never_read_can_be_closed() -> None:
    camera().open().close()


def test_something_happens_within_twenty_seconds() -> None:
    for seed in range(20):
        first = next(Script(seed).visits(PERIOD))
        assert first.start < 7
        assert first.end < 20


def test_the_visits_come_again_each_period() -> None:
    script = Script(3)
    once, twice = list(script.visits(PERIOD)), list(script.visits(2 * PERIOD))
    assert len(twice) == 2 * len(once)
    assert [visit.start + PERIOD for visit in once] == pytest.approx([v.start for v in twice[len(once) :]])
    assert {visit.event_type for visit in once} == {"passing", "playing", "sitting"}
    assert {visit.pet for visit in once} == set(Pet)


@settings(deadline=None)
@given(st.integers(0, 50), st.floats(0, 3 * PERIOD))
def test_a_pet_is_in_the_room_exactly_during_its_visits(seed: int, at: float) -> None:
    script = Script(seed)
    here = {visit.pet for visit in script.visits(4 * PERIOD) if visit.start <= at < visit.end}
    assert {pose.pet for pose in script.poses(at)} == here
    for pose in script.poses(at):
        assert -0.2 < pose.x < 1.2
        assert 0.6 < pose.y < 1.0
        assert 0 <= pose.phase < 1


def test_between_visits_the_room_stays_empty_for_some_seconds() -> None:
    for seed in range(20):
        ends = 0.0
        for visit in Script(seed).visits(PERIOD):
            if visit.start > ends:
                assert visit.start - ends > 3
            ends = max(ends, visit.end)


def test_the_cats_are_painted_where_the_script_says_and_in_their_own_coats() -> None:
    painter = Painter()
    empty = np.asarray(painter.paint([])).astype(int)
    coats = {}
    for pet in Pet:
        rows = np.asarray(painter.paint([Pose(pet, Action.SIT, 0.5, 0.8, 1, 0.0)])).astype(int)
        changed = np.argwhere(np.abs(rows[:HEIGHT] - empty[:HEIGHT]) > 12)
        top, left = changed.min(0)
        bottom, right = changed.max(0)
        assert (left + right) / 2 / WIDTH == pytest.approx(0.5, abs=0.02)
        assert bottom / HEIGHT == pytest.approx(0.8, abs=0.03)
        assert 90 < bottom - top < 220
        coats[pet] = rows[:HEIGHT][tuple(changed.T)].mean()
    assert coats[Pet.MANGO] - coats[Pet.SHADOW] > 40, "the coats look alike"


@settings(deadline=None, max_examples=40)
@given(st.floats(-0.5, 1.5), st.floats(0.6, 1.0), st.sampled_from(Action), st.sampled_from((-1, 1)))
def test_a_cat_at_any_place_is_painted_within_the_picture(
    x: float, y: float, action: Action, facing: int
) -> None:
    rows = PAINTER.paint([Pose(Pet.MANGO, action, x, y, facing, 0.99)])
    assert rows.shape == (HEIGHT * 3 // 2, WIDTH)
