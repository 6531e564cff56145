"""The file beside a recording that says which event it is of, so that a crash loses neither."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from influx.disk import write_whole
from influx.schema import STILL_EVENT_TYPES
from vision.activities import MOTION
from vision.events import Event, start_of

SUFFIX, PART, SNAPSHOT, CLIP = ".json", ".mp4.part", ".jpg", ".mp4"
"""What stands behind the event id in the name of a sidecar, of its recording, snapshot and finished clip."""


class NoSidecar(ValueError):
    """A file tells of no event; says which and why."""


class Phase(StrEnum):
    """How far a recording has come."""

    OPEN = "open"
    """The event goes on."""
    CLOSING = "closing"
    """The event is over and known; its post-roll is being recorded."""
    COMPLETE = "complete"
    """Everything was recorded and the recording is closed."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """An event as far as it is known. ``first`` is when the first picture of the recording was taken, in
    seconds since 1970, or None where no picture is recorded.
    """

    event: Event
    phase: Phase
    first: float | None

    @property
    def has_clip(self) -> bool:
        """Whether what was recorded becomes a clip: of a still event only the snapshot is kept."""
        return self.first is not None and self.event.event_type not in STILL_EVENT_TYPES

    def write(self, folder: Path) -> Path:
        """Put it into ``folder`` durably, in place of the one before."""
        path = folder / f"{self.event.id}{SUFFIX}"
        event = {**asdict(self.event), "evidence": dict(self.event.evidence)}
        event |= {"start": self.event.start.isoformat(), "end": self.event.end.isoformat()}
        write_whole(path, json.dumps({"phase": self.phase, "first": self.first, "event": event}).encode())
        return path

    @classmethod
    def read(cls, path: Path) -> "Sidecar":
        """The sidecar at ``path``; raises ``NoSidecar`` where it is none."""
        try:
            raw = json.loads(path.read_bytes())
            event = raw["event"]
            event |= {name: datetime.fromisoformat(event[name]) for name in ("start", "end")}
            return cls(Event(**event), Phase(raw["phase"]), raw["first"])
        except (ValueError, KeyError, TypeError) as error:
            raise NoSidecar(f"{path} is no sidecar: {error}") from None

    @classmethod
    def guess(cls, path: Path, location: str) -> "Sidecar":
        """What the name of a spoiled sidecar tells; raises ``NoSidecar`` where it tells nothing."""
        try:
            start = start_of(path.stem)
        except ValueError as error:
            raise NoSidecar(f"{path} is no sidecar: {error}") from None
        camera, _stamp, track = path.stem.rsplit("-", 2)
        event = Event(camera, location, int(track), MOTION, start, start)
        return cls(event, Phase.OPEN, start.timestamp())

    def repaired(self, length: float | None) -> Event:
        """The event as it can be known after a crash, when ``length`` seconds of its recording are left.

        One that went on ends with its last picture.
        """
        end = self.event.end
        if self.phase is Phase.OPEN and length is not None and self.first is not None:
            known = timedelta(milliseconds=int((self.first - self.event.start.timestamp() + length) * 1000))
            end = max(end, self.event.start + known)
        return replace(self.event, end=end, evidence={**self.event.evidence, "repaired": True})
