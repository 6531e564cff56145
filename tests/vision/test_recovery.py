"""Whatever moment a camera process dies at, its events and its clips agree afterwards."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest

from tests.vision.home import Fields, Home, home
from tests.vision.recording_child import LENGTH
from tests.vision.sources import START, event, packets, payloads, pictures, video
from vision.clips import clip_key
from vision.events import CLIP_LOST, CLIP_NONE, CLIP_STORED, CLIP_WAITING, Event, start_of
from vision.finish import Finisher, finish
from vision.mp4 import Fragments, Template, Unplayable, close_up
from vision.packets import coded
from vision.recovery import recover
from vision.sidecar import Phase, Sidecar

ROOT = Path(__file__).parents[2]


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path) as made:
        made.recordings.mkdir(parents=True)
        yield made


def recording(cage: Home, happened: Event, phase: Phase, seconds: float = 6, *, cut: float = 1.0) -> None:
    """A recording as it lies in the folder, from 2 s before the event; ``cut`` is the part that is left."""
    source = video(cage.data_dir / "source.mp4", seconds)
    first = happened.start.timestamp() - 2
    part = cage.recordings / f"{happened.id}.mp4.part"
    with av.open(str(source)) as container:
        template = Template(container.streams.video[0])
    fragments = Fragments(part, template)
    for timed in packets(source, first):
        fragments.write(coded(timed))
    fragments.close()
    template.close()
    os.truncate(part, int(part.stat().st_size * cut))
    Sidecar(happened, phase, first).write(cage.recordings)
    (cage.recordings / f"{happened.id}.jpg").write_bytes(b"snapshot")


def test_a_whole_recording_is_finished_as_if_nothing_had_happened(cage: Home) -> None:
    happened = event(10, 12)
    recording(cage, happened, Phase.COMPLETE)
    (known,) = recover(cage.recordings, cage.outbox, "room")
    assert known == replace(happened, clip=clip_key(happened.id), clip_state=CLIP_WAITING)
    cage.store_all()
    fields = cage.events()[happened.id]
    assert (fields["clip_state"], fields["duration"]) == (CLIP_STORED, 2.0)
    assert pictures(cage.data_dir / "clips" / str(fields["clip"])) == 60
    assert cage.leftovers() == []


def test_an_event_that_went_on_ends_with_its_last_picture(cage: Home) -> None:
    happened = event(10, 11, event_type="playing")
    recording(cage, happened, Phase.OPEN)
    (known,) = recover(cage.recordings, cage.outbox, "room")
    assert known.duration.total_seconds() == pytest.approx(4, abs=0.11)
    assert known.evidence["repaired"] is True
    assert known.event_type == "playing"
    cage.store_all()
    assert cage.events()[happened.id]["clip_state"] == CLIP_STORED


def test_an_event_that_was_over_keeps_its_end(cage: Home) -> None:
    happened = event(10, 11)
    recording(cage, happened, Phase.CLOSING, cut=0.7)
    (known,) = recover(cage.recordings, cage.outbox, "room")
    assert known.end == happened.end
    assert known.evidence["repaired"] is True
    assert known.clip_state == CLIP_WAITING


@pytest.mark.parametrize("phase", list(Phase))
def test_a_recording_with_nothing_to_show_is_lost_and_says_so(cage: Home, phase: Phase) -> None:
    happened = event(10, 11)
    recording(cage, happened, phase, cut=0.02)
    (known,) = recover(cage.recordings, cage.outbox, "room")
    assert (known.clip, known.clip_state, known.end) == ("", CLIP_LOST, happened.end)
    cage.store_all()
    fields = cage.events()[happened.id]
    assert fields["clip_state"] == CLIP_LOST
    assert fields["snapshot"], "the snapshot is still good"
    assert cage.leftovers() == []


def test_a_still_event_keeps_only_its_snapshot(cage: Home) -> None:
    happened = event(10, 11, event_type="sitting")
    recording(cage, happened, Phase.COMPLETE)
    finish(cage.recordings / f"{happened.id}.json", cage.outbox, "room")
    cage.store_all()
    fields = cage.events()[happened.id]
    assert (fields["clip"], fields["clip_state"]) == ("", CLIP_NONE)
    assert [info.key for info in cage.clips.list()] == [fields["snapshot"]]
    assert cage.leftovers() == []


def test_a_spoiled_sidecar_is_guessed_from_its_name(cage: Home, caplog: pytest.LogCaptureFixture) -> None:
    happened = event(10, 11)
    recording(cage, happened, Phase.OPEN)
    (cage.recordings / f"{happened.id}.json").write_bytes(b"\0" * 100)
    (known,) = recover(cage.recordings, cage.outbox, "room")
    assert (known.id, known.location, known.event_type) == (happened.id, "room", "motion")
    assert known.clip_state == CLIP_WAITING
    assert "is no sidecar" in caplog.text


def test_debris_is_cleaned(cage: Home, caplog: pytest.LogCaptureFixture) -> None:
    names = [
        "cage-20260101T000000000Z-1.mp4.part",
        ".cage-20260101T000000000Z-1.json.new",
        ".cage-20260101T000000000Z-1.mp4",
        "note.jpg",
        "x.json",
    ]
    for folder in (cage.recordings, cage.outbox.folder):
        for name in names:
            (folder / name).write_bytes(b"debris")
    (cage.outbox.folder / "x.json").unlink()
    assert recover(cage.recordings, cage.outbox, "room") == []
    assert cage.leftovers() == []
    assert "x.json tells of no event" in caplog.text


def test_finishing_again_after_a_crash_gives_the_same(cage: Home) -> None:
    happened = event(10, 12)
    recording(cage, happened, Phase.COMPLETE)
    saved = {path: path.read_bytes() for path in cage.recordings.iterdir() if path.suffix != ".jpg"}
    recover(cage.recordings, cage.outbox, "room")
    for path, content in saved.items():  # as if it had been killed just before it removed them
        path.write_bytes(content)
    recover(cage.recordings, cage.outbox, "room")
    cage.store_all()
    fields = cage.events()[happened.id]
    assert (fields["clip_state"], bool(fields["snapshot"])) == (CLIP_STORED, True)
    assert cage.leftovers() == []


def test_a_recording_that_cannot_be_finished_now_stays(cage: Home, caplog: pytest.LogCaptureFixture) -> None:
    happened = event(10, 12)
    recording(cage, happened, Phase.COMPLETE)
    (cage.outbox.folder / f"{happened.id}.mp4").mkdir()  # where its clip should go
    assert recover(cage.recordings, cage.outbox, "room") == []
    assert "cannot be repaired now" in caplog.text
    (cage.outbox.folder / f"{happened.id}.mp4").rmdir()
    (known,) = recover(cage.recordings, cage.outbox, "room")
    assert known.clip_state == CLIP_WAITING


def test_a_recording_of_an_event_that_makes_no_point_stays(
    cage: Home, caplog: pytest.LogCaptureFixture
) -> None:
    happened = replace(event(10, 12), confidence=7.0)
    recording(cage, happened, Phase.COMPLETE)
    for _start in range(2):
        assert recover(cage.recordings, cage.outbox, "room") == []
    assert "cannot be repaired now" in caplog.text
    Sidecar(event(10, 12), Phase.COMPLETE, START + 8).write(cage.recordings)
    recover(cage.recordings, cage.outbox, "room")
    cage.store_all()
    assert {Path(info.key).suffix for info in cage.clips.list()} == {".mp4", ".jpg"}, "something was removed"


def test_the_finisher_tries_again_and_stops_when_told(cage: Home, caplog: pytest.LogCaptureFixture) -> None:
    happened = event(10, 12)
    recording(cage, happened, Phase.COMPLETE)
    (cage.outbox.folder / f"{happened.id}.mp4").mkdir()
    finisher = Finisher(cage.outbox, "room")
    finisher.take(cage.recordings / f"{happened.id}.json")
    finisher.take(cage.recordings / "no such.json")
    finisher.close(0.3)
    assert f"recording of {happened.id} waits to be finished" in caplog.text
    assert (cage.recordings / f"{happened.id}.json").exists()


@pytest.mark.parametrize("tenths", range(11))
def test_of_a_cut_recording_everything_whole_is_kept(cage: Home, tenths: int) -> None:
    happened = event(10, 12)
    recording(cage, happened, Phase.OPEN, cut=tenths / 10)
    part, clip = cage.recordings / f"{happened.id}.mp4.part", cage.data_dir / "clip.mp4"
    sent = payloads(cage.data_dir / "source.mp4")
    try:
        extent = close_up(part, clip)
    except Unplayable:
        assert part.stat().st_size < len(sent[0]) + 1500, "the first picture could be shown"
        assert not clip.exists()
        return
    mine = payloads(clip)
    assert mine == sent[: len(mine)], "a picture is not the camera's"
    assert pictures(clip) == len(mine) == extent.pictures
    # Each fragment of at least 5 pictures has some 300 bytes of its own, the file 1500.
    overhead = 1500 + 300 * (1 + len(mine) // 5)
    kept = sum(map(len, sent[: len(mine) + 1]))
    assert kept + overhead >= part.stat().st_size, f"only {len(mine)} pictures are kept"


def child(data_dir: Path, source: Path, first: float) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.vision.recording_child", str(data_dir), str(source), str(first)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def run_and_kill(data_dir: Path, source: Path, first: float, after: float) -> list[list[str]]:
    """What the child said until it was killed, ``after`` seconds after its first picture."""
    process = child(data_dir, source, first)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in ("begins", "packet")]
    time.sleep(after)  # the moment of the kill; nothing waits for it
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    *whole, torn = ("".join(said) + rest).split("\n")
    del torn
    return [line.split() for line in whole]


def check_event(cage: Home, event_id: str, fields: Fields, kept_until: float | None) -> None:
    if kept_until is None and fields["clip_state"] == CLIP_LOST:
        return  # killed while the event opened, before any picture of it was written
    assert fields["clip_state"] == CLIP_STORED, f"{event_id}: {fields}"
    clip = cage.data_dir / "clips" / str(fields["clip"])
    shown = pictures(clip)
    assert shown == len(payloads(clip)), f"{event_id}: a picture of its clip cannot be shown"
    if kept_until is not None and cage.evidence(event_id).get("repaired"):
        start = start_of(event_id).timestamp()
        # Pre-roll of 2 s and up to one GOP of 1 s before the event.
        assert start - 3 + shown / 10 >= min(kept_until, start + 5) - 1.1 - 1, (
            f"{event_id} has {shown} pictures; the last packet came {kept_until - start:.1f} s after it began"
        )


def test_killed_at_any_moment_events_and_clips_agree(
    tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    source = video(tmp_path / "source.mp4", LENGTH)
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    expected: dict[str, float] = {}
    for turn in range(rounds):
        said = run_and_kill(data_dir, source, turn * 100_000.0, chance.uniform(0, 0.5))
        last = max(float(words[1]) for words in said if words[0] == "packet")
        expected |= {words[1]: last for words in said if words[0] in ("Opened", "Extended", "Closed")}
        assert last >= START
    with home(data_dir) as cage:
        recover(cage.recordings, cage.outbox, "room")
        cage.store_all()
        events = cage.events()
        assert set(expected) <= set(events), "events are missing"
        for event_id, fields in events.items():
            check_event(cage, event_id, fields, expected.get(event_id))
        keys = {
            str(fields[name]) for fields in events.values() for name in ("clip", "snapshot") if fields[name]
        }
        assert {info.key for info in cage.clips.list()} == keys, "clips and points disagree"
        assert cage.leftovers() == []
