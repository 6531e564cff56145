"""How a camera is doing: for the node endpoint, for its health points, and for the log, once a change."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from av.video.frame import VideoFrame

from influx import points
from influx.points import Point
from influx.schema import CAMERA
from vision.diagnosis import BLACK, FAULTS, FROZEN, LOOPING, Diagnosis

logger = logging.getLogger(__name__)

STARTING, RUNNING, LOST = "starting", "running", "lost"

LASTING = 30.0
"""Seconds of pictures after which a camera that was lost counts as back."""
_SPAN = 10.0
"""Seconds over which frames and bits a second are counted."""
FIRST_RETRY, LONGEST_RETRY = 30.0, 900.0
"""Seconds of a picture that is not one of now, until the camera is opened anew for it; doubled each time."""
_SAID = {
    FROZEN: "camera %s is frozen: it sends the same picture again and again",
    BLACK: "camera %s sees nothing: its picture is black",
    LOOPING: "camera %s repeats itself: the same seconds come again and again",
}


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
    counts: dict[str, int] = field(default_factory=dict)
    """How often it was lost, frozen, black or looping, or retried for that, since its process started."""

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
                "faults": sum(self.counts.get(fault, 0) for fault in (LOST, *FAULTS)),
            },
            datetime.fromtimestamp(time, UTC),
        )


class Status:
    """Gathers what is known of one camera; any thread may tell and ask. ``now`` gives monotonic seconds.

    The log is told of changes that last: one that comes and goes is said so once, and is back when it gave
    pictures for ``lasting`` seconds. Where the camera ``has_noise``, a picture that is the same to the last
    bit, black, or comes again and again is a fault.
    """

    def __init__(
        self, camera: str, *, now: Callable[[], float], lasting: float = LASTING, has_noise: bool = False
    ) -> None:
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
        self._has_noise = has_noise
        self._diagnosis = Diagnosis()
        self._fault, self._told = "", ""
        self._good_since = 0.0
        self._retry, self._retry_at = FIRST_RETRY, 0.0
        self._counts: Counter[str] = Counter()
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
            ran = was not in (STARTING, LOST)
            self._counts[LOST] += ran
            flaps = ran and logged == LOST and not self._flaps
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
            if self._state in (STARTING, LOST):
                self._since = now
                self._state = self._fault or RUNNING
            if self._state == RUNNING:
                self._reason = self._limit
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

    def keyframe(self, data: bytes) -> None:
        """A keyframe came, encoded as ``data``."""
        with self._lock:
            self._diagnosis.keyframe(data)

    def frame(self, frame: VideoFrame) -> bool:
        """A frame was decoded; once a second it is looked at, and a fault of it logged once when it lasts.

        Returns whether the camera should be opened anew for such a fault, which is tried less and less often.
        """
        now = self._now()
        with self._lock:
            if not self._diagnosis.frame(frame, now):
                return False
            self._size = (frame.width, frame.height)
            self._luma = self._diagnosis.luma
            if not self._has_noise:
                return False
            news = self._judge(self._diagnosis.fault(now), now)
            anew = bool(self._fault) and now >= self._retry_at
            if anew:
                self._retry = min(2 * self._retry, LONGEST_RETRY)
                self._retry_at = now + self._retry
                self._counts["retried"] += 1
        if news:
            (logger.warning if self._fault else logger.info)(news, self._camera)
        return anew

    def _judge(self, fault: str, now: float) -> str:
        """Note that there is this fault, or none; returns what is news of it."""
        if fault and fault != self._fault:
            self._counts[fault] += 1
            if not self._fault:
                self._retry_at = now + self._retry
        elif self._fault and not fault:
            self._good_since = now
        self._fault = fault
        if self._state not in (STARTING, LOST):
            self._state = fault or RUNNING
            self._reason = _SAID[fault] % self._camera if fault else self._limit
        if fault and fault != self._told:
            self._told = fault
            return _SAID[fault]
        if self._told and not fault and now - self._good_since >= self._lasting:
            self._told, self._retry = "", FIRST_RETRY
            return "camera %s shows what happens again"
        return ""

    def analysed(self, *, motion: float) -> None:
        """What the last look said."""
        with self._lock:
            self._motion = motion

    def drop(self) -> None:
        """A frame that should have been analysed was not, for want of time."""
        with self._lock:
            self._dropped += 1

    def _runs_for(self) -> float:
        """Seconds of pictures since it was not there; less than none while it does not run."""
        if self._state in (STARTING, LOST) or self._last is None:
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
                self._diagnosis.still_age(now),
                *self._size,
                self._luma,
                self._motion,
                self._dropped,
                dict(self._counts),
            )
