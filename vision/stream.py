"""What a camera gives: a stream of encoded packets, each with the time its picture was taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from av.packet import Packet
from av.video.stream import VideoStream


class CameraLost(Exception):
    """The camera cannot be opened or stopped giving pictures; says which camera and why."""


@dataclass(frozen=True, slots=True)
class TimedPacket:
    """One encoded picture, and when it was taken in seconds since 1970 (UTC).

    Of a stream whose pictures are not shown in the order they are decoded in, ``time`` belongs to the
    packet's ``dts``: it never goes back, and a picture was taken ``pts - dts`` later.
    """

    packet: "Packet[VideoStream]"
    time: float


class Stream(Protocol):
    """An open camera. Used by one thread; ``close`` may come from another and ends ``packets``."""

    @property
    def video(self) -> VideoStream:
        """The encoded stream, as a template for remuxing and as the decoder's settings."""
        ...

    @property
    def ends(self) -> bool:
        """Whether the end of the packets is the end of a recording, and no loss."""
        ...

    def packets(self) -> Iterator[TimedPacket]:
        """Packets in decoding order, as they come (a live camera paces them; times never go back).

        Raises ``CameraLost`` when the camera goes away; returns at the end of a recording.
        """
        ...

    def close(self) -> None:
        """Give the camera back when ``packets`` has come to its end; harmless when repeated.

        ``video`` is good until then, also after the last packet; so call it when nobody looks at that.
        """
        ...


class Camera(Protocol):
    """A way to open a stream, again and again."""

    def open(self) -> Stream:
        """Open the camera; raises ``CameraLost`` where it is not there."""
        ...
