"""Whether pictures that come are pictures of now: not frozen, not black, not the same seconds over and over.

A real sensor has noise, so that no two pictures of it are the same to the last bit, however quiet the room;
what repeats exactly is a memory that nobody fills any more, or a recording in place of the room.
"""

import math
import zlib
from collections import deque

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from vision.motion import Plane, luma_of

FROZEN, BLACK, LOOPING = "frozen", "black", "looping"
FAULTS = (FROZEN, BLACK, LOOPING)

CHECK = 1.0
"""Seconds between two looks."""
NOTICED = 5.0
"""Seconds that a picture must be black to be called so."""
_WINDOW, _SURE = 10.0, 4.0
"""Keyframes of so many last seconds are compared with the one before each; a third of them the same, and for
so long, is a picture that stands still. An encoder that goes on by itself may change its mind about many;
a sensor that works has no two the same."""
_FEW = 3
"""Comparisons in that window that need not last: where keyframes are seconds apart, two alike say it all."""
_NO_KEYFRAME = 30.0
"""Seconds of one and the same picture where no keyframe came: between two of them an encoder may send nothing
of a room where nothing moves, and a few cameras are told to wait that long."""
_DARK, _EVEN = 0.02, 0.008
"""Mean and standard deviation of a black picture's luma, as parts of its range: under 5 and 2 of 219 levels.
A room lit by infrared has bright parts, and a dark one, its sensor's gain turned up, has noise."""
_MOST_SUMS = 4096


class Diagnosis:
    """What is wrong with one camera's pictures. Times are monotonic seconds; used by one thread at a time."""

    def __init__(self) -> None:
        self.luma: float | None = None
        """Mean brightness at the last look, 0 black to 1 white whatever range the camera uses."""
        self._looked = -math.inf
        self._sum, self._same_since = -1, 0.0
        self._new: float | None = None
        self._black_since: float | None = None
        self._key_sum, self._key_looked = -1, -math.inf
        self._alike: deque[tuple[float, bool]] = deque()
        self._repeats = Repeats()

    def keyframe(self, data: bytes) -> None:
        """A keyframe came, encoded as ``data``."""
        self._repeats.add(zlib.crc32(data))

    def frame(self, frame: VideoFrame, now: float) -> bool:
        """Look at a decoded frame, once in ``CHECK`` seconds; returns whether it was looked at."""
        key = frame.key_frame and now >= self._key_looked + CHECK
        if not key and now < self._looked + CHECK:
            return False
        luma = luma_of(frame)
        total = zlib.crc32(np.ascontiguousarray(luma).data)
        if key:
            self._alike.append((now, total == self._key_sum))
            self._key_sum, self._key_looked = total, now
        if now < self._looked + CHECK:
            return False
        self._looked = now
        while self._alike and self._alike[0][0] < now - _WINDOW:
            self._alike.popleft()
        if total != self._sum:
            self._sum, self._same_since = total, now
            if self._new is None or self.fault(now) not in (FROZEN, LOOPING):
                self._new = now
        mean, deviation = brightness(frame, luma)
        self.luma = mean
        if mean > _DARK or deviation > _EVEN:
            self._black_since = None
        elif self._black_since is None:
            self._black_since = now
        return True

    def still_age(self, now: float) -> float | None:
        """Seconds since a picture last showed anything new; None before the first."""
        return None if self._new is None else now - self._new

    def fault(self, now: float) -> str:
        """One of ``FAULTS``, or nothing where the picture is one of now."""
        if self._black_since is not None:
            return BLACK if now - self._black_since >= NOTICED else ""
        alike = [at for at, same in self._alike if same]
        if 3 * len(alike) >= max(len(self._alike), 1):
            return FROZEN if len(self._alike) <= _FEW or now - alike[0] >= _SURE else ""
        if not self._alike and self._new is not None and now - self._same_since >= _NO_KEYFRAME:
            return FROZEN
        return LOOPING if self._repeats.found else ""


class Repeats:
    """Finds in a row of sums a sequence that comes again: two and more different ones in their old order."""

    def __init__(self) -> None:
        self.found = False
        """Whether the newest are such a sequence."""
        self._places: dict[int, int] = {}
        self._count = 0
        self._distance = 0
        self._run = 0
        self._last: int | None = None

    def add(self, total: int) -> None:
        """The next one."""
        if len(self._places) >= _MOST_SUMS:
            self._places.clear()
        before = self._places.get(total)
        distance = 0 if before is None else self._count - before
        self._run = self._run + 1 if distance and distance == self._distance else min(distance, 1)
        self.found = self._run >= 2 and total != self._last
        self._distance, self._last = distance, total
        self._places[total] = self._count
        self._count += 1


def brightness(frame: VideoFrame, luma: Plane) -> tuple[float, float]:
    """Mean and standard deviation of ``luma``, the plane of ``frame``, as parts of the range it uses.

    Video has black at 16 and white at 235 unless it says that it uses all (ITU-T H.273, full range flag).
    """
    full = (
        frame.format.name.startswith(("yuvj", "gray", "rgb", "bgr")) or frame.color_range == ColorRange.JPEG
    )
    black, span = (0, 255) if full else (16, 219)
    few = luma[::8, ::8]
    mean = (float(few.mean()) - black) / span
    return min(max(mean, 0.0), 1.0), float(few.std()) / span
