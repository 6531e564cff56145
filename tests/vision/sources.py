"""Small real videos for the tests of what keeps pictures, and events to keep them for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

from vision.events import Event
from vision.stream import TimedPacket

START = 1_780_000_000.0
"""When the first picture of every video here was taken."""


def video(
    path: Path,
    seconds: float,
    *,
    fps: int = 10,
    gop: int = 10,
    b_frames: int = 0,
    codec: str = "libx264",
    size: tuple[int, int] = (160, 120),
) -> Path:
    """A video at ``path`` in which a bright square walks and the first picture's number can be told."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=fps)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if codec == "libx264":
            preset = {"preset": "veryfast"} if b_frames else {"preset": "ultrafast", "tune": "zerolatency"}
            stream.options = {
                **preset,
                "g": str(gop),
                "bf": str(b_frames),
                "sc_threshold": "0",
                "threads": "1",
            }
        for number in range(round(seconds * fps)):
            picture = np.full((size[1], size[0], 3), 40, np.uint8)
            left = number * 3 % (size[0] - 20)
            picture[20:60, left : left + 20] = 220
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
    return path


def packets(path: Path, start: float = START) -> Iterator[TimedPacket]:
    """The packets of ``path``, each with the time of its picture (of its decoding where they differ)."""
    with av.open(str(path)) as source:
        first = None
        for packet in source.demux(video=0):
            if packet.dts is not None:
                first = packet.dts if first is None else first
                yield TimedPacket(packet, start + float((packet.dts - first) * packet.time_base))


def pictures(path: Path) -> int:
    """How many pictures of ``path`` can be shown, all of them decoded."""
    with av.open(str(path)) as source:
        return sum(1 for _ in source.decode(video=0))


def payloads(path: Path) -> list[bytes]:
    """The encoded pictures in ``path``."""
    with av.open(str(path)) as source:
        return [bytes(packet) for packet in source.demux(video=0) if packet.size]


def moment(seconds: float) -> datetime:
    """So many seconds after the first picture."""
    return datetime.fromtimestamp(START, UTC) + timedelta(seconds=seconds)


def event(start: float, end: float, *, track: int = 1, event_type: str = "passing") -> Event:
    """An event of camera ``cage`` from ``start`` to ``end``, in seconds after the first picture."""
    return Event("cage", "room", track, event_type, moment(start), moment(end), confidence=0.8)
