"""Packets to frames, each with the time it was taken."""

from collections.abc import Iterator

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vision.stream import TimedPacket

_CHEAPER = {"skip_loop_filter": "all"}
"""Without H.264's deblocking a fifth of the processor's time is saved. Measured at 40 dB of the full picture
or better, even 30 s after a keyframe: nobody sees it, and clips are not decoded at all."""


class Decoder:
    """Decodes one stream, with one thread of the processor. Used by one thread."""

    def __init__(self, video: VideoStream) -> None:
        self._context = video.codec_context
        if not self._context.is_open:
            self._context.thread_count = 1
            self._context.options = _CHEAPER
        self._last = 0.0

    def frames(self, timed: TimedPacket) -> Iterator[tuple[VideoFrame, float]]:
        """The frames that this packet completes, with seconds since 1970 that never go back.

        A packet that cannot be decoded, for whatever reason, completes none.
        """
        if not timed.packet.size:  # tells the decoder that it is over, and it takes no more
            return
        try:
            frames = self._context.decode(timed.packet)
        except av.FFmpegError:
            return
        for frame in frames:
            self._last = max(self._last, timed.time + _ahead(timed, frame))
            yield frame, self._last


def _ahead(timed: TimedPacket, frame: VideoFrame) -> float:
    """Seconds from the time of the packet to that of ``frame``, which came out when the packet went in."""
    packet = timed.packet
    if frame.pts is None or packet.dts is None or packet.time_base is None:
        return 0.0
    seconds = float((frame.pts - packet.dts) * packet.time_base)
    return seconds if -10 < seconds < 10 else 0.0
