"""A camera without a camera: paints a room in which two cats come and go, and encodes it to H.264.

What it gives has been through a real encoder, muxer and demuxer, so that everything after it works on the
same things as with a camera on the network; ``Script`` tells what is to be seen.
"""

import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from pydantic import Field

from vision.cameras import Options
from vision.cameras.hold import Hold
from vision.cameras.painter import HEIGHT, WIDTH, Painter
from vision.cameras.script import Script
from vision.cameras.tape import Tape
from vision.stream import TimedPacket


class ScriptedOptions(Options):
    """A camera of kind `scripted`."""

    seed: int = Field(0, ge=0, description="Another seed, another play.")
    fps: int = Field(10, ge=5, le=30, description="Pictures a second.")
    pace: bool = Field(True, description="Play in real time; false: as fast as it can be painted.")
    start: float | None = Field(
        None, ge=0, description="Seconds since 1970 of its first picture; now where unset."
    )
    duration: float | None = Field(
        None, gt=0, description="Seconds until it ends like a recording; for ever where unset."
    )

    def camera(self, name: str) -> "ScriptedCamera":  # noqa: ARG002 - it never has to say who it is
        """The camera called ``name``."""
        return ScriptedCamera(self)


class ScriptedCamera:
    """Plays its script from the beginning each time it is opened."""

    def __init__(self, options: ScriptedOptions, *, now: Callable[[], float] = time.time) -> None:
        self.script = Script(options.seed)
        self._options = options
        self._now = now

    def open(self) -> "ScriptedStream":
        """Begin the play; never fails."""
        start = self._options.start
        return ScriptedStream(self.script, self._options, self._now() if start is None else start)


class ScriptedStream:
    """The encoded play; ``start`` is when the script began, in seconds since 1970."""

    def __init__(self, script: Script, options: ScriptedOptions, start: float) -> None:
        self.start = start
        self.ends = options.duration is not None
        self._pace = options.pace
        self._tape = Tape(_Play(script, options.fps, options.duration).wind)
        self._container = self._tape.open()
        self._hold = Hold(self._release)
        self.video: VideoStream = self._container.streams.video[0]

    def packets(self) -> Iterator[TimedPacket]:
        """Packets as they fall due; see ``Stream.packets``."""
        began = time.monotonic()
        with self._hold.reading():
            for packet in self._container.demux(self.video):
                if packet.pts is None:
                    continue
                seconds = float(packet.pts * packet.time_base)
                wait = began + seconds - time.monotonic() if self._pace else 0.0
                if self._hold.closed.wait(max(0.0, wait)):
                    return
                yield TimedPacket(packet, self.start + seconds)
            if self._tape.failure is not None:
                raise self._tape.failure

    def close(self) -> None:
        """See ``Stream.close``."""
        self._hold.close()

    def _release(self) -> None:
        self._container.close()
        self._tape.close()


class _Play:
    """The pictures, painted and encoded as far as they are asked for, no further."""

    def __init__(self, script: Script, fps: int, duration: float | None) -> None:
        self._script = script
        self._painter = Painter()
        self._fps = fps
        self._left = None if duration is None else round(duration * fps)
        self._painted = 0
        self._encoder: VideoStream | None = None

    def wind(self, output: OutputContainer) -> bool:
        """See ``Tape``."""
        if self._encoder is None:
            self._encoder = self._encoder_in(output)
        if self._painted == self._left:
            output.mux(self._encoder.encode())
            return False
        tick = Fraction(1, self._fps)
        poses = self._script.poses(float(self._painted * tick))
        frame = av.VideoFrame.from_ndarray(np.asarray(self._painter.paint(poses), np.uint8), format="yuv420p")
        frame.pts, frame.time_base = self._painted, tick
        self._painted += 1
        output.mux(self._encoder.encode(frame))
        return True

    def _encoder_in(self, output: OutputContainer) -> VideoStream:
        encoder = output.add_stream(
            "libx264",
            rate=self._fps,
            options={
                "preset": "ultrafast",
                "tune": "zerolatency",
                "crf": "25",
                "threads": "1",
                "x264-params": f"keyint={self._fps}:min-keyint={self._fps}:scenecut=0",
            },
        )
        assert isinstance(encoder, VideoStream)
        encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        return encoder
