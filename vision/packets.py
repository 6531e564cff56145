"""Encoded pictures as the recorder keeps them: bytes and times, free of the camera they came from."""

from dataclasses import dataclass
from fractions import Fraction

from vision.stream import TimedPacket

TICKS = 90_000
"""Ticks a second of every clip: the clock of MPEG systems, exact for all usual frame rates."""
TIME_BASE = Fraction(1, TICKS)

_LEAP = 2 * TICKS
"""A camera's clock that runs this much ahead of the wall clock within one picture was set, not late."""
_LONGEST_REORDERING = 10 * TICKS


@dataclass(frozen=True, slots=True)
class Coded:
    """One encoded picture: presentation and decoding time in ticks of the camera's own clock, where it
    tells them, and ``time`` in seconds since 1970. Shared by the ring and every clip that holds it.
    """

    data: bytes
    keyframe: bool
    pts: int | None
    dts: int | None
    time: float


def coded(timed: TimedPacket) -> Coded:
    """A copy of what the camera gave, which no decoder or muxer changes afterwards."""
    packet = timed.packet
    scale = packet.time_base * TICKS if packet.time_base else Fraction(1)
    pts, dts = (None if ticks is None else round(ticks * scale) for ticks in (packet.pts, packet.dts))
    return Coded(bytes(packet), packet.is_keyframe, pts, dts, timed.time)


class Timeline:
    """Times within one clip: the first picture is decoded at 0 and decoding times always grow, whatever the
    camera's clock does; a clock that is missing, stands still, goes back or leaps is replaced by the wall's.
    """

    def __init__(self) -> None:
        self._now = -1
        self.step = TICKS // 30
        """Ticks from the picture before to this one, which is how long this one is likely to be shown."""
        self._dts: int | None = None
        self._time = 0.0

    def place(self, picture: Coded) -> tuple[int, int]:
        """When ``picture`` is shown and when it is decoded, in ticks since the start of the clip."""
        dts = picture.pts if picture.dts is None else picture.dts
        if self._now < 0:
            self._now = 0
        else:
            self.step = self._since_last(dts, picture.time)
            self._now += self.step
        self._dts, self._time = dts, picture.time
        later = 0 if dts is None or picture.pts is None else picture.pts - dts
        return self._now + (later if 0 < later <= _LONGEST_REORDERING else 0), self._now

    def _since_last(self, dts: int | None, time: float) -> int:
        wall = max(1, round((time - self._time) * TICKS))
        if dts is None or self._dts is None:
            return wall
        step = dts - self._dts
        return step if 0 < step <= wall + _LEAP else wall
