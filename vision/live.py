"""The newest picture for whoever watches: encoded once, only when asked for; the slow lose pictures."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from av.video.frame import VideoFrame

from vision.picture import jpeg


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as JPEG; ``seq`` counts the frames of its camera, ``at`` is when it was taken, in UTC."""

    seq: int
    at: datetime
    data: bytes


class LiveView:
    """One camera's newest frame. The camera publishes, watchers ask; nobody waits for anybody.

    A frame that nobody asks for costs nothing but its memory until the next.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # protects all that follows
        self._frame: VideoFrame | None = None
        self._at = 0.0
        self._seq = 0
        self._watchers: set[Callable[[], None]] = set()
        self._closed = False
        self._encoding = threading.Lock()  # protects the picture, and makes those who ask at once share it
        self._shown: Shown | None = None

    @property
    def seq(self) -> int:
        """How many frames were published."""
        return self._seq

    @property
    def closed(self) -> bool:
        """Whether no frame will come any more."""
        return self._closed

    @property
    def watchers(self) -> int:
        """How many watch just now: who wonders why an uplink is full sees it in the status."""
        return len(self._watchers)

    def publish(self, frame: VideoFrame, at: float) -> None:
        """Make ``frame``, taken ``at`` (seconds since 1970), the newest and wake the watchers."""
        with self._lock:
            self._frame, self._at = frame, at
            self._seq += 1
            watchers = tuple(self._watchers)
        for wake in watchers:
            wake()

    def clear(self) -> None:
        """Forget the newest frame: the camera is gone, and an old picture must not pass for a new one."""
        with self._lock:
            self._frame = None

    def newest(self) -> Shown | None:
        """The newest frame as JPEG, or None where there is none; encodes it unless that was done before."""
        with self._encoding:
            with self._lock:
                frame, at, seq = self._frame, self._at, self._seq
            if frame is None:
                return None
            if self._shown is None or self._shown.seq != seq:
                self._shown = Shown(seq, datetime.fromtimestamp(at, UTC), jpeg(frame))
            return self._shown

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have ``wake`` called, by the publisher's thread, with each new frame and at the end; it must not
        block. Returns what ends that.
        """
        with self._lock:
            self._watchers.add(wake)

        def unsubscribe() -> None:
            with self._lock:
                self._watchers.discard(wake)

        return unsubscribe

    def close(self) -> None:
        """No frame comes any more; watchers are woken to see that."""
        with self._lock:
            self._closed = True
            watchers = tuple(self._watchers)
        for wake in watchers:
            wake()
