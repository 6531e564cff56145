"""Encoders; that for H.264 is libx264 through PyAV, as the library's own on a Pi 5."""

import threading
from fractions import Fraction
from typing import Any

import av
from av.video.stream import VideoStream

from .outputs import Output


class Encoder:
    """The base of every encoder."""

    def __init__(self) -> None:
        self.width, self.height, self.format = 0, 0, ""
        self._output: list[Output] = []
        self._running = False
        self._lock = threading.Lock()
        self._output_lock = threading.Lock()
        self.firsttimestamp: int | None = None

    @property
    def output(self) -> Output:
        return self._output[0]

    @output.setter
    def output(self, value: Output) -> None:
        if not isinstance(value, Output):
            raise RuntimeError("Must pass Output")  # noqa: TRY004 -- as the library does
        self._output = [value]

    def start(self) -> None:
        with self._lock:
            if self._running:
                raise RuntimeError("Encoder already running")
            self._running = True
            self.firsttimestamp = None
            for out in self._output:
                out.start()
            self._start()

    def stop(self) -> None:
        with self._lock:
            if not self._running:
                raise RuntimeError("Encoder already stopped")
            self._running = False
            self._stop()
            for out in self._output:
                out.stop()

    def encode(self, stream: str, request: Any) -> None:
        with self._lock:
            if self._running:
                self._encode(stream, request)

    def outputframe(
        self, frame: bytes, keyframe: bool = True, timestamp: int | None = None, packet: Any = None
    ) -> None:
        with self._output_lock:
            for out in self._output:
                out.outputframe(frame, keyframe, timestamp, packet, False)

    def _timestamp(self, request: Any) -> int:
        now = int(request.metadata["SensorTimestamp"] / 1000)
        if self.firsttimestamp is None:
            self.firsttimestamp = now
        return now - self.firsttimestamp

    def _start(self) -> None:
        pass

    def _stop(self) -> None:
        pass

    def _encode(self, stream: str, request: Any) -> None:
        raise NotImplementedError


class H264Encoder(Encoder):
    """H.264; ``repeat`` puts the headers before each keyframe."""

    def __init__(self, bitrate: int | None = None, repeat: bool = True, iperiod: int = 30) -> None:
        super().__init__()
        self.bitrate, self.repeat, self.iperiod = bitrate, repeat, iperiod

    def _start(self) -> None:
        if self.format != "YUV420":
            raise RuntimeError(f"this stand-in encodes YUV420 alone, not {self.format}")
        self._container = av.open("/dev/null", "w", format="null")
        stream = self._container.add_stream("libx264", rate=30)
        assert isinstance(stream, VideoStream)
        self._stream = stream
        stream.width, stream.height, stream.pix_fmt = self.width, self.height, "yuv420p"
        stream.codec_context.bit_rate = self.bitrate or 1_000_000
        stream.codec_context.gop_size = self.iperiod
        stream.codec_context.time_base = Fraction(1, 1_000_000)
        stream.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency", "threads": "1"}
        for out in self._output:
            out._add_stream("video", "h264", rate=30, width=self.width, height=self.height)

    def _encode(self, stream: str, request: Any) -> None:
        frame = av.VideoFrame.from_ndarray(request.picture, format="yuv420p")
        frame.pts, frame.time_base = self._timestamp(request), Fraction(1, 1_000_000)
        for packet in self._stream.encode(frame):
            self.outputframe(bytes(packet), packet.is_keyframe, timestamp=packet.pts, packet=packet)

    def _stop(self) -> None:
        for packet in self._stream.encode(None):
            self.outputframe(bytes(packet), packet.is_keyframe, timestamp=packet.pts, packet=packet)
        self._container.close()
