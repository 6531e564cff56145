"""Captures, which a person asks a camera for: a photo of now, or the next seconds and a little before."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vision.episodes import Change, Closed, Opened, moment
from vision.events import Event
from vision.live import LiveView, Shown

PHOTO, RECORDING = "photo", "recording"
_TRACK = 0
"""No track of a pet has this number: those count from 1."""
_PATIENCE = 3.0
"""Seconds within which a camera that runs has a picture, and a recording begins."""


class NotNow(Exception):
    """The camera cannot do what it is asked for; says which camera and why."""


@dataclass(frozen=True, slots=True)
class Running:
    """A recording that goes on: its event, for how many seconds, and whether it began for who asked."""

    event: Event
    seconds: float
    began: bool


class Captures:
    """Takes photos and opens recordings of one camera as they are asked for; any thread may ask.

    ``follow`` and ``close`` are the camera's thread's: what they return is for its recorder. One recording
    runs at a time.
    """

    def __init__(self, camera: str, location: str, live: LiveView) -> None:
        self._camera = camera
        self._location = location
        self._live = live
        self._keep: Callable[[Event, bytes], None] | None = None
        self._keeping = threading.Lock()  # who asks at once for the same picture shares its photo
        self._kept: tuple[int, Event] | None = None
        """The number of the picture that was photographed last, and its event."""
        self._changed = threading.Condition()  # protects all that follows
        self._wanted: float | None = None
        self._running: Running | None = None
        self._photo: datetime | None = None
        """When the last photo was taken: no recording begins at that moment, they would have one id."""

    def begin(self, keep: Callable[[Event, bytes], None]) -> None:
        """From now on photos can be kept, by ``keep``: an event and its picture as JPEG, durably."""
        self._keep = keep

    def photograph(self) -> Event:
        """Keep the newest picture, once; returns its event. Raises ``NotNow`` and what keeping raises."""
        with self._keeping:
            shown = self._live.newest()
            if shown is None or self._keep is None:
                raise NotNow(f"camera {self._camera} has no picture now")
            if self._kept is None or self._kept[0] != shown.seq:
                event = self._photo_of(shown)
                self._keep(event, shown.data)
                self._kept = shown.seq, event
            return self._kept[1]

    def _photo_of(self, shown: Shown) -> Event:
        with self._changed:
            at = moment(shown.at.timestamp())
            if self._running is not None and self._running.event.start == at:
                at += timedelta(milliseconds=1)
            self._photo = at
        return self._event(PHOTO, at)

    def record(self, seconds: float) -> Running:
        """Begin a recording of ``seconds``, or tell of the one that goes on. Raises ``NotNow``."""
        with self._changed:
            if self._running is not None:
                return replace(self._running, began=False)
            if self._keep is None:
                raise NotNow(f"camera {self._camera} is not ready to record")
            is_first = self._wanted is None
            if is_first:
                self._wanted = seconds
            running = self._changed.wait_for(lambda: self._running, _PATIENCE)
            if running is None:
                self._wanted = None
                raise NotNow(f"camera {self._camera} sends no pictures to record")
            return running if is_first else replace(running, began=False)

    def follow(self, at: float) -> list[Change]:
        """What the picture taken ``at`` (seconds since 1970) begins or ends."""
        if self._wanted is None and self._running is None:
            return []
        with self._changed:
            if self._running is not None:
                ends = self._running.event.start.timestamp() + self._running.seconds
                return self._end(at) if at >= ends else []
            start = moment(at)
            if self._wanted is None or start == self._photo:
                return []
            evidence = {"asked": self._wanted}
            self._running = Running(self._event(RECORDING, start, evidence), self._wanted, began=True)
            self._wanted = None
            self._changed.notify_all()
            return [Opened(self._running.event)]

    def close(self, at: float | None) -> list[Change]:
        """No picture comes any more; the last was taken ``at``."""
        with self._changed:
            return self._end(at)

    def _end(self, at: float | None) -> list[Change]:
        if self._running is None:
            return []
        event = self._running.event
        self._running = None
        end = event.start if at is None else max(event.start, moment(at))
        return [Closed(replace(event, end=end))]

    def _event(self, kind: str, at: datetime, evidence: dict[str, float] | None = None) -> Event:
        return Event(
            self._camera, self._location, _TRACK, kind, at, at, confidence=1.0, evidence=evidence or {}
        )
