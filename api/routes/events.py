"""``GET /events``, ``/events/{id}`` and ``/recordings``: what the pets did."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api import events as kept_events
from api.asked import StartText, StopText, day, window
from api.context import Ctx
from api.events import MAX_PAGE, EventPage, Filters, as_json, find, page
from api.problems import Problem
from influx.schema import EVENT_TYPES
from influx.windows import Window, WindowError
from vision.events import CLIP_STORED

router = APIRouter(tags=["events"])

Pet = Annotated[str, Query(max_length=48, description="The pet's name, or `unknown`.")]
EventType = Annotated[str, Query(alias="type", max_length=40, description="The event type.")]
CameraName = Annotated[str, Query(max_length=48, description="The camera's name.")]
Day = Annotated[str | None, Query(max_length=10, description="A day in the home's time zone: 2026-05-28.")]
Before = Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]


def _span(context: Ctx, date: Day = None, start: StartText = None, stop: StopText = None) -> Window | None:
    if date is not None:
        if start is not None or stop is not None:
            raise WindowError("give either date, or start and stop")
        return day(date, context.timezone)
    if start is None and stop is None:
        return None
    ever = kept_events.kept(context)
    return window(ever.stop, ever.length, start, stop)


@dataclass(frozen=True, slots=True)
class Asked:
    """The page of events that a query string asks for, whichever events it is of."""

    context: Ctx
    span: Annotated[Window | None, Depends(_span)]
    pet: Pet = ""
    camera: CameraName = ""
    before: Before = None
    limit: Limit = 50

    def page(self, *, event_type: str = "", clip_state: str = "") -> EventPage:
        """The events asked for, of this type and with this state of their clip."""
        filters = Filters(self.pet, event_type, self.camera, clip_state)
        return page(self.context, filters, self.span, limit=self.limit, before=self.before)


@router.get("/events")
def events(asked: Annotated[Asked, Depends()], event_type: EventType = "") -> dict[str, Any]:
    """Events, newest first, `limit` at a time; `next` is the `before` of the next older page."""
    if event_type and event_type not in EVENT_TYPES:
        raise Problem(
            422, f"There is no event type {event_type!r}; there are {', '.join(sorted(EVENT_TYPES))}."
        )
    found = asked.page(event_type=event_type)
    return {"events": [as_json(point) for point in found.events], "next": found.next}


@router.get("/events/{event_id}")
def event(context: Ctx, event_id: str) -> dict[str, Any]:
    """One event, with the addresses of its clip and snapshot where they are there."""
    found = find(context, event_id)
    if found is None:
        raise Problem(404, f"There is no event {event_id!r:.80}.")
    return as_json(found)


@router.get("/recordings")
def recordings(asked: Annotated[Asked, Depends()]) -> dict[str, Any]:
    """Events whose clip can be watched, newest first."""
    found = asked.page(clip_state=CLIP_STORED)
    return {"recordings": [as_json(point) for point in found.events], "next": found.next}
