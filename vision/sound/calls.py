"""Calls to events of the type ``vocalizing``: those that follow each other within seconds are one."""

import threading
from collections import Counter, deque
from dataclasses import dataclass, field

from influx.schema import UNKNOWN_PET
from vision.episodes import Change, Closed, Extended, Opened, moment
from vision.events import Event
from vision.sound.voice import Call

VOCALIZING = "vocalizing"
GAP = 8.0
"""Seconds without a call that end an event; a call is known two seconds after its end."""
_TRACK = 0
_MOST = 256
"""Calls that wait to be followed; no camera that has pictures lets so many wait."""
_SURE = 3
"""So many calls make it nearly sure: one may be a toy."""


@dataclass
class _Open:
    """The event that goes on."""

    start: float
    end: float
    kinds: Counter[str] = field(default_factory=Counter)
    pitches: list[float] = field(default_factory=list)


class Calls:
    """Makes events of the calls that one camera hears. ``hear`` from any thread, the rest from one.

    ``pet`` is the only one that lives where it listens, where that is so. An event longer than ``longest``
    seconds is closed, and the next begins.
    """

    def __init__(self, camera: str, location: str, *, pet: str = "", longest: float = 600.0) -> None:
        self._camera = camera
        self._location = location
        self._pet = pet or UNKNOWN_PET
        self._longest = longest
        self._lock = threading.Lock()
        self._heard: deque[tuple[Call, float]] = deque(maxlen=_MOST)
        self._open: _Open | None = None

    def hear(self, call: Call, at: float) -> None:
        """A call that began ``at`` (seconds since 1970)."""
        with self._lock:
            self._heard.append((call, at))

    def follow(self, at: float) -> list[Change]:
        """What was heard until the picture taken ``at`` begins, continues or ends."""
        with self._lock:
            heard = list(self._heard)
            self._heard.clear()
        changes: list[Change] = []
        for call, start in heard:
            changes += self._count(call, start)
        if self._open is not None and at - self._open.end > GAP:
            changes += self.close()
        return changes

    def close(self) -> list[Change]:
        """No picture comes any more: the open event ends with its last call."""
        with self._lock:
            self._heard.clear()
        over, self._open = self._open, None
        return [Closed(self._event(over))] if over else []

    def _count(self, call: Call, start: float) -> list[Change]:
        changes: list[Change] = []
        is_long = self._open is not None and start - self._open.start > self._longest
        if self._open is not None and (start - self._open.end > GAP or is_long):
            changes += [Closed(self._event(self._open))]
            self._open = None
        is_new = self._open is None
        known = self._open = self._open or _Open(start, start)
        known.end = max(known.end, start + call.burst.length)
        known.kinds[call.kind] += 1
        known.pitches.append(call.burst.pitch)
        event = self._event(known)
        return [*changes, Opened(event) if is_new else Extended(event)]

    def _event(self, known: _Open) -> Event:
        count = known.kinds.total()
        return Event(
            self._camera,
            self._location,
            _TRACK,
            VOCALIZING,
            moment(known.start),
            moment(known.end),
            pet=self._pet,
            confidence=round(1 - 0.5 / min(count, _SURE), 2),
            evidence={
                "calls": count,
                **{f"{kind}s": number for kind, number in sorted(known.kinds.items())},
                "pitch_hz": round(sorted(known.pitches)[count // 2]),
            },
        )
