"""Pictures that browsers do not play become H.264, once."""

import logging
import os
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.vision.sources import START, packets, video
from vision.board import HARDWARE, SOFTWARE
from vision.cameras.encoded import EncodedStream, works
from vision.cameras.file import FileCamera, FileOptions
from vision.decoder import Decoder
from vision.mp4 import Fragments, Template, close_up
from vision.packets import coded
from vision.stream import CameraLost, TimedPacket


class Gone:
    """A stream that is lost after some packets of a file."""

    ends = False

    def __init__(self, path: Path, after: int) -> None:
        self._container = av.open(str(path))
        self.video = self._container.streams.video[0]
        self._path, self._after = path, after
        self.closed = False

    def packets(self) -> Iterator[TimedPacket]:
        for number, timed in enumerate(packets(self._path)):
            if number == self._after:
                raise CameraLost("camera 'cage' was unplugged")
            yield timed

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def webcam(tmp_path: Path) -> Path:
    return video(tmp_path / "webcam.avi", 6, codec="mjpeg", size=(162, 122))


def encoded(path: Path, encoder: str = SOFTWARE) -> EncodedStream:
    source = FileCamera("cage", FileOptions(path=path, pace=False, start=START)).open()
    return EncodedStream("cage", source, encoder)


def test_each_picture_becomes_one_of_h264_and_keeps_its_time(webcam: Path) -> None:
    stream = encoded(webcam)
    assert stream.ends
    assert stream.video.codec_context.name == "h264"
    given = list(stream.packets())
    assert [timed.time for timed in given] == pytest.approx([START + n / 10 for n in range(60)], abs=1e-5)
    keyframes = [timed.time for timed in given if timed.packet.is_keyframe]
    assert [after - before for before, after in pairwise(keyframes)] == pytest.approx([2, 2], abs=0.11)
    stream.close()


def test_what_is_seen_is_what_the_camera_saw(webcam: Path) -> None:
    with av.open(str(webcam)) as container:
        before = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    stream = encoded(webcam)
    decoder = Decoder(stream.video)
    after = [
        frame.to_ndarray(format="gray") for timed in stream.packets() for frame, _ in decoder.frames(timed)
    ]
    assert len(after) == len(before)
    for one, other in zip(before, after, strict=True):
        assert np.abs(one.astype(int) - other.astype(int)).mean() < 4, "it is another picture, or its range"
    stream.close()


def test_a_clip_is_made_of_it(webcam: Path, tmp_path: Path) -> None:
    stream = encoded(webcam)
    template = Template(stream.video)
    part = Fragments(tmp_path / "part", template)
    for timed in stream.packets():
        part.write(coded(timed))
    part.close()
    stream.close()
    assert close_up(tmp_path / "part", tmp_path / "clip.mp4").pictures == 60
    with av.open(str(tmp_path / "clip.mp4")) as clip:
        assert clip.streams.video[0].codec_context.name == "h264"
        assert (clip.streams.video[0].width, clip.streams.video[0].height) == (162, 122)


def test_a_loss_passes_through_with_its_reason(webcam: Path) -> None:
    source = Gone(webcam, after=20)
    stream = EncodedStream("cage", source)
    given: list[TimedPacket] = []
    with pytest.raises(CameraLost, match="camera 'cage' was unplugged"):
        given.extend(stream.packets())
    assert len(given) >= 19
    stream.close()
    assert source.closed


def test_a_camera_that_is_lost_before_its_first_picture_does_not_open(webcam: Path) -> None:
    source = Gone(webcam, after=0)
    with pytest.raises(CameraLost, match="camera 'cage' was unplugged"):
        EncodedStream("cage", source)
    assert source.closed


def test_an_encoder_that_does_not_work_here_is_said_once_and_done_without(
    webcam: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if not works(HARDWARE):
        pytest.skip("this board has the encoder")
    with caplog.at_level(logging.WARNING, "vision"):
        stream = encoded(webcam, HARDWARE)
        assert len(list(stream.packets())) == 60
        stream.close()
    assert len(caplog.records) == 1
    assert "h264_v4l2m2m does not work here" in caplog.text
    assert "libx264 does it" in caplog.text


def test_the_software_encoder_works() -> None:
    assert works(SOFTWARE) == ""


def test_closing_ends_the_packets(webcam: Path) -> None:
    stream = encoded(webcam)
    given = stream.packets()
    next(given)
    stream.close()
    assert list(given) == []


@pytest.mark.parametrize("read", [0, 3], ids=["before it is read", "in the middle"])
def test_who_closes_it_can_open_the_device_again_at_once(webcam: Path, read: int) -> None:
    """A webcam that is still open is busy, and cannot be opened anew."""
    before = holding(webcam)
    stream = encoded(webcam)
    assert len(list(islice(stream.packets(), read))) == read
    stream.close()
    assert holding(webcam) == before


def holding(path: Path) -> int:
    """How often this process has ``path`` open."""
    open_files = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    return open_files.count(str(path.resolve()))
