"""Sources that FFmpeg reads as they come: cameras on the network and on USB."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from vision.board import this_board
from vision.cameras.clock import ClockSetBack, StreamClock
from vision.cameras.encoded import COPIED, EncodedStream
from vision.cameras.hold import Hold
from vision.stream import CameraLost, Stream, TimedPacket

_NO_TIMESTAMPS = 0x80
"""FFmpeg's `AVFMT_NOTIMESTAMPS`: an input of pictures alone, such as MJPEG over HTTP."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where pictures come from, in FFmpeg's words; ``timeout`` is seconds without any."""

    url: str
    format: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 8.0


def open_source(source: Source) -> InputContainer:
    """What FFmpeg makes of ``source``; raises what it raises."""
    return av.open(
        source.url,
        format=source.format,
        options=dict(source.options),
        timeout=(source.timeout, source.timeout),
        metadata_errors="ignore",
    )


class LiveCamera:
    """A live source; opened again after it was lost by whoever reads it.

    ``sources`` are ways to the same camera: the first that opens is taken. Pictures that neither clips nor
    browsers take become H.264 where ``encodes``. ``explain`` may say more of an error than FFmpeg does.
    """

    def __init__(
        self,
        name: str,
        sources: Sequence[Source],
        *,
        encodes: bool = True,
        explain: Callable[[Exception], str] = lambda error: reason_of(error),
        opener: Callable[[Source], InputContainer] = open_source,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._name = name
        self._sources = sources
        self._encodes = encodes
        self._explain = explain
        self._opener = opener
        self._now = now

    def open(self) -> Stream:
        """Connect; raises ``CameraLost`` where nothing answers within the timeout or it has no pictures."""
        container = self._connect()
        if not container.streams.video:
            container.close()
            raise CameraLost(f"camera {self._name!r} sends no pictures")
        stream = LiveStream(self._name, container, StreamClock(self._now))
        if not self._encodes or stream.video.codec_context.codec.canonical_name in COPIED:
            return stream
        return EncodedStream(self._name, stream, this_board().encoder)

    def _connect(self) -> InputContainer:
        failure: Exception | None = None
        for source in self._sources:
            try:
                return self._opener(source)
            except (av.error.FFmpegError, OSError, ValueError) as error:
                failure = failure or error
        assert failure is not None
        raise CameraLost(f"camera {self._name!r} cannot be opened: {self._explain(failure)}") from None


class LiveStream:
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
                reason = reason_of(error)
            if not self._hold.closed.is_set():
                raise CameraLost(f"camera {self._name!r} was lost: {reason}")

    def close(self) -> None:
        """See ``Stream.close``."""
        self._hold.close()


def reason_of(error: Exception) -> str:
    """Why, without the address: it may hold a password."""
    if isinstance(error, av.error.ExitError):
        return "it gave nothing within the timeout"
    return getattr(error, "strerror", None) or str(error)
