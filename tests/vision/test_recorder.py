"""Clips hold exactly what the camera sent, from before the event to after it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import cv2
import numpy as np
import pytest

from tests.vision.sources import START, event, moment, packets, payloads, pictures, video
from vision.config import RecorderSection
from vision.episodes import Closed, Extended, LeftOut, Opened
from vision.events import CLIP_NONE, CLIP_WAITING, NO_CLIP, Event
from vision.hours import EVERY_HOUR, Hours
from vision.mp4 import close_up
from vision.recorder import Recorder
from vision.sidecar import Phase, Sidecar
from vision.stream import TimedPacket

SECTION = RecorderSection(pre_roll=timedelta(seconds=2), post_roll=timedelta(seconds=1))
Act = Callable[[Recorder], object]


class Kept:
    """What a recorder told: the closed events, and each finished recording as a clip that plays."""

    def __init__(self, folder: Path, hours: Hours = EVERY_HOUR) -> None:
        self.folder = folder
        self.events: list[Event] = []
        self.sidecars: list[Path] = []
        self.unkept: list[Event] = []
        self.recorder = Recorder(
            folder,
            SECTION,
            closed=self.events.append,
            finished=self.sidecars.append,
            unkept=self.unkept.append,
            hours=hours,
            zone=ZoneInfo("Asia/Kolkata"),
        )

    def clip(self, of: Event) -> Path:
        target = self.folder / f"{of.id}.mp4"
        close_up(self.folder / f"{of.id}.mp4.part", target)
        return target

    def sidecar(self, of: Event) -> Sidecar:
        return Sidecar.read(self.folder / f"{of.id}.json")


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "recordings")


def play(kept: Kept, source: Path, acts: dict[float, Act]) -> list[TimedPacket]:
    """Give the recorder the packets of ``source``, and do each of ``acts`` at its second."""
    played = []
    with av.open(str(source)) as container:
        kept.recorder.start(container.streams.video[0])
    for timed in packets(source):
        played.append(timed)
        kept.recorder.add(timed)
        for at in sorted(acts):
            if timed.time >= START + at:
                acts.pop(at)(kept.recorder)
    kept.recorder.stop()
    return played


def events_of(happened: Event) -> dict[float, Act]:
    """Opened half a second after its start, closed at its end."""
    start = happened.start.timestamp() - START
    end = happened.end.timestamp() - START
    opened = replace(happened, end=happened.start)
    return {
        start + 0.5: lambda recorder: recorder.change(Opened(opened)),
        end: lambda recorder: recorder.change(Closed(happened)),
    }


@pytest.mark.parametrize(("suffix", "b_frames"), [("mp4", 0), ("mkv", 0), ("mp4", 2)])
def test_a_clip_is_the_cameras_own_packets_with_pre_roll_and_post_roll(
    tmp_path: Path, kept: Kept, suffix: str, b_frames: int
) -> None:
    source = video(tmp_path / f"source.{suffix}", 14, b_frames=b_frames)
    happened = event(6.3, 8.0)
    play(kept, source, events_of(happened))

    clip = kept.clip(happened)
    kept_packets, sent = payloads(clip), payloads(source)
    first = sent.index(kept_packets[0])
    assert kept_packets == sent[first : first + len(kept_packets)], "the clip is not the camera's packets"
    began, ended = first / 10, (first + len(kept_packets)) / 10
    assert 6.3 - 2 - 1.01 <= began <= 6.3 - 2, "it must begin a pre-roll before, within one GOP of 1 s"
    assert 9.0 <= ended <= 9.4, "it must end a post-roll after"
    assert pictures(clip) == len(kept_packets), "not every picture of the clip can be shown"
    with av.open(str(clip)) as container:
        frames = [frame.pts or 0 for frame in container.decode(video=0)]
        assert container.streams.video[0].start_time == 0
    assert frames[0] == 0
    assert {b - a for a, b in pairwise(frames)} == {9000}, "the pace is not the camera's"
    boxes = clip.read_bytes()
    assert boxes.index(b"moov") < boxes.index(b"mdat"), "the index must stand in front"


def test_the_event_has_its_clip_and_says_it_waits(tmp_path: Path, kept: Kept) -> None:
    happened = event(3, 5)
    play(kept, video(tmp_path / "source.mp4", 8), events_of(happened))
    assert kept.events == [
        replace(happened, clip=f"cage/2026/05/28/{happened.id}.mp4", clip_state=CLIP_WAITING)
    ]
    assert kept.sidecars == [kept.folder / f"{happened.id}.json"]
    assert kept.sidecar(happened) == Sidecar(kept.events[0], Phase.COMPLETE, START + 1)


def test_of_an_event_that_is_left_out_nothing_is_kept_and_the_other_keeps_its_clip(
    tmp_path: Path, kept: Kept
) -> None:
    happened, of_a_person = event(3, 6), event(3.2, 5, track=2)
    acts = events_of(happened)
    acts[3.8] = lambda recorder: recorder.change(Opened(of_a_person))
    acts[4.5] = lambda recorder: recorder.look(av.VideoFrame(160, 120, "yuv420p"), 0.5)
    acts[5] = lambda recorder: recorder.change(LeftOut(of_a_person))
    acts[5.1] = lambda recorder: recorder.change(LeftOut(event(3.3, 5, track=3)))  # one that was put aside
    play(kept, video(tmp_path / "source.mp4", 9), acts)
    assert [one.id for one in kept.events] == [happened.id]
    assert {path.name.split(".")[0] for path in kept.folder.iterdir()} == {happened.id}
    assert pictures(kept.clip(happened)) > 50


def test_two_tracks_at_once_have_a_clip_each(tmp_path: Path, kept: Kept) -> None:
    one, two = event(4, 8), event(6, 7, track=2)
    source = video(tmp_path / "source.mp4", 12)
    play(kept, source, {at: act for happened in (one, two) for at, act in events_of(happened).items()})
    sent = payloads(source)
    for happened in (one, two):
        clip = kept.clip(happened)
        mine = payloads(clip)
        first = sent.index(mine[0])
        assert mine == sent[first : first + len(mine)]
        assert first / 10 <= happened.start.timestamp() - START - 2
        assert (first + len(mine)) / 10 >= happened.end.timestamp() - START + 1
        assert pictures(clip) == len(mine)


def test_an_event_right_at_the_start_has_what_there_is(tmp_path: Path, kept: Kept) -> None:
    happened = event(0, 1)
    play(kept, video(tmp_path / "source.mp4", 5), events_of(happened))
    assert pictures(kept.clip(happened)) >= 20


def test_an_event_that_the_end_of_the_stream_cuts_keeps_what_there_is(tmp_path: Path, kept: Kept) -> None:
    happened = event(4, 4.6)
    play(kept, video(tmp_path / "source.mp4", 5), events_of(happened))
    assert pictures(kept.clip(happened)) == 30
    assert kept.sidecar(happened).phase is Phase.COMPLETE


def test_while_it_goes_on_the_sidecar_follows(tmp_path: Path, kept: Kept) -> None:
    known = []
    happened = event(2, 4, event_type="playing")
    acts: dict[float, Act] = {
        2.5: lambda recorder: recorder.change(Opened(event(2, 2.5, event_type="motion"))),
        3.5: lambda recorder: recorder.change(Extended(event(2, 3.5))),
        3.6: lambda recorder: known.append(kept.sidecar(happened)),
        4.0: lambda recorder: recorder.change(Closed(happened)),
        4.1: lambda recorder: known.append(kept.sidecar(happened)),
    }
    play(kept, video(tmp_path / "source.mp4", 6), acts)
    assert known[0] == Sidecar(event(2, 3.5), Phase.OPEN, START)
    assert (known[1].phase, known[1].event.clip_state) == (Phase.CLOSING, CLIP_WAITING)


def test_at_any_moment_all_but_the_last_second_is_in_the_file(tmp_path: Path, kept: Kept) -> None:
    happened = event(3, 6)
    part = kept.folder / f"{happened.id}.mp4.part"
    lost: list[float] = []
    acts: dict[float, Act] = events_of(happened)

    def look(at: float) -> Act:
        def measure(recorder: Recorder) -> None:
            # As a process sees it that starts after this one was killed.
            (tmp_path / "seen.part").write_bytes(part.read_bytes())
            extent = close_up(tmp_path / "seen.part", tmp_path / "seen.mp4")
            lost.append(at + 0.1 - (1 + extent.length))

        return measure

    for tenths in range(36, 69):
        acts[tenths / 10 + 0.05] = look(tenths / 10 + 0.1)
    play(kept, video(tmp_path / "source.mp4", 9, gop=25), acts)
    assert len(lost) == 33
    assert max(lost) <= 1.01, f"{max(lost):.2f} s would be lost"


@pytest.mark.parametrize("codec", ["libx265", "mjpeg", "mpeg4", "libvpx-vp9"])
def test_other_codecs_that_mp4_holds_are_copied_too(tmp_path: Path, kept: Kept, codec: str) -> None:
    source = video(tmp_path / ("source.mp4" if codec == "libx265" else "source.mkv"), 6, codec=codec)
    happened = event(3, 4)
    play(kept, source, events_of(happened))
    mine, sent = payloads(kept.clip(happened)), payloads(source)
    first = sent.index(mine[0])
    assert mine == sent[first : first + len(mine)]
    assert pictures(kept.folder / f"{happened.id}.mp4") == len(mine)


def test_a_codec_that_mp4_does_not_hold_is_said_once_and_events_go_on(
    tmp_path: Path, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    source = video(tmp_path / "source.mkv", 4, codec="libvpx")
    happened = event(2, 3)
    with caplog.at_level(logging.WARNING):
        play(kept, source, events_of(happened))
        play(kept, source, {})
    assert [record.message for record in caplog.records] == [
        "cannot record codec vp8; clips hold av1, h264, hevc, mjpeg, mpeg4, vp9"
    ]
    assert [(known.clip, known.clip_state) for known in kept.events] == [("", CLIP_NONE)]
    assert [known.evidence[NO_CLIP] for known in kept.events] == ["codec"]
    assert kept.sidecar(happened).first is None
    assert not (kept.folder / f"{happened.id}.mp4.part").exists()


def test_a_disk_that_refuses_the_clip_does_not_end_the_event(
    tmp_path: Path, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    happened = event(2, 3)
    (kept.folder / f"{happened.id}.mp4.part").mkdir()
    play(kept, video(tmp_path / "source.mp4", 5), events_of(happened))
    assert [known.clip_state for known in kept.events] == [CLIP_NONE]
    assert [known.evidence[NO_CLIP] for known in kept.events] == ["disk"]
    assert kept.recorder.unrecorded == 1
    assert "events of camera cage cannot be recorded: " in caplog.text


def test_a_disk_that_takes_nothing_is_said_once_and_once_when_it_does(
    tmp_path: Path, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    source = video(tmp_path / "source.mp4", 6)
    refused = [event(1, 4, track=track) for track in (1, 2)]
    for happened in refused:  # no sidecar of these events can be written
        (kept.folder / f".{happened.id}.json.new").mkdir()
    with caplog.at_level(logging.INFO, "vision"):
        for happened in refused:
            acts = events_of(happened)
            for tenths in range(20, 39):
                goes_on = Extended(replace(happened, end=moment(tenths / 10)))
                acts[tenths / 10] = lambda recorder, change=goes_on: recorder.change(change)  # type: ignore[misc]
            play(kept, source, acts)
        assert len(caplog.records) == 1, "it is logged with every picture or event"
        for track in (3, 4):
            play(kept, source, events_of(event(1, 3, track=track)))
    assert [record.message.split(": ")[0] for record in caplog.records] == [
        "events of camera cage cannot be recorded",
        "events of camera cage are recorded again",
    ]
    assert [known.clip_state for known in kept.events] == [CLIP_NONE] * 2 + [CLIP_WAITING] * 2
    assert [known.id for known in kept.unkept] == [known.id for known in refused], "their points are lost"
    assert kept.recorder.unrecorded == 2


def test_the_snapshot_is_of_the_liveliest_moment(tmp_path: Path, kept: Kept) -> None:
    happened = event(1, 3)
    shades = {1.6: (0.02, 60), 1.8: (0.3, 200), 2.0: (0.31, 120), 2.5: (0.1, 20), 4.0: (0.9, 250)}

    def offer(motion: float, shade: int) -> Act:
        frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), shade, np.uint8), format="rgb24")
        return lambda recorder: recorder.look(frame, motion)

    play(
        kept,
        video(tmp_path / "source.mp4", 5),
        events_of(happened) | {at: offer(*what) for at, what in shades.items()},
    )
    shown = cv2.imread(str(kept.folder / f"{happened.id}.jpg"))
    assert shown is not None
    assert abs(float(shown.mean()) - 200) < 3, "not the frame with clearly the most motion of the event"


def test_a_new_stream_begins_with_an_empty_ring(tmp_path: Path, kept: Kept) -> None:
    source = video(tmp_path / "source.mp4", 4)
    play(kept, source, {})
    happened = event(0.5, 1.3)
    play(kept, source, events_of(happened))
    assert payloads(kept.clip(happened)) == payloads(source)[:24]


@pytest.mark.parametrize(
    ("hours", "event_type", "is_recorded"),
    [
        ("01:00-03:00", "playing", True),  # it is 20:26 in Greenwich then, and 01:56 in Kolkata
        ("20:00-21:00", "playing", False),
        ("never", "playing", False),
        ("never", "recording", True),
    ],
)
def test_outside_its_hours_an_event_has_a_snapshot_and_says_why(
    tmp_path: Path, hours: str, event_type: str, is_recorded: bool
) -> None:
    kept = Kept(tmp_path / "recordings", Hours.parse(hours))
    happened = event(2, 4, event_type=event_type)
    frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 90, np.uint8), format="rgb24")
    acts = events_of(happened) | {3.0: lambda recorder: recorder.look(frame, 0.1)}
    play(kept, video(tmp_path / "source.mp4", 6), acts)
    (known,) = kept.events
    assert (known.clip_state == CLIP_WAITING, NO_CLIP not in known.evidence) == (is_recorded, is_recorded)
    assert (kept.folder / f"{happened.id}.mp4.part").exists() is is_recorded
    assert (kept.folder / f"{happened.id}.jpg").exists()
    assert is_recorded or known.evidence[NO_CLIP] == "hours"
    assert kept.recorder.unrecorded == 0


def test_of_a_pet_at_rest_no_picture_goes_onto_the_disk_but_the_snapshot(tmp_path: Path, kept: Kept) -> None:
    asleep = replace(event(2, 2.5, event_type="sleeping"), evidence={"settled": True})
    written: list[tuple[int, float]] = []

    def goes_on(end: float) -> Act:
        def act(recorder: Recorder) -> None:
            recorder.change(Extended(replace(asleep, end=moment(end))))
            known = kept.folder / f"{asleep.id}.json"
            written.append((known.stat().st_ino, Sidecar.read(known).event.end.timestamp() - START))

        return act

    acts: dict[float, Act] = {2.5: lambda recorder: recorder.change(Opened(asleep))}
    acts |= {float(second): goes_on(second) for second in range(3, 29)}
    acts[29.0] = lambda recorder: recorder.change(Closed(replace(asleep, end=moment(29))))
    play(kept, video(tmp_path / "source.mp4", 30), acts)
    assert {end for _, end in written} == {2.5, 13.0, 23.0}, "the card is written to every second"
    assert [path.suffix for path in kept.folder.iterdir()] == [".json"]
    assert (kept.events[0].clip_state, kept.events[0].evidence) == (CLIP_NONE, {"settled": True})
    assert kept.sidecar(asleep).event.end == moment(29)


def test_what_was_recorded_of_one_who_then_settles_is_gone_at_once(tmp_path: Path, kept: Kept) -> None:
    """One who comes in and lies down is at rest for an hour, in one event: see ``vision.episodes``."""
    resting = replace(event(2, 4, event_type="sleeping"), evidence={"settled": True})
    part, known = kept.folder / f"{resting.id}.mp4.part", []

    def look(_recorder: Recorder) -> None:
        known.append((part.exists(), kept.sidecar(resting).first))

    acts: dict[float, Act] = {
        2.5: lambda recorder: recorder.change(Opened(event(2, 2.5, event_type="motion"))),
        3.9: look,
        4.0: lambda recorder: recorder.change(Extended(resting)),
        4.1: look,
        8.0: look,
        9.0: lambda recorder: recorder.change(Closed(replace(resting, end=moment(9)))),
    }
    play(kept, video(tmp_path / "source.mp4", 12), acts)
    assert known == [(True, START), (False, None), (False, None)]
    assert [(one.clip, one.clip_state) for one in kept.events] == [("", CLIP_NONE)]
    assert {path.suffix for path in kept.folder.iterdir()} == {".json"}


def test_of_one_who_is_up_again_within_its_event_a_clip_begins_at_the_next_keyframe(
    tmp_path: Path, kept: Kept
) -> None:
    asleep = replace(event(2, 4, event_type="sleeping"), evidence={"settled": True})
    acts: dict[float, Act] = {
        2.5: lambda recorder: recorder.change(Opened(asleep)),
        5.5: lambda recorder: recorder.change(Extended(event(2, 5.5, event_type="playing"))),
        8.0: lambda recorder: recorder.change(Closed(event(2, 8, event_type="playing"))),
    }
    play(kept, video(tmp_path / "source.mp4", 12), acts)
    assert kept.sidecar(asleep).first == START + 6
    assert pictures(kept.clip(asleep)) == 30 + 1
