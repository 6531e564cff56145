"""Events as people read them: what, who, where, when, and what became of the clip."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.context import Context
from api.events import listing
from api.events.listing import Filters
from api.events.pinning import keepable, pinned_among
from api.pages import words
from influx import local_time
from influx.corrections import SAID_PET, SAID_TYPE, Said, evidence_of, first_said, said_by
from influx.plan import plan
from influx.points import Point
from influx.schema import CAPTURED_EVENT_TYPES, ENVIRONMENT, PET_EVENT
from influx.windows import Aggregate, Window
from vision.events import CLIP_NONE, CLIP_STORED, CONTINUES, NO_CLIP, event_id, track_of

_AROUND = timedelta(minutes=30)
_WIDE, _HIGH = 600, 120
_LEAST_DEGREES = 1.0
"""So much lies between the lower and upper edge at least: noise is no drama."""


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
    pinned: bool
    """Whether it stays when room is made."""
    keepable: bool
    """Whether a pin would keep anything."""
    has_snapshot: bool
    simulated: bool
    said: str
    """What Hutch itself said, where a person said otherwise."""
    tag: Said
    continues: str
    """The id of the event before it of the same stay, where there is one."""
    captured: bool
    """Whether somebody had the camera capture it, and no pet did anything."""
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
    found = listing.page(context, filters, window, limit=limit, before=before)
    pinned = pinned_among(context, found.events)
    events = [shown(context, point, pinned=point.fields.get("event_id") in pinned) for point in found.events]
    return events, found.next


def shown(context: Context, point: Point, *, pinned: bool = False) -> ShownEvent:
    """The event that ``point`` tells of; ``pinned`` where it is shown whether it is."""
    tags, fields = point.tags, point.fields
    simulated = {camera.name for camera in context.cameras if camera.kind == "scripted"}
    state = str(fields.get("clip_state", CLIP_NONE))
    first = first_said(point)
    numbers = {name: value for name, value in evidence_of(point).items() if name not in (SAID_PET, SAID_TYPE)}
    no_clip = str(numbers.pop(NO_CLIP, ""))
    continues = str(numbers.pop(CONTINUES, ""))
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
        clip_sentence=words.clip_sentence(state, has_picture=bool(fields.get("snapshot")), no_clip=no_clip),
        has_clip=state == CLIP_STORED and bool(fields.get("clip")),
        pinned=pinned,
        keepable=keepable(point),
        has_snapshot=bool(fields.get("snapshot")),
        simulated=tags["camera"] in simulated,
        said="" if first is None else f"{words.event_type(first.event_type)}, {words.pet(first.pet)}",
        tag=said_by(point),
        continues=continues,
        captured=tags["event_type"] in CAPTURED_EVENT_TYPES,
        evidence=tuple(words.evidence(numbers)),
    )


def location_label(context: Context, location: str) -> str:
    """What people call a location."""
    labels = {known.name: known.label for known in context.locations}
    return labels.get(location) or words.label(location)


def choices(context: Context) -> Choices:
    """Every pet and event type that was seen, and every camera that is configured or was seen."""
    seen = context.store.latest(PET_EVENT.name, listing.kept(context), fields=("duration",))
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
    return context.store.latest(ENVIRONMENT.name, window, {"location": event.location})


def next_of(context: Context, event: ShownEvent) -> str:
    """The id of the event that goes on where ``event`` ended, the same stay; empty where there is none.

    It begins at the moment this one ended, with the same track (docs/decisions/007).
    """
    end = event.start + timedelta(seconds=event.duration)
    try:
        following = event_id(event.camera, end, track_of(event.id))
    except ValueError:  # devices call their events as they like
        return ""
    found = listing.find(context, following)
    return following if found is not None and evidence_of(found).get(CONTINUES) == event.id else ""


def film_of(context: Context, event: ShownEvent) -> str:
    """The id of the time-lapse that shows ``event``, where its camera's day has one that can be watched."""
    day = local_time.day(event.start, context.timezone)
    identifier = event_id(event.camera, day.start, 0)
    film = listing.find(context, identifier)
    return identifier if film is not None and film.fields.get("clip_state") == CLIP_STORED else ""


@dataclass(frozen=True, slots=True)
class Around:
    """The temperature from half an hour before an event to half an hour after it, ready to be drawn.

    ``lines`` are points of polylines, one a sensor, in a box 600 wide and 120 high; ``mark`` is where the
    event began in it, and ``width`` how long it was. ``low`` and ``high`` are degrees Celsius.
    """

    lines: tuple[str, ...]
    mark: float
    width: float
    low: float
    high: float
    start: datetime
    stop: datetime


def around(context: Context, event: ShownEvent) -> Around | None:
    """The temperature of the event's location around it; None where nothing was measured."""
    window = Window(event.start - _AROUND, event.start + _AROUND)
    asked = plan(
        ENVIRONMENT.name,
        ("temperature",),
        window,
        horizon=context.horizon,
        aggregates=(Aggregate.MEAN,),
        group=("sensor",),
        tags={"location": event.location},
    )
    rows = [
        [(moment, value) for moment, (value,) in line.rows if value is not None]
        for line in context.store.series(asked)
    ]
    values = [value for line in rows for _, value in line]
    if not values:
        return None
    low, high = min(values), max(values)
    middle, half = (low + high) / 2, max(high - low, _LEAST_DEGREES) / 2 * 1.1

    def place(moment: datetime, value: float) -> str:
        x = (moment - window.start) / window.length * _WIDE
        return f"{x:.1f},{(middle + half - value) / (2 * half) * _HIGH:.1f}"

    return Around(
        tuple(" ".join(place(*row) for row in line) for line in rows),
        _WIDE / 2,
        min(max(event.duration / window.length.total_seconds() * _WIDE, 3), _WIDE / 2),
        low,
        high,
        window.start,
        window.stop,
    )
