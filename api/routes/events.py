"""``GET /events``, ``/events/{id}`` and ``/recordings``: what the pets did."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.events import listing as kept_events
from api.events.listing import MAX_PAGE, EventPage, Filters, as_json, find, page
from api.events.pinning import pinned_among
from api.links import linked
from api.problems import Problem
from api.questions import StartText, StopText, day, window
from influx.pins import is_pinned
from influx.schema import EVENT_TYPES
from influx.windows import Window, WindowError
from vision.events import CLIP_STORED

router = APIRouter(tags=["events"], dependencies=[needs(Right.VIEW)])

Pet = Annotated[str, Query(max_length=48, description="The pet's name, or `unknown`.")]
EventType = Annotated[str, Query(alias="type", max_length=40, description="The event type.")]
SameEventType = Annotated[str, Query(alias="event_type", max_length=40, description="The same as `type`.")]
CameraName = Annotated[str, Query(max_length=48, description="The camera's name.")]
Day = Annotated[str | None, Query(max_length=10, description="A day in the home's time zone: 2026-05-28.")]
Before = Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]


def _span(context: Ctx, date: Day = None, start: StartText = None, stop: StopText = None) -> Window | None:
    if date:
        if start is not None or stop is not None:
            raise WindowError("give either date, or start and stop")
        return day(date, context.timezone)
    if start is None and stop is None:
        return None
    ever = kept_events.kept(context)
    return window(ever.stop, ever.length, context.timezone, start, stop)


@dataclass(frozen=True, slots=True)
class Asked:
    """The page of events that a query string asks for, whichever events it is of."""

    context: Ctx
    span: Annotated[Window | None, Depends(_span)]
    pet: Pet = ""
    kind: EventType = ""
    event_type: SameEventType = ""
    camera: CameraName = ""
    before: Before = None
    limit: Limit = 50

    def page(self, *, clip_state: str = "") -> EventPage:
        """The events asked for, with this state of their clip; raises ``Problem`` 422 for an unknown type."""
        wanted = self.kind or self.event_type
        if self.event_type not in ("", wanted):
            raise Problem(
                422, f"type {self.kind!r} and event_type {self.event_type!r} differ; give only one."
            )
        if wanted and wanted not in EVENT_TYPES:
            known = ", ".join(sorted(EVENT_TYPES))
            raise Problem(422, f"There is no event type {wanted!r}; there are {known}.")
        filters = Filters(self.pet, wanted, self.camera, clip_state)
        return page(self.context, filters, self.span, limit=self.limit, before=self.before)


@router.head("/events", include_in_schema=False)
@router.get("/events")
def events(asked: Annotated[Asked, Depends()]) -> dict[str, Any]:
    """Events, newest first, `limit` at a time; `next` is the `before` of the next older page."""
    found = asked.page()
    return {"events": _told(asked.context, found), "next": found.next}


@router.head("/events/{event_id}", include_in_schema=False)
@router.get("/events/{event_id}")
def event(context: Ctx, event_id: str) -> dict[str, Any]:
    """One event, with the addresses of its clip and snapshot where they are there."""
    found = find(context, event_id)
    if found is None:
        raise Problem(404, f"There is no event {event_id!r:.80}.")
    return linked(context, as_json(found, pinned=is_pinned(context.store, found)))


@router.head("/recordings", include_in_schema=False)
@router.get("/recordings")
def recordings(asked: Annotated[Asked, Depends()]) -> dict[str, Any]:
    """Events whose clip can be watched, newest first."""
    found = asked.page(clip_state=CLIP_STORED)
    return {"recordings": _told(asked.context, found), "next": found.next}


def _told(context: Context, found: EventPage) -> list[dict[str, Any]]:
    pinned = pinned_among(context, found.events)
    return [
        linked(context, as_json(point, pinned=point.fields.get("event_id") in pinned))
        for point in found.events
    ]
