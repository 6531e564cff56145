"""A video file as a camera: in real time, or as fast as it is read."""

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from pydantic import Field

from vision.cameras import Options
from vision.cameras.hold import Hold
from vision.stream import CameraLost, TimedPacket


class FileOptions(Options):
    """A camera of kind `file`."""

    path: Path = Field(description="The video file.")
    pace: bool = Field(True, description="Play in real time; false: as fast as it can be read.")
    loop: bool = Field(False, description="Begin again at the end.")
    start: float | None = Field(
        None, ge=0, description="Seconds since 1970 of its first picture; now where unset."
    )

    def camera(self, name: str) -> "FileCamera":
        """The camera called ``name``."""
        return FileCamera(name, self)

    def lacks(self) -> str:
        """See ``Options.lacks``."""
        return "" if self.path.is_file() else f"{self.path} is no file"


class FileCamera:
    """Plays a file again from its beginning each time it is opened."""

    def __init__(self, name: str, options: FileOptions, *, now: Callable[[], float] = time.time) -> None:
        self._name = name
        self._options = options
        self._now = now

    def open(self) -> "FileStream":
        """Open the file; raises ``CameraLost`` where it is missing or no video."""
        path = self._options.path
        try:
            container = av.open(str(path), metadata_errors="ignore")
        except (av.error.FFmpegError, OSError) as error:
            raise CameraLost(f"camera {self._name!r}: {path} cannot be opened: {error.strerror}") from None
        if not container.streams.video:
            container.close()
            raise CameraLost(f"camera {self._name!r}: {path} has no pictures in it")
        start = self._options.start
        return FileStream(self._name, container, self._options, self._now() if start is None else start)


class FileStream:
    """The packets of a file; a picture's time is the start plus its place in the recording."""

    def __init__(self, name: str, container: InputContainer, options: FileOptions, start: float) -> None:
        self._name = name
        self._container = container
        self._pace = options.pace
        self._start = start
        self._hold = Hold(container.close)
        self.video: VideoStream = container.streams.video[0]
        self.ends = not options.loop

    def packets(self) -> Iterator[TimedPacket]:
        """Packets in decoding order; see ``Stream.packets``."""
        began, last = time.monotonic(), -math.inf
        with self._hold.reading():
            for packet in self._rounds():
                seconds = float((packet.dts or 0) * packet.time_base)
                if self._pace and self._hold.closed.wait(max(0.0, began + seconds - time.monotonic())):
                    return
                last = max(last, self._start + seconds)
                yield TimedPacket(packet, last)

    def _rounds(self) -> "Iterator[Packet[VideoStream]]":
        """The packets of each playing, their times going on from the one before."""
        shift = 0
        while not self._hold.closed.is_set():
            end = shift
            for packet in self._round():
                _shift(packet, shift)
                end = max(end, (packet.pts or 0) + (packet.duration or 1))
                yield packet
            if self.ends or end == shift:
                return
            shift = end
            self._container.seek(0)

    def _round(self) -> "Iterator[Packet[VideoStream]]":
        """The packets of one playing, the first at 0, until the end or until the stream is closed."""
        first = None
        try:
            for packet in self._container.demux(self.video):
                if self._hold.closed.is_set():
                    return
                if packet.dts is None or packet.pts is None:
                    continue
                first = packet.pts if first is None else first
                _shift(packet, -first)
                yield packet
        except av.error.FFmpegError as error:
            raise CameraLost(f"camera {self._name!r}: the file cannot be read on: {error.strerror}") from None

    def close(self) -> None:
        """See ``Stream.close``."""
        self._hold.close()


def _shift(packet: "Packet[VideoStream]", by: int) -> None:
    if packet.pts is not None and packet.dts is not None:
        packet.pts += by
        packet.dts += by
