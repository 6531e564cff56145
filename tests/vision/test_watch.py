import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.vision.shared import shared
from tests.vision.sources import video
from vision.cameras.scripted import ScriptedCamera, ScriptedOptions
from vision.config import RecorderSection
from vision.events import CLIP_NONE, Event
from vision.pipeline import Pipeline
from vision.recorder import Recorder
from vision.watch import NotAVideo, Seen, probe, watch

VISITS = ((6.0, 19.9), (22.8, 44.9), (50.2, 70.0), (74.6, 87.0), (92.1, 119.8), (123.6, 135.9))
"""What people see in person-walking.mp4, in seconds: from the first part of somebody to the last. A faint
shadow or reflection on the floor comes up to half a second before them and goes a second after."""


def pipeline() -> Pipeline:
    return Pipeline("file", "room")


@pytest.fixture(scope="module")
def people() -> list[Seen]:
    return list(watch(shared("data/person-walking.mp4"), pipeline()))


def test_each_visit_that_people_see_is_found_once(people: list[Seen]) -> None:
    assert len(people) == len(VISITS), [(seen.start_s, seen.end_s) for seen in people]
    for (start, end), seen in zip(VISITS, people, strict=True):
        assert start - 1 <= seen.start_s <= start + 0.5, f"the visit at {start} s"
        assert end - 0.5 <= seen.end_s <= end + 1.2, f"the visit until {end} s"


def test_nothing_is_found_while_the_room_is_empty(people: list[Seen]) -> None:
    for (_, leaves), (comes, _) in pairwise(((0.0, 0.0), *VISITS, (139.0, 139.0))):
        wrong = [seen for seen in people if seen.start_s < comes - 1 and seen.end_s > leaves + 1.2]
        assert not wrong, f"between {leaves} and {comes} s: {wrong}"


def test_a_person_who_stands_is_no_sitting_pet(people: list[Seen]) -> None:
    assert {seen.event.event_type for seen in people} == {"passing"}


def test_the_events_lie_where_the_recording_says_it_was_made(people: list[Seen]) -> None:
    begin = datetime(2017, 9, 26, 16, 57, 49, tzinfo=UTC)
    for seen in people:
        assert seen.event.start == begin + timedelta(seconds=seen.start_s)


def scripted(path: Path, seconds: float) -> Path:
    stream = ScriptedCamera(ScriptedOptions(pace=False, start=0, duration=seconds)).open()
    with av.open(str(path), "w") as output:
        copy = output.add_stream_from_template(stream.video)
        for timed in stream.packets():
            timed.packet.stream = copy
            output.mux(timed.packet)
    return path


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scripted(tmp_path_factory.mktemp("watch") / "room.mkv", 20)


def test_the_start_is_the_files_age_where_it_does_not_know(room: Path) -> None:
    written = datetime(2026, 3, 1, 12, 0, 20, tzinfo=UTC)
    os.utime(room, (written.timestamp(), written.timestamp()))
    recorded = probe(room)
    assert recorded.length == timedelta(seconds=20)
    assert recorded.start == datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def test_the_start_can_be_told(room: Path) -> None:
    start = datetime(2020, 1, 1, 12, tzinfo=UTC)
    (seen,) = watch(room, pipeline(), start=start)
    assert seen.event.start == start + timedelta(seconds=seen.start_s)
    assert 5 < seen.start_s < 7


def test_a_creation_time_without_a_clock_behind_it_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(video(tmp_path / "b.mp4", 1))) as source, av.open(str(path), "w") as output:
        output.metadata["creation_time"] = "1970-01-01T00:00:00Z"
        copy = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                output.mux(packet)
    assert probe(path).start.year > 2000


def test_progress_is_told_up_to_the_end(room: Path) -> None:
    told: list[float] = []
    list(watch(room, pipeline(), progress=told.append))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert 20 < len(told) < 250


def test_a_whole_file_is_no_reason_to_warn(room: Path) -> None:
    warnings: list[str] = []
    list(watch(room, pipeline(), warn=warnings.append))
    assert warnings == []


def test_of_a_file_that_is_cut_off_the_readable_part_counts(room: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mkv"
    whole = room.read_bytes()
    cut.write_bytes(whole[: len(whole) * 3 // 4])
    warnings: list[str] = []
    seen = list(watch(cut, pipeline(), warn=warnings.append))
    assert len(seen) == 1
    assert len(warnings) == 1
    assert "cut.mkv is cut off or damaged after" in warnings[0]
    assert "what could be read is kept" in warnings[0]


def picture(path: Path) -> None:
    cv2.imwrite(str(path), np.zeros((90, 160, 3), np.uint8))


def sound(path: Path) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.rate = 48_000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def cut_before_the_index(path: Path) -> None:
    whole = video(path.with_name("whole.mp4"), 3).read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


@pytest.mark.parametrize(
    ("name", "make", "why"),
    [
        ("none.mp4", lambda _path: None, "is no file"),
        ("folder.mp4", Path.mkdir, "is no file"),
        ("empty.mp4", Path.touch, "is no video"),
        ("text.txt", lambda path: path.write_text("not a video\n" * 50), "is no video"),
        ("text.mp4", lambda path: path.write_text("not a video\n" * 50), "is no video"),
        ("photo.png", picture, "no moving pictures"),
        ("photo.jpg", picture, "no moving pictures"),
        ("sound.m4a", sound, "no moving pictures"),
        ("cut.mp4", cut_before_the_index, "cut off before its index was written"),
    ],
)
def test_what_is_no_video_is_one_sentence(tmp_path: Path, name: str, make: object, why: str) -> None:
    path = tmp_path / name
    assert callable(make)
    make(path)
    with pytest.raises(NotAVideo, match=why) as caught:
        list(watch(path, pipeline()))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_events_are_recorded_and_name_their_clip(room: Path, tmp_path: Path) -> None:
    announced: list[Event] = []
    finished: list[Path] = []
    recorder = Recorder(tmp_path, RecorderSection(), closed=announced.append, finished=finished.append)
    (seen,) = watch(room, pipeline(), recorder=recorder, start=datetime(2026, 1, 1, tzinfo=UTC))
    assert [event.id for event in announced] == [seen.event.id]
    assert (seen.event.clip, seen.event.clip_state) == (announced[0].clip, announced[0].clip_state)
    assert seen.event.clip.endswith(f"{seen.event.id}.mp4")
    assert len(finished) == 1


def test_an_event_whose_recording_failed_names_no_clip(room: Path, tmp_path: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    (known,) = watch(room, pipeline(), start=start)
    (tmp_path / f"{known.event.id}.mp4.part").mkdir()  # where its recording should go
    announced: list[Event] = []
    recorder = Recorder(tmp_path, RecorderSection(), closed=announced.append, finished=lambda _path: None)
    (seen,) = watch(room, pipeline(), recorder=recorder, start=start)
    assert (seen.event.clip, seen.event.clip_state) == ("", CLIP_NONE)
    assert announced == [seen.event]


def test_a_reader_who_stops_early_leaves_nothing_open(room: Path, tmp_path: Path) -> None:
    announced: list[Event] = []
    recorder = Recorder(tmp_path, RecorderSection(), closed=announced.append, finished=lambda _path: None)
    for _told in watch(room, pipeline(), recorder=recorder):
        break
    assert len(announced) == 1
