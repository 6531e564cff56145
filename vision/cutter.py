"""Cuts one session's pictures into pieces of fragmented MP4, in memory; they are copied, never encoded."""

import av
from av.packet import Packet

from vision.mp4 import Template
from vision.packets import TICKS, TIME_BASE, Coded, Timeline

SHORTEST, LONGEST = 0.9, 4.0
"""Seconds. A piece ends at the first keyframe after the shortest, so that cameras which send one a second get
pieces of a second in spite of their clocks. Where none comes it is cut within the group after the longest,
which players take (RFC 8216 only advises to begin each piece with a keyframe)."""

_OPTIONS = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof+skip_trailer",
    "min_frag_duration": str(round(SHORTEST * 1e6)),
    "frag_duration": str(round(LONGEST * 1e6)),
    "video_track_timescale": str(TICKS),
}


class Piece:
    """Pictures from one moment on: ``time`` in seconds since 1970, ``seconds`` long, ``data`` as MP4."""

    __slots__ = ("data", "seconds", "time")

    def __init__(self, time: float, seconds: float, data: bytes) -> None:
        self.time = time
        self.seconds = seconds
        self.data = data


class Cutter:
    """Takes pictures and gives pieces; ``head`` is what a player must have before the first of them.

    Used by one thread. Raises ``av.FFmpegError`` where pictures cannot be copied.
    """

    def __init__(self, template: Template) -> None:
        self.head = b""
        self._written = _Sink()
        self._output = av.open(self._written, "w", format="mp4", options=dict(_OPTIONS))
        self._stream = template.add_to(self._output)
        self._timeline = Timeline()
        self._began: tuple[int, float] | None = None
        self._end = 0

    def write(self, picture: Coded) -> Piece | None:
        """Add the next picture; returns the piece before it, where it begins the next.

        What comes before the first keyframe is passed over.
        """
        if self._began is None and not picture.keyframe:
            return None
        pts, dts = self._timeline.place(picture)
        packet = Packet(picture.data)
        packet.stream = self._stream
        packet.time_base = TIME_BASE
        packet.pts, packet.dts = pts, dts
        packet.duration = self._timeline.step
        packet.is_keyframe = picture.keyframe
        self._output.mux_one(packet)
        self._end = dts + self._timeline.step
        written = self._written.take()
        if self._began is None:
            self.head, self._began = written, (dts, picture.time)
        elif written:
            start, self._began = self._began, (dts, picture.time)
            return Piece(start[1], (dts - start[0]) / TICKS, written)
        return None

    def close(self) -> Piece | None:
        """No more pictures; returns the last piece, where there is one."""
        self._output.close()
        written = self._written.take()
        if self._began is None or not written:
            return None
        start, time = self._began
        return Piece(time, (self._end - start) / TICKS, written)


class _Sink:
    """What the muxer writes to, until it is taken away."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take all of ``data``."""
        self._chunks.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """Everything written since the last call."""
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)
