"""Anything PyAV can open as a camera: rtsp and http addresses, and devices such as /dev/video0."""

import time
from collections.abc import Callable, Iterator

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from pydantic import Field

from vision.cameras import Options
from vision.cameras.clock import ClockSetBack, StreamClock
from vision.cameras.hold import Hold
from vision.stream import CameraLost, TimedPacket

_NO_TIMESTAMPS = 0x80
"""FFmpeg's `AVFMT_NOTIMESTAMPS`: an input of pictures alone, such as MJPEG over HTTP."""


class UrlOptions(Options):
    """A camera of kind `url`."""

    url: str = Field(min_length=1, description="Address or device: rtsp://…, http://…, /dev/video0.")
    format: str | None = Field(
        None, description="FFmpeg's name of the input where it cannot be told: `v4l2`, `mjpeg`, …"
    )
    options: dict[str, str] = Field(
        {}, description="FFmpeg's options of the input, such as rtsp_transport or video_size."
    )
    timeout: float = Field(10.0, gt=0, le=120, description="Seconds without a picture until it is lost.")

    def camera(self, name: str) -> "UrlCamera":
        """The camera called ``name``."""
        return UrlCamera(name, self)


class UrlCamera:
    """A live source; opened again after it was lost by whoever reads it."""

    def __init__(self, name: str, options: UrlOptions, *, now: Callable[[], float] = time.time) -> None:
        self._name = name
        self._options = options
        self._now = now

    def open(self) -> "UrlStream":
        """Connect; raises ``CameraLost`` where nothing answers within the timeout or it has no pictures."""
        options = self._options
        try:
            container = av.open(
                options.url,
                format=options.format,
                options={"rtsp_transport": "tcp", **options.options},
                timeout=(options.timeout, options.timeout),
                metadata_errors="ignore",
            )
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise CameraLost(f"camera {self._name!r} cannot be opened: {_reason(error)}") from None
        if not container.streams.video:
            container.close()
            raise CameraLost(f"camera {self._name!r} sends no pictures")
        return UrlStream(self._name, container, StreamClock(self._now))


class UrlStream:
    """The packets of a live source, stamped by their arrival and their own clock."""

    ends = False

    def __init__(self, name: str, container: InputContainer, clock: StreamClock) -> None:
        self._name = name
        self._container = container
        self._clock = clock
        self._hold = Hold(container.close)
        self.video: VideoStream = container.streams.video[0]
        # Pictures one after the other and nothing else: FFmpeg counts them as if there were 25 a second.
        self._has_clock = not container.format.flags & _NO_TIMESTAMPS

    def packets(self) -> Iterator[TimedPacket]:
        """Packets as they come; see ``Stream.packets``. ``close`` ends them at the next or the timeout."""
        reason = "it ended its stream"
        with self._hold.reading():
            try:
                for packet in self._container.demux(self.video):
                    if self._hold.closed.is_set():
                        return
                    if packet.size == 0:
                        break
                    if not self._has_clock:
                        packet.pts = packet.dts = None
                    own = None if packet.dts is None else float(packet.dts * packet.time_base)
                    yield TimedPacket(packet, self._clock.stamp(own))
            except (av.error.FFmpegError, ClockSetBack) as error:
                reason = _reason(error)
            if not self._hold.closed.is_set():
                raise CameraLost(f"camera {self._name!r} was lost: {reason}")

    def close(self) -> None:
        """See ``Stream.close``."""
        self._hold.close()


def _reason(error: Exception) -> str:
    """Why, without the address: it may hold a password."""
    if isinstance(error, av.error.ExitError):
        return "it gave nothing within the timeout"
    return getattr(error, "strerror", None) or str(error)
