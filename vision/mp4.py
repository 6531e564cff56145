"""Clips as files: a fragmented MP4 that a crash cannot spoil, and the MP4 with its index in front.

Pictures are copied from the camera into both, never decoded and encoded again.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from influx.disk import sync_file, sync_handle
from vision.packets import TICKS, TIME_BASE, Coded, Timeline

CODECS = frozenset({"h264", "hevc", "mpeg4", "mjpeg", "av1", "vp9"})
"""What goes into MP4 and comes out again, by FFmpeg's names (its movenc.c)."""

_FRAGMENTED = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    # Microseconds. A fragment is written when the picture after it comes, so one second is never reached;
    # cameras that send keyframes only would otherwise make a fragment of each.
    "frag_duration": "800000",
    "min_frag_duration": "500000",
    "video_track_timescale": str(TICKS),
}
_CLOSED = {"movflags": "faststart", "video_track_timescale": str(TICKS)}


class Unplayable(Exception):
    """Nothing in the file can be shown."""


class Unsupported(Exception):
    """A codec that MP4 does not hold."""


class Template:
    """How a stream is encoded, kept apart from the stream: it stays good when the camera is closed.

    Raises ``Unsupported`` where its pictures cannot be copied into an MP4.
    """

    def __init__(self, video: VideoStream) -> None:
        codec = video.codec_context.codec.canonical_name
        if codec not in CODECS:
            raise Unsupported(f"cannot record codec {codec}; clips hold {', '.join(sorted(CODECS))}")
        # A container that is never written to: PyAV copies parameters between streams of containers only.
        self._holder = av.open(io.BytesIO(), "w", format="mp4")
        self._stream = self._holder.add_stream_from_template(video, opaque=True)

    def add_to(self, output: OutputContainer) -> VideoStream:
        """The stream in ``output`` that takes the pictures."""
        return output.add_stream_from_template(self._stream, opaque=True)

    def close(self) -> None:
        """Give it back; nothing may be added to a container afterwards."""
        self._holder.close()


class Fragments:
    """An open recording. Whatever happens to the process, all but the last second can be repaired from it,
    and after a power cut too: each fragment is synced as it is written.

    Used by one thread. Raises ``OSError`` or ``av.FFmpegError`` where the disk does not take more.
    """

    def __init__(self, path: Path, template: Template) -> None:
        self._file = path.open("wb", buffering=0)
        self._timeline = Timeline()
        self._synced = 0
        try:
            self._output = av.open(self._file, "w", format="mp4", options=dict(_FRAGMENTED))
            self._stream = template.add_to(self._output)
        except BaseException:
            self._file.close()
            raise

    def write(self, picture: Coded) -> None:
        """Add the next picture; it is on the disk a second later at most."""
        packet = Packet(picture.data)
        packet.stream = self._stream
        packet.time_base = TIME_BASE
        packet.pts, packet.dts = self._timeline.place(picture)
        packet.duration = self._timeline.step
        packet.is_keyframe = picture.keyframe
        self._output.mux_one(packet)
        self._sync()

    def close(self) -> None:
        """Write what is held back, sync and close; closes also where writing fails."""
        try:
            self._output.close()
            self._sync()
        finally:
            self._file.close()

    def _sync(self) -> None:
        end = self._file.tell()
        if end > self._synced:
            sync_handle(self._file.fileno())
            self._synced = end


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a clip holds: pictures, and seconds from the first to the end of the last."""

    pictures: int
    length: float


def close_up(part: Path, target: Path) -> Extent:
    """Copy what is whole in ``part`` into an MP4 with its index in front at ``target``, durably.

    The clip starts at time 0. ``target`` is whole or not there. Raises ``Unplayable`` where nothing in
    ``part`` can be shown, ``OSError`` where the disk takes no more.
    """
    fresh = target.with_name(f".{target.name}.new")
    try:
        extent = _copy(part, fresh)
        _check_plays(fresh)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    except (av.FFmpegError, IndexError, StopIteration) as error:
        fresh.unlink(missing_ok=True)
        raise Unplayable(f"nothing in {part.name} can be shown: {error}") from None
    sync_file(fresh)
    fresh.replace(target)
    return extent


def _copy(part: Path, target: Path) -> Extent:
    with (
        av.open(str(part), format="mp4") as source,
        av.open(str(target), "w", format="mp4", options=dict(_CLOSED)) as output,
    ):
        stream = output.add_stream_from_template(source.streams.video[0], opaque=True)
        first, end, pictures = None, 0, 0
        for packet in _whole_packets(source):
            if packet.pts is None or packet.dts is None:
                continue
            first = packet.pts if first is None else first
            packet.pts, packet.dts = packet.pts - first, packet.dts - first
            end = max(end, packet.pts + (packet.duration or 0))
            packet.stream = stream
            output.mux_one(packet)
            pictures += 1
        if not pictures:
            raise IndexError("holds no picture")
        return Extent(pictures, end / TICKS)


def _whole_packets(source: InputContainer) -> Iterator["Packet[VideoStream]"]:
    """Up to the end, or to where a crash cut the file."""
    try:
        for packet in source.demux(video=0):
            if packet.is_corrupt:
                return
            if packet.size:
                yield packet
    except av.InvalidDataError:
        return


def _check_plays(clip: Path) -> None:
    with av.open(str(clip)) as source:
        next(source.decode(video=0))
