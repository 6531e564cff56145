"""Pictures that no clip or browser takes, made into H.264 once, before anybody sees them.

Everything after a camera copies packets, so this is the one place where a picture is encoded.
"""

import logging
import math
from collections.abc import Generator, Iterator
from fractions import Fraction

import av
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from vision.board import HARDWARE, SOFTWARE
from vision.cameras.hold import Hold
from vision.cameras.tape import Tape
from vision.decoder import Decoder
from vision.stream import CameraLost, Stream, TimedPacket

logger = logging.getLogger(__name__)

COPIED = frozenset({"h264", "hevc", "av1", "vp9"})
"""What browsers play inside MP4 and clips hold: it goes on as it comes. MJPEG and raw pictures do not."""

_TICKS = 1_000_000
_GROUP = 2.0
"""Seconds from one keyframe to the next: a clip begins with one, so its pre-roll is exact to this."""
_X264 = {
    "preset": "superfast",
    "tune": "zerolatency",
    "crf": "23",
    "threads": "1",
    "forced-idr": "1",
    "g": "600",
    "bf": "0",
}
_BITS_A_PIXEL = 2
"""A second, for an encoder that is told a rate: 1.8 Mbit/s at 720p."""


class EncodedStream:
    """``source`` as H.264, by ``encoder`` (FFmpeg's name) or in software where that does not work here.

    Its first pictures are read at once, since they tell how they are encoded; raises ``CameraLost``. A
    picture keeps the time that the source gave it.
    """

    def __init__(self, name: str, source: Stream, encoder: str = SOFTWARE) -> None:
        self._name = name
        self._source = source
        self._decoder = Decoder(source.video)
        self._wanted = encoder
        self._encoder: VideoStream | None = None
        self._packets = source.packets()
        self._first, self._last, self._keyframe = math.nan, -1, -math.inf
        self._tape = Tape(self._wind)
        self._hold = Hold(self._release)
        try:
            self._container = self._tape.open()
        except av.FFmpegError as error:
            self._give_back()
            raise self._tape.failure or CameraLost(
                f"camera {name!r} sends pictures that cannot be encoded: {error}"
            ) from None
        if not self._container.streams.video:
            self._container.close()
            self._give_back()
            raise self._tape.failure or CameraLost(f"camera {name!r} sends no pictures")
        self.video: VideoStream = self._container.streams.video[0]

    @property
    def ends(self) -> bool:
        """See ``Stream.ends``."""
        return self._source.ends

    def packets(self) -> Iterator[TimedPacket]:
        """Packets in decoding order; see ``Stream.packets``."""
        with self._hold.reading():
            for packet in self._container.demux(self.video):
                if self._hold.closed.is_set():
                    return
                if packet.pts is not None:
                    yield TimedPacket(packet, self._first + float(packet.pts * packet.time_base))
            if self._tape.failure is not None and not self._hold.closed.is_set():
                raise self._tape.failure

    def close(self) -> None:
        """See ``Stream.close``."""
        self._source.close()
        self._hold.close()

    def _release(self) -> None:
        self._container.close()
        self._tape.close()
        self._give_back()

    def _give_back(self) -> None:
        # It is stopped in the middle of its packets, and waits for a reader to come to their end.
        if isinstance(self._packets, Generator):
            self._packets.close()
        self._source.close()

    def _wind(self, output: OutputContainer) -> bool:
        timed = next(self._packets, None)
        if timed is None:
            if self._encoder is not None:
                output.mux(self._encoder.encode(None))
            return False
        for frame, at in self._decoder.frames(timed):
            self._encode(output, frame, at)
        return True

    def _encode(self, output: OutputContainer, frame: VideoFrame, at: float) -> None:
        if math.isnan(self._first):
            self._first = at
        # Both sides even, as each colour stands for four points.
        full = frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG
        plain = frame.reformat(
            frame.width & ~1,
            frame.height & ~1,
            "yuv420p",
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        self._last = max(self._last + 1, round((at - self._first) * _TICKS))
        plain.pts, plain.time_base = self._last, Fraction(1, _TICKS)
        begins = at - self._keyframe >= _GROUP
        # What it was where it came from is of no use: every JPEG is a keyframe.
        plain.pict_type = PictureType.I if begins else PictureType.NONE
        if begins:
            self._keyframe = at
        if self._encoder is None:
            self._encoder = self._working(output, plain)
        if (plain.width, plain.height) != (self._encoder.width, self._encoder.height):
            raise CameraLost(f"camera {self._name!r} changed the size of its pictures")
        output.mux(self._encoder.encode(plain))

    def _working(self, output: OutputContainer, frame: VideoFrame) -> VideoStream:
        """The encoder for frames like ``frame``; what a board should have may be missing or taken."""
        if self._wanted == HARDWARE:
            try:
                _try(HARDWARE, frame)
            except (av.FFmpegError, OSError) as error:
                logger.warning(
                    "camera %s: %s does not work here (%s); %s does it", self._name, HARDWARE, error, SOFTWARE
                )
                self._wanted = SOFTWARE
        return _encoder(output, self._wanted, frame.width, frame.height)


def works(encoder: str) -> str:
    """Why ``encoder`` does not encode here, or nothing where it does: it encodes one grey picture."""
    frame = VideoFrame(640, 480, "yuv420p")
    frame.pts, frame.time_base = 0, Fraction(1, _TICKS)
    for plane in frame.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    try:
        _try(encoder, frame)
    except (av.FFmpegError, OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""


def _try(encoder: str, frame: VideoFrame) -> None:
    with av.open("/dev/null", "w", format="null") as output:
        stream = _encoder(output, encoder, frame.width, frame.height)
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def _encoder(output: OutputContainer, encoder: str, width: int, height: int) -> VideoStream:
    stream = output.add_stream(encoder, rate=30, options=dict(_X264) if encoder == SOFTWARE else {})
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base = Fraction(1, _TICKS)
    if encoder != SOFTWARE:
        stream.bit_rate = width * height * _BITS_A_PIXEL
        stream.codec_context.gop_size = 60
    return stream
