"""Small real videos for the tests of what keeps pictures, and events to keep them for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
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
    walk: tuple[float, float] | None = None,
) -> Path:
    """A video at ``path`` in which a bright square walks all the time, or once across from one second to
    another.
    """
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
        if codec == "libx265":
            stream.options = {"x265-params": f"keyint={gop}:bframes={b_frames}:log-level=none"}
        for number in range(round(seconds * fps)):
            picture = _picture(size, number * 3 if walk is None else _crossing(walk, number / fps, size[0]))
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
    return path


def _picture(size: tuple[int, int], left: int) -> npt.NDArray[np.uint8]:
    width, height = size
    picture = np.full((height, width, 3), 40, np.uint8)
    if left >= 0:
        left %= width - width // 8
        picture[height // 6 : height // 2, left : left + width // 8] = 220
    return picture


def _crossing(walk: tuple[float, float], second: float, width: int) -> int:
    start, end = walk
    return round((second - start) / (end - start) * width * 0.85) if start <= second < end else -1


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
