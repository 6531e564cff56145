"""The Raspberry Pi's camera through `rpicam-vid`, a program of its own: its packets go on as they come."""

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from typing import IO

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from pydantic import Field, field_validator

from vision.board import HARDWARE, this_board
from vision.cameras.clock import ClockSetBack, StreamClock
from vision.cameras.hold import Hold
from vision.cameras.onboard import OnboardOptions
from vision.stream import CameraLost, TimedPacket

PROGRAMS = ("rpicam-vid", "libcamera-vid")
"""Its name, and the one it had before 2023."""
INSTALL = "on Raspberry Pi OS: sudo apt install rpicam-apps"
_OURS = frozenset(
    {"-o", "--output", "-t", "--timeout", "--codec", "--inline", "-n", "--nopreview", "--flush"}
)
_END = 2.0
"""Seconds that it has to end by itself when it is told to."""
_WORDS = 4000
"""Bytes of what it said at last that are looked through for a reason."""


class RpicamOptions(OnboardOptions):
    """A camera of kind `rpicam`."""

    arguments: tuple[str, ...] = Field(
        (), description='More of the program\'s own options, such as ["--autofocus-mode", "manual"].'
    )
    program: str = Field("", description="Path of the program where it is not rpicam-vid on the PATH.")

    @field_validator("arguments")
    @classmethod
    def _leaves_ours(cls, arguments: tuple[str, ...]) -> tuple[str, ...]:
        for argument in arguments:
            if argument.partition("=")[0] in _OURS:
                raise ValueError(f"{argument} is Hutch's own to give")
        return arguments

    def camera(self, name: str) -> "RpicamCamera":
        """The camera called ``name``."""
        return RpicamCamera(name, self)

    def lacks(self) -> str:
        """See ``Options.lacks``."""
        if find_program(self.program) is not None:
            return ""
        return f"{self.program or PROGRAMS[0]} is not installed; {INSTALL}"

    def command(self, program: str) -> list[str]:
        """What is run: H.264 with its headers at each keyframe, one a second, each picture sent at once."""
        return [
            program,
            *("--codec", "h264", "--inline", "--flush", "--nopreview", "--timeout", "0", "--output", "-"),
            *("--camera", str(self.camera_number), "--width", str(self.width), "--height", str(self.height)),
            *("--framerate", str(self.fps), "--intra", str(self.fps), "--bitrate", str(self.bitrate)),
            *("--rotation", str(self.rotation), "--verbose", "0"),
            # Its software encoder, which a Pi 5 needs, else sends pictures out of their order, and no times.
            *(() if this_board().encoder == HARDWARE else ("--low-latency",)),
            *self.arguments,
        ]


def find_program(chosen: str = "") -> str | None:
    """The path of the program, or None where it is not installed."""
    for name in (chosen,) if chosen else PROGRAMS:
        if (found := shutil.which(name)) is not None:
            return found
    return None


class RpicamCamera:
    """Runs the program anew each time it is opened."""

    def __init__(self, name: str, options: RpicamOptions, *, now: Callable[[], float] = time.time) -> None:
        self._name = name
        self._options = options
        self._now = now

    def open(self) -> "RpicamStream":
        """Start the program and wait for its first picture; raises ``CameraLost`` with its own reason."""
        program = find_program(self._options.program)
        if program is None:
            raise CameraLost(f"camera {self._name!r} cannot be opened: {self._options.lacks()}")
        try:
            child = _Child(self._options.command(program), self._options.timeout)
        except OSError as error:
            reason = f"{program} cannot be run ({error.strerror})"
            raise CameraLost(f"camera {self._name!r} cannot be opened: {reason}") from None
        try:
            container = av.open(child, format="h264", options={"fpsprobesize": "0", "probesize": "2048"})
        except (av.FFmpegError, OSError, ValueError):
            raise self._refused(child) from None
        assert isinstance(container, InputContainer)
        if not container.streams.video or not container.streams.video[0].codec_context.width:
            container.close()
            raise self._refused(child)
        return RpicamStream(self._name, container, child, StreamClock(self._now))

    def _refused(self, child: "_Child") -> CameraLost:
        child.kill()
        reason = child.reason()
        child.close()
        return CameraLost(f"camera {self._name!r} cannot be opened: {reason}, and gave no picture")


class RpicamStream:
    """The program's packets, stamped when they arrive: it tells no times."""

    ends = False

    def __init__(self, name: str, container: InputContainer, child: "_Child", clock: StreamClock) -> None:
        self._name = name
        self._container = container
        self._child = child
        self._clock = clock
        self._hold = Hold(self._release)
        self.video: VideoStream = container.streams.video[0]

    def packets(self) -> Iterator[TimedPacket]:
        """Packets as they come; see ``Stream.packets``."""
        reason = ""
        with self._hold.reading():
            try:
                for packet in self._container.demux(self.video):
                    if self._hold.closed.is_set():
                        return
                    if not packet.size:
                        break
                    packet.pts = packet.dts = None  # FFmpeg counts them as if there were 25 a second
                    yield TimedPacket(packet, self._clock.stamp(None))
            except ClockSetBack as error:
                reason = str(error)
            except (av.FFmpegError, OSError):
                pass  # the program knows better why
            finally:
                self._child.kill()
            if not self._hold.closed.is_set():
                raise CameraLost(f"camera {self._name!r} was lost: {reason or self._child.reason()}")

    def close(self) -> None:
        """See ``Stream.close``."""
        self._hold.closed.set()
        self._child.kill()
        self._hold.close()

    def _release(self) -> None:
        self._child.close()
        self._container.close()


def _tied() -> list[str]:
    """What lets the kernel end the program when the thread that reads it is gone, however that went: one that
    hangs would hold the camera for ever. util-linux has it; elsewhere the program ends at its next picture.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


class _Child:
    """The program as a file: reading it waits for pictures, ``timeout`` seconds at most."""

    def __init__(self, command: Sequence[str], timeout: float) -> None:
        self._timeout = timeout
        self._silent = False
        self._words = b""
        # A group of its own: what it starts in turn goes with it.
        self._process = subprocess.Popen(  # noqa: S603 -- the program of the configuration's owner
            [*_tied(), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
        )

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes as soon as there are any; nothing at its end, or after the timeout."""
        pictures, words = self._process.stdout, self._process.stderr
        assert pictures is not None
        assert words is not None
        deadline = time.monotonic() + self._timeout
        both: list[IO[bytes]] = [pictures, words]
        while (patience := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select(both, [], [], patience)
            if words in ready:
                heard = os.read(words.fileno(), _WORDS)
                self._words = (self._words + heard)[-_WORDS:]
                if not heard:
                    both.remove(words)
            if pictures in ready:
                return os.read(pictures.fileno(), size)
        self._silent = True
        return b""

    def kill(self) -> None:
        """End it and everything it started; harmless when repeated, and from another thread."""
        # Who hangs does not listen, and who listens gives the camera back in good order.
        for number in (signal.SIGKILL,) if self._silent else (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(_END)
            except (ProcessLookupError, PermissionError):
                break
            except subprocess.TimeoutExpired:
                continue
        self._process.wait()

    def close(self) -> None:
        """Nobody reads any more."""
        self.kill()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def reason(self) -> str:
        """Why there is nothing more, in its own words where it said any; it must have ended."""
        if self._silent:
            return f"rpicam-vid gave no picture for {self._timeout:g} s"
        if said := self._last_words():
            return f"rpicam-vid says {said!r}"
        code = self._process.wait()
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        return f"rpicam-vid {how}"

    def _last_words(self) -> str:
        words = self._process.stderr
        if words is not None and not words.closed:
            os.set_blocking(words.fileno(), False)
            self._words = (self._words + (words.read() or b""))[-_WORDS:]
        lines = [line.strip() for line in self._words.decode(errors="replace").splitlines()]
        wrong = [line for line in lines if "ERROR" in line or "unrecognised" in line]
        return wrong[-1].replace("ERROR:", "").strip(" *") if wrong else ""
