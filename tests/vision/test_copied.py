"""Clips hold the pictures that the camera sent, bit by bit, whatever kind of camera it is."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.vision.sources import START, event, moment, payloads, pictures, video
from vision.cameras import open_camera
from vision.config import CameraSection, RecorderSection
from vision.episodes import Closed, Opened
from vision.mp4 import close_up
from vision.recorder import Recorder

ROLL = timedelta(seconds=1)


def units(picture: bytes) -> Iterator[bytes]:
    """The NAL units of a picture, behind start codes (H.264, Annex B) or lengths of four bytes (MP4)."""
    if picture.startswith(b"\0\0\0\1"):  # a unit of one byte there is none
        yield from picture.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
        return
    while picture:
        end = 4 + int.from_bytes(picture[:4], "big")
        yield picture[4:end]
        picture = picture[end:]


def seen(picture: bytes) -> tuple[bytes, ...]:
    return tuple(units(picture))


@pytest.mark.parametrize(
    ("kind", "codec"), [("file", "libx264"), ("file", "libx265"), ("url", "libx264"), ("scripted", "libx264")]
)
def test_a_clip_is_what_the_camera_sent(tmp_path: Path, kind: str, codec: str) -> None:
    options: dict[str, object] = {"pace": False, "start": START}
    if kind == "scripted":
        options["duration"] = 12
    else:
        source = video(tmp_path / "source.mp4", 12, codec=codec)
        options = {"url": str(source)} if kind == "url" else {**options, "path": source}
    camera = CameraSection.model_validate({"kind": kind, "name": "cage", "location": "room", **options})
    sidecars: list[Path] = []
    recorder = Recorder(
        tmp_path / "recordings",
        RecorderSection(pre_roll=ROLL, post_roll=ROLL),
        closed=lambda _event: None,
        finished=sidecars.append,
    )
    sent: list[tuple[bytes, ...]] = []
    with closing(open_camera(camera).open()) as stream:
        recorder.start(stream.video)
        for number, timed in enumerate(stream.packets()):
            # By the number of the picture: what cannot be paced is stamped when it comes.
            timed = replace(timed, time=START + number / 10)
            sent.append(seen(bytes(timed.packet)))
            recorder.add(timed)
            if number == 40:
                recorder.change(Opened(event(3.5, 4)))
            elif number == 70:
                recorder.change(Closed(replace(event(3.5, 4), end=moment(7))))
            elif number == 100:
                break
        recorder.stop()
    (sidecar,) = sidecars
    clip = tmp_path / "clip.mp4"
    close_up(sidecar.with_suffix(".mp4.part"), clip)
    kept = [seen(payload) for payload in payloads(clip)]
    first = sent.index(kept[0])
    assert kept == sent[first : first + len(kept)], "the clip is not what the camera sent"
    assert 15 <= first <= 25, "it does not begin a pre-roll before"
    assert pictures(clip) == len(kept) >= 55
