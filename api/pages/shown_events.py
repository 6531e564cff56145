"""Events as people read them: what, who, where, when, and what became of the clip."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api import events
from api.context import Context
from api.events import Filters
from api.pages import words
from influx.corrections import evidence_of
from influx.points import Point
from influx.windows import Window
from vision.events import CLIP_NONE, CLIP_STORED


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One event, in words."""

    id: str
    title: str
    pet: str
    camera: str
    location: str
    location_label: str
    start: datetime
    duration: float
    confidence: float
    clip_state: str
    clip: str
    clip_sentence: str
    has_clip: bool
    has_snapshot: bool
    simulated: bool
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What events can be filtered by: each name with its label."""

    pets: tuple[tuple[str, str], ...]
    event_types: tuple[tuple[str, str], ...]
    cameras: tuple[tuple[str, str], ...]


def page(
    context: Context, filters: Filters, window: Window | None, *, limit: int, before: str | None = None
) -> tuple[list[ShownEvent], str | None]:
    """One page of events, newest first, and the cursor of the older page (None where this is the last)."""
    found = events.page(context, filters, window, limit=limit, before=before)
    return [shown(context, point) for point in found.events], found.next


def shown(context: Context, point: Point) -> ShownEvent:
    """The event that ``point`` tells of."""
    tags, fields = point.tags, point.fields
    simulated = {camera.name for camera in context.cameras if camera.kind == "scripted"}
    state = str(fields.get("clip_state", CLIP_NONE))
    return ShownEvent(
        id=str(fields.get("event_id", "")),
        title=words.event_type(tags["event_type"]),
        pet=words.pet(tags["pet"]),
        camera=tags["camera"],
        location=tags["location"],
        location_label=location_label(context, tags["location"]),
        start=point.time,
        duration=float(fields.get("duration", 0.0)),
        confidence=float(fields.get("confidence", 0.0)),
        clip_state=state,
        clip=words.clip(state),
        clip_sentence=words.clip_sentence(state),
        has_clip=state == CLIP_STORED and bool(fields.get("clip")),
        has_snapshot=bool(fields.get("snapshot")),
        simulated=tags["camera"] in simulated,
        evidence=tuple(words.evidence(evidence_of(point))),
    )


def location_label(context: Context, location: str) -> str:
    """What people call a location."""
    labels = {known.name: known.label for known in context.locations}
    return labels.get(location) or words.label(location)


def choices(context: Context) -> Choices:
    """Every pet and event type that was seen, and every camera that is configured or was seen."""
    seen = context.store.latest("pet_event", events.kept(context))
    cameras = {point.tags["camera"] for point in seen} | {camera.name for camera in context.cameras}
    return Choices(
        tuple((name, words.pet(name)) for name in sorted({point.tags["pet"] for point in seen})),
        tuple(
            (name, words.event_type(name)) for name in sorted({point.tags["event_type"] for point in seen})
        ),
        tuple((name, words.label(name)) for name in sorted(cameras)),
    )


def climate(context: Context, event: ShownEvent) -> list[Point]:
    """The reading of each sensor of the event's location at its start, not older than 15 minutes."""
    window = Window(event.start - timedelta(minutes=15), event.start + timedelta(seconds=1))
    return context.store.latest("environment", window, {"location": event.location})
