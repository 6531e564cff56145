"""Events as people ask for them: found by id or listed by filter, and as JSON."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from api.context import Context
from influx import corrections
from influx.pet_names import written
from influx.points import FieldValue, Point
from influx.rfc3339 import iso
from influx.schema import ASKED_EVENT_TYPES, PET_EVENT
from influx.store import RowQuery
from influx.windows import Window
from vision import events
from vision.events import CLIP_STORED, CONTINUES

MAX_PAGE = 200
_EVER = timedelta(days=366 * 20)
_AHEAD = timedelta(days=1)
"""The default window ends a little ahead, so that a camera whose clock is fast does not hide its events."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which events: empty means any."""

    pet: str = ""
    event_type: str = ""
    camera: str = ""
    clip_state: str = ""
    captured: bool = False
    """Only what people asked cameras for."""

    def tags(self) -> dict[str, str]:
        """The filters that are tags of the event's point."""
        asked = {"pet": self.pet, "event_type": self.event_type, "camera": self.camera}
        return {name: value for name, value in asked.items() if value}

    def fields(self) -> dict[str, FieldValue]:
        """The filters that are fields of the event's point."""
        return {"clip_state": self.clip_state} if self.clip_state else {}


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events newest first, and the cursor of the next older page (None where this is the last)."""

    events: tuple[Point, ...]
    next: str | None


def page(
    context: Context, filters: Filters, window: Window | None, *, limit: int = 50, before: str | None = None
) -> EventPage:
    """One page of events; ``window`` None: as far back as any are kept. Raises what ``Store.rows`` raises."""
    if window is None:
        window = kept(context)
    found = context.store.rows(
        RowQuery(PET_EVENT.name, window, _tags(filters), filters.fields(), limit=limit, before=before)
    )
    return EventPage(corrections.without_overruled(context.store, found.points), found.next)


def _tags(filters: Filters) -> dict[str, str | tuple[str, ...]]:
    """The tags of ``filters``; a pet is found however its name is typed."""
    tags: dict[str, str | tuple[str, ...]] = dict(filters.tags())
    if filters.captured:
        tags["event_type"] = tuple(sorted(ASKED_EVENT_TYPES))
    if filters.pet != written(filters.pet):
        tags["pet"] = (filters.pet, written(filters.pet))
    return tags


def kept(context: Context) -> Window:
    """The window in which there can be events."""
    now = context.now()
    return Window(now - (context.retention.events or _EVER), now + _AHEAD)


def find(context: Context, event_id: str) -> Point | None:
    """The event of this id as it was corrected last, or None."""
    try:
        return events.find(context.store, event_id)
    except (ValueError, OverflowError):
        return None


def as_json(point: Point, *, pinned: bool) -> dict[str, Any]:
    """An event as the API gives it, with addresses of its clip and snapshot where they are there."""
    fields = point.fields
    event_id = str(fields.get("event_id", ""))
    duration = float(fields.get("duration", 0.0))
    stored = fields.get("clip_state") == CLIP_STORED and fields.get("clip")
    said = corrections.first_said(point)
    return {
        "event_id": event_id,
        "camera": point.tags["camera"],
        "location": point.tags["location"],
        "pet": point.tags["pet"],
        "event_type": point.tags["event_type"],
        "start": iso(point.time),
        "end": iso(point.time + timedelta(seconds=duration)),
        "duration": duration,
        "confidence": fields.get("confidence"),
        "clip_state": fields.get("clip_state"),
        "clip": f"/clips/{event_id}" if stored else None,
        "snapshot": f"/snapshots/{event_id}" if fields.get("snapshot") else None,
        "pinned": pinned,
        "evidence": corrections.evidence_of(point),
        "continues": corrections.evidence_of(point).get(CONTINUES),
        "revision": fields.get("revision", 0),
        "corrected_from": None if said is None else {"pet": said.pet, "event_type": said.event_type},
    }
