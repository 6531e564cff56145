"""When a live picture was taken: from when it arrived and what its sender's clock says."""

import math
from collections.abc import Callable

_CREEP = 0.001  # the offset may rise by 1 ms a second: crystals differ by less than 0.1 ms a second
_ASTRAY = 5.0  # seconds between the two clocks beyond which the sender's has jumped
_SET_BACK = 2.0  # seconds


class ClockSetBack(Exception):
    """This machine's clock went back, so that times of this stream cannot go on; open it again."""


class StreamClock:
    """Stamps the pictures of one live stream in seconds since 1970, never going back.

    Sender's clock plus an offset, where the offset is the least delay seen: what the network adds to a
    single packet does not move its picture. A stamp is never later than the packet's arrival.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._offset = math.inf
        self._arrived = -math.inf
        self._last = -math.inf

    def stamp(self, own: float | None) -> float:
        """The time of a picture that arrives now, ``own`` on its sender's clock (seconds, where it has one).

        Raises ``ClockSetBack``.
        """
        arrived = self._now()
        if arrived < self._last - _SET_BACK:
            raise ClockSetBack(f"the clock was set back by {self._last - arrived:.0f} s")
        taken = arrived if own is None else self._by_sender(own, arrived)
        self._arrived = arrived
        self._last = max(self._last, taken)
        return self._last

    def _by_sender(self, own: float, arrived: float) -> float:
        crept = (
            self._offset + _CREEP * max(arrived - self._arrived, 0.0) if self._offset < math.inf else math.inf
        )
        self._offset = min(crept, arrived - own)
        if arrived - own - self._offset > _ASTRAY:
            self._offset = arrived - own
        return own + self._offset
