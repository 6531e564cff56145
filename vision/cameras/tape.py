"""A container in memory that is written while it is read: encoded pictures become a stream like any other."""

from collections.abc import Callable

import av
from av.container import InputContainer, OutputContainer

_FORMAT = "nut"  # gives back a packet as soon as it was written, which Matroska and MPEG-TS do not
_PIPE = {"syncpoints": "none", "strict": "experimental", "write_index": "0"}
"""No places to seek to: both sides remember each of them for ever, which takes 27 MB an hour at 2 Mbit/s."""


class Tape:
    """What ``wind`` muxes into the container it is given comes out of ``open``'s. Used by one thread.

    ``wind`` is called whenever more is asked for, and returns whether there may be more still. What it raises
    is kept as ``failure``, and the container that is read comes to its end.
    """

    def __init__(self, wind: Callable[[OutputContainer], bool]) -> None:
        self.failure: Exception | None = None
        self._wind = wind
        self._written = bytearray()
        self._out: OutputContainer | None = av.open(_Sink(self._written), "w", format=_FORMAT, options=_PIPE)

    def open(self) -> InputContainer:
        """The side that is read; reads as much as tells how the pictures are encoded, and raises
        ``av.FFmpegError`` where nothing does.
        """
        container = av.open(self, format=_FORMAT, options={"fpsprobesize": "0", "probesize": "32"})
        assert isinstance(container, InputContainer)
        return container

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; nothing once it is over."""
        while not self._written and self._out is not None:
            try:
                goes_on = self._wind(self._out)
            except Exception as error:  # noqa: BLE001 -- FFmpeg is between here and who can tell what it means
                self.failure = error
                goes_on = False
            if not goes_on:
                self.close()
        read = bytes(self._written[:size])
        del self._written[:size]
        return read

    def close(self) -> None:
        """Write the end; harmless when repeated."""
        out, self._out = self._out, None
        if out is not None:
            out.close()


class _Sink:
    """Where the muxer writes to."""

    def __init__(self, into: bytearray) -> None:
        self._into = into

    def write(self, data: bytes) -> int:
        """Take all of ``data``."""
        self._into += data
        return len(data)
