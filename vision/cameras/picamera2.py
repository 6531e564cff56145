"""The Raspberry Pi's camera through picamera2: its encoder's packets, each with the time of its sensor."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from types import ModuleType
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream as MuxStream
from av.video.stream import VideoStream
from pydantic import Field

from vision.cameras.clock import ClockSetBack, StreamClock
from vision.cameras.hold import Hold
from vision.cameras.onboard import OnboardOptions
from vision.cameras.tape import Tape
from vision.stream import CameraLost, TimedPacket

INSTALL = "sudo apt install python3-picamera2, and an environment made with --system-site-packages"
_TICKS = Fraction(1, 1_000_000)
_ROOM = 64
"""Packets that may wait to be read; then some are left out up to the next keyframe, so that the camera's own
thread, which must never wait, goes on."""


class Picamera2Options(OnboardOptions):
    """A camera of kind `picamera2`."""

    controls: dict[str, Any] = Field(
        {}, description="The camera's own controls by their libcamera names, such as { AwbMode = 1 }."
    )

    def camera(self, name: str) -> "Picamera2Camera":
        """The camera called ``name``."""
        return Picamera2Camera(name, self)

    def lacks(self) -> str:
        """See ``Options.lacks``."""
        try:
            load()
        except ImportError as error:
            return str(error)
        return ""


def load() -> ModuleType:
    """The library; raises ``ImportError`` that says what is missing and what to do."""
    try:
        import_module("picamera2.encoders")
        import_module("picamera2.outputs")
        return import_module("picamera2")
    except ImportError as error:
        raise ImportError(f"Python finds no picamera2 here ({error}); it wants {INSTALL}") from None
    except ValueError as error:
        if "numpy" not in str(error):
            raise
        raise ImportError(
            f"picamera2 does not fit the NumPy of this environment ({error}); on Raspberry Pi OS Bookworm: "
            'pip install "numpy<2"'
        ) from None


@dataclass(frozen=True, slots=True)
class _Encoded:
    data: bytes
    keyframe: bool
    microseconds: int


class Picamera2Camera:
    """Takes hold of the camera each time it is opened, and gives it back."""

    def __init__(self, name: str, options: Picamera2Options, *, now: Callable[[], float] = time.time) -> None:
        self._name = name
        self._options = options
        self._now = now

    def open(self) -> "Picamera2Stream":
        """Start recording and wait for the first picture; raises ``CameraLost``."""
        recording = _Recording(self._options)
        try:
            recording.start()
        except Exception as error:  # noqa: BLE001 -- the library's own, which raises whatever it likes
            with suppress(Exception):
                recording.stop()
            raise CameraLost(f"camera {self._name!r} cannot be opened: {_reason(error)}") from None
        return Picamera2Stream(self._name, recording, StreamClock(self._now))


class Picamera2Stream:
    """Packets of the library's H.264 encoder: that of the chip on a Pi up to 4, libx264 on a Pi 5."""

    ends = False

    def __init__(self, name: str, recording: "_Recording", clock: StreamClock) -> None:
        self._name = name
        self._recording = recording
        self._clock = clock
        self._track: MuxStream | None = None
        self._tape = Tape(self._wind)
        self._hold = Hold(self._release)
        try:
            self._container = self._tape.open()
            self.video: VideoStream = self._container.streams.video[0]
        except (av.FFmpegError, IndexError) as error:
            recording.stop()
            reason = self._tape.failure or error
            raise CameraLost(f"camera {name!r} cannot be opened: {reason}") from None

    def packets(self) -> Iterator[TimedPacket]:
        """Packets as they come; see ``Stream.packets``."""
        reason = "its encoder came to an end"
        with self._hold.reading():
            try:
                for packet in self._container.demux(self.video):
                    if self._hold.closed.is_set():
                        return
                    if packet.pts is not None:
                        yield TimedPacket(packet, self._clock.stamp(float(packet.pts * packet.time_base)))
            except ClockSetBack as error:
                reason = str(error)
            finally:
                # Here, not where it is closed: the library may hang in it, and only who reads may wait.
                self._recording.stop()
            if not self._hold.closed.is_set():
                raise CameraLost(f"camera {self._name!r} was lost: {self._tape.failure or reason}")

    def close(self) -> None:
        """See ``Stream.close``."""
        self._hold.closed.set()
        self._recording.wake()
        self._hold.close()

    def _release(self) -> None:
        self._recording.stop()
        self._container.close()
        self._tape.close()

    def _wind(self, output: OutputContainer) -> bool:
        encoded = self._recording.next()
        if encoded is None:
            return False
        if self._track is None:
            width, height = self._recording.size
            self._track = output.add_mux_stream("h264", rate=self._recording.fps, width=width, height=height)
        packet = Packet(encoded.data)
        packet.stream = self._track
        packet.time_base = _TICKS
        packet.pts = packet.dts = encoded.microseconds
        packet.is_keyframe = encoded.keyframe
        output.mux_one(packet)
        return True


class _Recording:
    """The library at work; what it encodes waits in a queue."""

    def __init__(self, options: Picamera2Options) -> None:
        self.size = (options.width, options.height)
        self.fps = options.fps
        self._options = options
        self._queue: queue.Queue[_Encoded | None] = queue.Queue(_ROOM)
        self._camera: Any = None
        self._stopping = threading.Lock()
        self._whole = False
        self._began = time.monotonic()

    def start(self) -> None:
        """Raises whatever the library does, and ``RuntimeError`` where there is no such camera."""
        library, options = load(), self._options
        attached = len(library.Picamera2.global_camera_info())
        if options.camera_number >= attached:
            raise RuntimeError(
                f"there is no camera number {options.camera_number}, {attached} are attached; "
                "see that its cable sits well at both ends"
            )
        self._camera = camera = library.Picamera2(options.camera_number)
        period = round(1e6 / options.fps)
        turned = {}
        if options.rotation:
            turned["transform"] = import_module("libcamera").Transform(hflip=True, vflip=True)
        camera.configure(
            camera.create_video_configuration(
                main={"size": self.size, "format": "YUV420"},
                controls={"FrameDurationLimits": (period, period), **options.controls},
                **turned,
            )
        )
        encoder = import_module("picamera2.encoders").H264Encoder(
            bitrate=options.bitrate, repeat=True, iperiod=options.fps
        )
        camera.start_recording(encoder, self._output())

    def next(self) -> _Encoded | None:
        """The next packet, or None where it was woken; raises ``TimeoutError`` after the timeout."""
        try:
            return self._queue.get(timeout=self._options.timeout)
        except queue.Empty:
            raise TimeoutError(f"it gave no picture for {self._options.timeout:g} s") from None

    def wake(self) -> None:
        """Let who waits for a packet go on."""
        with suppress(queue.Full):
            self._queue.put_nowait(None)

    def stop(self) -> None:
        """Give the camera back; harmless when repeated. May hang where its driver does."""
        with self._stopping:
            camera, self._camera = self._camera, None
        if camera is not None:
            with suppress(Exception):  # what it never started it cannot stop
                camera.stop_recording()
            with suppress(Exception):
                camera.close()

    def _output(self) -> Any:
        take = self._take

        class Packets(import_module("picamera2.outputs").Output):  # type: ignore[misc]
            """Hands each packet of the encoder on."""

            def outputframe(
                self, frame: bytes, keyframe: bool = True, timestamp: int | None = None, *_: Any, **__: Any
            ) -> None:
                take(frame, keyframe, timestamp)

        return Packets()

    def _take(self, data: bytes, keyframe: bool, timestamp: int | None) -> None:
        """Called by a thread of the library."""
        if not keyframe and not self._whole:
            return
        if timestamp is None:
            timestamp = round((time.monotonic() - self._began) * 1e6)
        try:
            self._queue.put_nowait(_Encoded(bytes(data), bool(keyframe), timestamp))
            self._whole = True
        except queue.Full:
            self._whole = False


def _reason(error: BaseException) -> str:
    """The library's own words; its constructor tells what failed only as the cause."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
