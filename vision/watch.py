"""A recording instead of a camera: the same pipeline over a file, as fast as it goes."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av

from vision.cameras.file import FileCamera, FileOptions, FileStream
from vision.decoder import Decoder
from vision.episodes import Change, Closed
from vision.events import Event
from vision.pipeline import Pipeline
from vision.recorder import Recorder
from vision.stream import CameraLost, TimedPacket

logger = logging.getLogger(__name__)

_PICTURES = ("_pipe", "image2", "tty")  # FFmpeg reads single pictures, and even text, as a video
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # a container without a clock says 1904 or 1970
_SHORT = 1.0  # seconds that may be missing at the end of a whole file: lengths are rounded
_TELLING = 0.005  # part of the recording between two reports of progress


class NotAVideo(Exception):
    """The file is missing or holds no video; says which file and why."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a file says about itself: when its first picture was taken, and its length if it is known."""

    start: datetime
    length: timedelta | None


@dataclass(frozen=True, slots=True)
class Seen:
    """An event, and where it lies in the recording in seconds."""

    event: Event
    start_s: float
    end_s: float


def probe(file: Path) -> Recorded:
    """What ``file`` says about itself; raises ``NotAVideo``.

    The start is the container's creation time or, where it has none, the time the file was last written
    less the recording's length.
    """
    if not file.is_file():
        raise NotAVideo(f"{file} is no file")
    try:
        with av.open(str(file), metadata_errors="ignore") as container:
            if not container.streams.video or container.format.name.endswith(_PICTURES):
                raise NotAVideo(f"{file} is no video: there are no moving pictures in it")
            length = timedelta(microseconds=container.duration) if container.duration else None
            start = _created(container.metadata.get("creation_time", ""))
    except av.error.FFmpegError as error:
        raise NotAVideo(
            f"{file} is no video, or was cut off before its index was written: {error.strerror}"
        ) from None
    except OSError as error:
        raise NotAVideo(f"{file} cannot be read: {error.strerror}") from None
    if start is None:
        start = datetime.fromtimestamp(file.stat().st_mtime, UTC) - (length or timedelta(0))
    return Recorded(start, length)


def watch(
    file: Path,
    pipeline: Pipeline,
    *,
    recorder: Recorder | None = None,
    start: datetime | None = None,
    progress: Callable[[float], None] = lambda _part: None,
    warn: Callable[[str], None] = logger.warning,
) -> Iterator[Seen]:
    """Run ``pipeline`` over ``file`` and yield the events as they close; raises ``NotAVideo``.

    ``start`` is when the first picture was taken, where the file does not know it (see ``probe``).
    ``recorder`` records the events, which then name the clip they will have. ``progress`` is told the part
    that is done, 0 to 1. Of a damaged file what could be read counts, and ``warn`` is told a sentence.
    """
    recorded = probe(file)
    start = (start or recorded.start).astimezone(UTC)
    try:
        stream = FileCamera(file.name, FileOptions(path=file, pace=False, start=start.timestamp())).open()
    except CameraLost as error:
        raise NotAVideo(str(error)) from None
    with closing(stream):
        if recorder is not None:
            recorder.start(stream.video)
        packets = _reported(stream, start, recorded.length, progress, file, warn)
        for change in _Session(pipeline, Decoder(stream.video), recorder).run(packets):
            if isinstance(change, Closed):
                event = change.event
                yield Seen(event, (event.start - start).total_seconds(), (event.end - start).total_seconds())


class _Session:
    """Every packet is recorded, every frame is looked at."""

    def __init__(self, pipeline: Pipeline, decoder: Decoder, recorder: Recorder | None) -> None:
        self._pipeline = pipeline
        self._decoder = decoder
        self._recorder = recorder

    def run(self, packets: Iterator[TimedPacket]) -> Iterator[Change]:
        """The changes, each as the recorder returned it."""
        try:
            for timed in packets:
                if self._recorder is not None:
                    self._recorder.add(timed)
                for frame, at in self._decoder.frames(timed):
                    yield from self._told(self._pipeline.see(frame, at))
                    if self._recorder is not None:
                        self._recorder.look(frame, self._pipeline.motion)
            yield from self._told(self._pipeline.close())
        finally:
            self._told(self._pipeline.close())  # where nobody wanted to know the rest
            if self._recorder is not None:
                self._recorder.stop()

    def _told(self, changes: list[Change]) -> list[Change]:
        if self._recorder is None:
            return changes
        return [self._recorder.change(change) for change in changes]


def _reported(
    stream: FileStream,
    start: datetime,
    length: timedelta | None,
    progress: Callable[[float], None],
    file: Path,
    warn: Callable[[str], None],
) -> Iterator[TimedPacket]:
    """The packets, with progress told on the way and what is missing at the end."""
    whole = length.total_seconds() if length else 0.0
    seconds = told = 0.0
    damage = ""
    try:
        for timed in stream.packets():
            seconds = timed.time - start.timestamp()
            if whole and seconds / whole - told >= _TELLING:
                told = seconds / whole
                progress(min(told, 1.0))
            yield timed
    except CameraLost as error:
        damage = f": {error}"
    if damage or seconds < whole - _SHORT:
        whole_s = f" of {whole:.0f} s" if whole else ""
        warn(
            f"{file} is cut off or damaged after {seconds:.0f} s{whole_s}; what could be read is kept{damage}"
        )
    progress(1.0)


def _created(text: str) -> datetime | None:
    try:
        created = datetime.fromisoformat(text)
    except ValueError:
        return None
    created = created if created.tzinfo else created.replace(tzinfo=UTC)
    return created if created >= _EARLIEST else None
