"""What happened: the event, its id, and its point."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from influx import corrections, points
from influx.points import Point
from influx.schema import PET_EVENT, UNKNOWN_PET
from influx.store import Store

CLIP_NONE, CLIP_WAITING, CLIP_STORED, CLIP_PRUNED, CLIP_LOST = "none", "waiting", "stored", "pruned", "lost"

CONTINUES = "continues"
"""The evidence that names the event before, of the same stay."""
NO_CLIP = "no_clip"
"""The evidence that says why an event has no clip though its kind has one: one of those below."""
OUT_OF_HOURS, RUSH, NO_ROOM, CODEC = "hours", "rush", "disk", "codec"
"""The camera does not record at that hour; there were too many at once; the disk took no more; what the
camera sends goes into no MP4."""

SHORTEST_CAPTURE, LONGEST_CAPTURE = 1.0, 120.0
"""Seconds of a recording that somebody asks for, besides its pre-roll and post-roll."""


_STAMP = re.compile(r"[0-9]{8}T[0-9]{9}Z")


def event_id(camera: str, start: datetime, track: int) -> str:
    """The id of an event: ``<camera>-<UTC start to the ms>-<track>``, the same whenever it is computed."""
    utc = start.astimezone(UTC)
    return f"{camera}-{utc:%Y%m%dT%H%M%S}{utc.microsecond // 1000:03d}Z-{track}"


def start_of(identifier: str) -> datetime:
    """The UTC start that an event id tells; raises ``ValueError`` where it is no event id."""
    _camera, stamp, track = identifier.rsplit("-", 2)
    if not (_camera and track.isdigit() and _STAMP.fullmatch(stamp)):
        raise ValueError(f"{identifier!r} is no event id")
    # A store of clips names its events by the hundred thousand, and strptime takes 20 times as long.
    try:
        return datetime.fromisoformat(f"{stamp[:15]}.{stamp[15:18]}+00:00")
    except ValueError:
        raise ValueError(f"{identifier!r} is no event id: there is no such moment") from None


def camera_of(identifier: str) -> str:
    """The camera that an event id names."""
    return identifier.rsplit("-", 2)[0]


def track_of(identifier: str) -> int:
    """The number of the track that an event id names; raises ``ValueError`` where it names none."""
    return int(identifier.rsplit("-", 1)[-1])


def find(store: Store, identifier: str) -> Point | None:
    """The event of this id as it was corrected last, or None.

    Raises ``ValueError`` for what is no event id, and as a ``Store``.
    """
    found = corrections.points_of(store, camera_of(identifier), identifier, start_of(identifier))
    return corrections.newest(found)


@dataclass(frozen=True, slots=True)
class Event:
    """Something one track did, from start to end, in UTC; times are whole milliseconds."""

    camera: str
    location: str
    track: int
    event_type: str
    start: datetime
    end: datetime
    pet: str = UNKNOWN_PET
    confidence: float = 0.0
    evidence: Mapping[str, float | int | str | bool] = field(default_factory=dict)
    clip: str = ""
    clip_state: str = CLIP_NONE
    snapshot: str = ""
    revision: int = 0

    @property
    def id(self) -> str:
        """The event id."""
        return event_id(self.camera, self.start, self.track)

    @property
    def duration(self) -> timedelta:
        """From start to end."""
        return self.end - self.start

    def point(self) -> Point:
        """The event as a point, timed at its start."""
        return points.make(
            PET_EVENT,
            {
                "camera": self.camera,
                "location": self.location,
                "pet": self.pet,
                "event_type": self.event_type,
            },
            {
                "event_id": self.id,
                "duration": self.duration.total_seconds(),
                "confidence": self.confidence,
                "clip": self.clip,
                "clip_state": self.clip_state,
                "snapshot": self.snapshot,
                "evidence": json.dumps(dict(self.evidence), sort_keys=True),
                "revision": self.revision,
            },
            self.start,
        )
