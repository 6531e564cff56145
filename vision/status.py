"""How a camera is doing: for the node endpoint, for its health points, and for the log, once a change."""

import logging
import threading
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from av.video.frame import VideoFrame

from influx import points
from influx.points import Point
from influx.schema import CAMERA

logger = logging.getLogger(__name__)

STARTING, RUNNING, LOST = "starting", "running", "lost"

LASTING = 30.0
"""Seconds of pictures after which a camera that was lost counts as back."""
_SPAN = 10.0
"""Seconds over which frames and bits a second are counted."""
_STILL_CHECK = 1.0


@dataclass(frozen=True, slots=True)
class Health:
    """A camera at one moment; ages in seconds, None where nothing is known."""

    camera: str
    state: str
    reason: str
    fps: float
    bitrate: float
    frame_age: float | None
    still_age: float | None
    width: int
    height: int
    luma: float | None
    motion: float | None
    dropped: int

    def point(self, node: str, time: float) -> Point:
        """The health point of ``time``, in seconds since 1970."""
        return points.make(
            CAMERA,
            {"node": node, "camera": self.camera},
            {
                "state": self.state,
                "fps": self.fps,
                "bitrate": self.bitrate,
                "frame_age": self.frame_age,
                "still_age": self.still_age,
                "luma": self.luma,
                "motion": self.motion,
                "dropped": self.dropped,
            },
            datetime.fromtimestamp(time, UTC),
        )


class Status:
    """Gathers what is known of one camera; any thread may tell and ask. ``now`` gives monotonic seconds.

    The log is told of changes that last: one that comes and goes is said so once, and is back when it gave
    pictures for ``lasting`` seconds.
    """

    def __init__(self, camera: str, *, now: Callable[[], float], lasting: float = LASTING) -> None:
        self._camera = camera
        self._now = now
        self._lasting = lasting
        self._lock = threading.Lock()  # protects everything below
        self._state, self._reason, self._limit = STARTING, "", ""
        self._logged = STARTING
        self._flaps = False
        self._since = 0.0
        self._packets: deque[tuple[float, int]] = deque()
        self._last: float | None = None
        self._changed: float | None = None
        self._checked = -_STILL_CHECK
        self._sum = 0
        self._size = (0, 0)
        self._luma: float | None = None
        self._motion: float | None = None
        self._dropped = 0

    @property
    def lasts(self) -> bool:
        """Whether the camera runs, and has for a while."""
        with self._lock:
            return self._runs_for() >= self._lasting

    def lost(self, reason: str) -> None:
        """The camera gives no pictures, and why; logged when that is news."""
        with self._lock:
            was, self._state, self._reason = self._state, LOST, reason
            logged, self._logged = self._logged, LOST
            flaps = was == RUNNING and logged == LOST and not self._flaps
            self._flaps |= flaps
            self._luma = self._motion = None
            self._packets.clear()
        if logged != LOST:
            logger.warning("%s", reason)
        elif flaps:
            logger.warning("camera %s comes and goes: %s", self._camera, reason)

    def limit(self, reason: str) -> None:
        """What cannot be done with the camera although it runs; empty where there is nothing."""
        with self._lock:
            self._limit = reason

    def packet(self, size: int) -> None:
        """A packet of ``size`` bytes arrived: the camera runs; logged when that is news and lasts."""
        now = self._now()
        with self._lock:
            if self._state != RUNNING:
                self._since = now
            self._state, self._reason = RUNNING, self._limit
            self._last = now
            self._packets.append((now, size))
            while self._packets[0][0] < now - _SPAN:
                self._packets.popleft()
            was = self._logged
            if was == STARTING or self._runs_for() >= self._lasting:
                self._logged, self._flaps = RUNNING, False
            news = was != self._logged
        if news:
            logger.info("camera %s %s", self._camera, "is back" if was == LOST else "runs")

    def frame(self, frame: VideoFrame) -> None:
        """A frame was decoded; once a second it is compared with the one a second before."""
        now = self._now()
        if now < self._checked + _STILL_CHECK:
            return
        total = zlib.crc32(memoryview(frame.planes[0]))
        with self._lock:
            self._checked = now
            self._size = (frame.width, frame.height)
            if total != self._sum or self._changed is None:
                self._sum, self._changed = total, now

    def analysed(self, *, luma: float, motion: float) -> None:
        """What the last look said."""
        with self._lock:
            self._luma, self._motion = luma, motion

    def drop(self) -> None:
        """A frame that should have been analysed was not, for want of time."""
        with self._lock:
            self._dropped += 1

    def _runs_for(self) -> float:
        """Seconds of pictures since it was not there; less than none while it does not run."""
        if self._state != RUNNING or self._last is None:
            return -1.0
        return self._last - self._since

    def health(self) -> Health:
        """How it is doing now."""
        now = self._now()
        with self._lock:
            recent = [size for at, size in self._packets if at >= now - _SPAN]
            span = max(now - self._packets[0][0], 1.0) if self._packets else _SPAN
            return Health(
                self._camera,
                self._state,
                self._reason,
                len(recent) / span,
                sum(recent) * 8 / span,
                None if self._last is None else now - self._last,
                None if self._changed is None else now - self._changed,
                *self._size,
                self._luma,
                self._motion,
                self._dropped,
            )
