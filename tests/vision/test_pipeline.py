from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from influx.points import Point
from vision.cameras.painter import HEIGHT, WIDTH, Painter
from vision.cameras.script import PERIOD, Script, Visit
from vision.cameras.scripted import ScriptedCamera, ScriptedOptions
from vision.decoder import Decoder
from vision.events import Event
from vision.pipeline import Change, Closed, Opened, Pipeline

START = 1_790_000_000.0
Rows = npt.NDArray[np.uint8]


@dataclass
class Seen:
    script: Script
    changes: list[Change]
    points: list[Point]
    looks: int

    @property
    def events(self) -> list[Event]:
        return [change.event for change in self.changes if isinstance(change, Closed)]


def see_script(seed: int, fps: int, seconds: float) -> Seen:
    camera = ScriptedCamera(ScriptedOptions(seed=seed, fps=fps, pace=False, start=START, duration=seconds))
    stream, pipeline = camera.open(), Pipeline("camera", "room")
    decoder = Decoder(stream.video)
    changes: list[Change] = []
    for packet in stream.packets():
        for frame, at in decoder.frames(packet):
            changes += pipeline.see(frame, at)
    changes += pipeline.close()
    return Seen(camera.script, changes, pipeline.activity(), pipeline.looks)


@pytest.fixture(scope="module")
def seen() -> Seen:
    return see_script(0, 10, PERIOD)


def is_of(event: Event, visit: Visit) -> bool:
    return (
        event.event_type == visit.event_type
        and abs(event.start.timestamp() - START - visit.start) < 1
        and abs(event.end.timestamp() - START - visit.end) < 1.2
    )


def assert_truth(seen: Seen, seconds: float) -> None:
    visits = list(seen.script.visits(seconds))
    left = list(seen.events)
    for visit in visits:
        mine = [event for event in left if is_of(event, visit)]
        assert len(mine) == 1, f"{visit.pet} {visit.event_type} at {visit.start:.1f} s: {len(mine)} events"
        left.remove(mine[0])
    assert not left, f"events where nobody is: {[(event.id, event.event_type) for event in left]}"


def test_every_scripted_visit_is_found_with_its_type_and_nothing_else(seen: Seen) -> None:
    assert_truth(seen, PERIOD)


@pytest.mark.parametrize(("seed", "fps"), [(3, 15)])
def test_another_play_at_another_rate_is_found_as_well(seed: int, fps: int) -> None:
    assert_truth(see_script(seed, fps, 82), 82)


def test_five_frames_a_second_are_looked_at(seen: Seen) -> None:
    assert seen.looks == pytest.approx(5 * PERIOD, rel=0.01)


def test_the_id_stays_from_opening_to_closing(seen: Seen) -> None:
    opened = [change.event.id for change in seen.changes if isinstance(change, Opened)]
    assert sorted(opened) == sorted(event.id for event in seen.events)


def test_an_event_opens_within_a_second_and_a_half_of_its_start(seen: Seen) -> None:
    for change in seen.changes:
        if isinstance(change, Opened):
            assert change.event.end - change.event.start < timedelta(seconds=1.5)


def test_where_the_pets_are_is_told_every_ten_seconds_while_they_are_seen(seen: Seen) -> None:
    assert len({(point.time_ns, tuple(point.tags.items())) for point in seen.points}) == len(seen.points)
    spans = {point.time_ns // 10_000_000_000 for point in seen.points}
    sitting = next(visit for visit in seen.script.visits(PERIOD) if visit.event_type == "sitting")
    first, last = (int((START + at) // 10) for at in (sitting.start + 1, sitting.end - 1))
    assert set(range(first, last + 1)) <= spans
    middle = [
        point.fields
        for point in seen.points
        if point.time_ns // 10_000_000_000 == (START + (sitting.start + sitting.end) / 2) // 10
    ]
    leg = sitting.legs[1]
    assert middle[0]["x"] == pytest.approx(leg.x0, abs=0.04)
    assert 0 <= float(middle[0]["motion"]) <= 1


def frames_of(pictures: Iterator[Rows], pipeline: Pipeline) -> list[Change]:
    changes: list[Change] = []
    for number, rows in enumerate(pictures):
        changes += pipeline.see(av.VideoFrame.from_ndarray(rows, format="yuv420p"), START + number / 5)
    return changes + pipeline.close()


EMPTY = np.asarray(Painter().paint([]), np.uint8)


def test_noise_in_an_empty_room_is_no_event() -> None:
    chance = np.random.default_rng(3)
    grain = chance.normal(0, 6, (HEIGHT + 50, WIDTH)).astype(np.int16)

    def pictures() -> Iterator[Rows]:
        for _ in range(150):
            top = chance.integers(0, 50)
            rows = EMPTY.copy()
            rows[:HEIGHT] = np.clip(rows[:HEIGHT] + grain[top : top + HEIGHT], 0, 255)
            yield rows

    assert frames_of(pictures(), Pipeline("camera", "room")) == []


def test_a_lamp_that_lights_a_part_of_the_room_is_no_event() -> None:
    lamp = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(lamp, (900, 300), 180, (60,), cv2.FILLED)
    lit = EMPTY.copy()
    lit[:HEIGHT] = cv2.add(lit[:HEIGHT], cv2.GaussianBlur(lamp, (0, 0), 30))

    def pictures() -> Iterator[Rows]:
        for number in range(200):
            yield lit if 50 <= number < 120 else EMPTY

    assert frames_of(pictures(), Pipeline("camera", "room")) == []


def test_the_main_light_and_the_dusk_are_no_event() -> None:
    dark = EMPTY.copy()
    dark[:HEIGHT] = dark[:HEIGHT] // 4 + 12

    def pictures() -> Iterator[Rows]:
        for number in range(350):
            fading = EMPTY.copy()
            fading[:HEIGHT] = cv2.convertScaleAbs(fading[:HEIGHT], alpha=max(0.4, 1 - number / 250))
            yield dark if 250 <= number < 300 else fading

    assert frames_of(pictures(), Pipeline("camera", "room")) == []


def test_what_was_seen_last_is_told() -> None:
    pipeline = Pipeline("camera", "room")
    frames_of(iter([EMPTY] * 10), pipeline)
    assert pipeline.motion == 0
    assert pipeline.luma == pytest.approx(float(EMPTY[:HEIGHT].mean()) / 255, abs=0.01)


def test_a_longest_event_is_followed_by_the_next() -> None:
    script, painter = Script(0), Painter()
    sitting = next(visit for visit in script.visits(PERIOD) if visit.event_type == "sitting")
    pipeline = Pipeline("camera", "room", longest=timedelta(seconds=8))

    def pictures() -> Iterator[Rows]:
        for number in range(int((sitting.end - sitting.start + 6) * 5)):
            yield np.asarray(painter.paint(script.poses(sitting.start - 3 + number / 5)), np.uint8)

    events = [change.event for change in frames_of(pictures(), pipeline) if isinstance(change, Closed)]
    assert len(events) >= 3
    assert all(event.duration <= timedelta(seconds=8) for event in events)
    assert all(before.end == after.start for before, after in pairwise(events))


def test_a_pipeline_that_was_closed_begins_anew_with_new_ids(seen: Seen) -> None:
    camera = ScriptedCamera(ScriptedOptions(pace=False, start=START, duration=10))
    pipeline = Pipeline("camera", "room")
    changes: list[Change] = []
    for turn in range(2):
        stream = camera.open()
        decoder = Decoder(stream.video)
        for packet in stream.packets():
            for frame, at in decoder.frames(packet):
                changes += pipeline.see(frame, at + turn * 100)
        changes += pipeline.close()
    ids = [change.event.id for change in changes if isinstance(change, Closed)]
    assert len(ids) == len(set(ids)) == 2


def test_after_the_clock_was_set_back_it_looks_on_at_once() -> None:
    """A camera is opened anew when that happens, see ``vision.cameras.clock``."""
    pipeline = Pipeline("camera", "room")
    grey = av.VideoFrame.from_ndarray(np.full((180, 320), 90, np.uint8), format="gray")
    for begin in (START, START - 3600):
        for number in range(10):
            pipeline.see(grey, begin + number / 5)
        pipeline.close()
    assert pipeline.looks == 20
