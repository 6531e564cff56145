"""``GET /events``, ``/events/{id}`` and ``/recordings``: what the pets did."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api import events as kept_events
from api.asked import StartText, StopText, day, window
from api.context import Context, Ctx
from api.events import MAX_PAGE, Filters, as_json, find, page
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


@router.get("/events")
def events(
    context: Ctx,
    pet: Pet = "",
    event_type: EventType = "",
    camera: CameraName = "",
    date: Day = None,
    start: StartText = None,
    stop: StopText = None,
    before: Before = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Events, newest first, `limit` at a time; `next` is the `before` of the next older page."""
    if event_type and event_type not in EVENT_TYPES:
        raise Problem(
            422, f"There is no event type {event_type!r}; there are {', '.join(sorted(EVENT_TYPES))}."
        )
    span = _span(context, date, start, stop)
    found = page(context, Filters(pet, event_type, camera), span, limit=limit, before=before)
    return {"events": [as_json(point) for point in found.events], "next": found.next}


@router.get("/events/{event_id}")
def event(context: Ctx, event_id: str) -> dict[str, Any]:
    """One event, with the addresses of its clip and snapshot where they are there."""
    found = find(context, event_id)
    if found is None:
        raise Problem(404, f"There is no event {event_id!r:.80}.")
    return as_json(found)


@router.get("/recordings")
def recordings(
    context: Ctx,
    pet: Pet = "",
    camera: CameraName = "",
    date: Day = None,
    start: StartText = None,
    stop: StopText = None,
    before: Before = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Events whose clip can be watched, newest first."""
    span = _span(context, date, start, stop)
    found = page(context, Filters(pet, "", camera, CLIP_STORED), span, limit=limit, before=before)
    return {"recordings": [as_json(point) for point in found.events], "next": found.next}


def _span(context: Context, date: str | None, start: str | None, stop: str | None) -> Window | None:
    if date is not None:
        if start is not None or stop is not None:
            raise WindowError("give either date, or start and stop")
        return day(date, context.timezone)
    if start is None and stop is None:
        return None
    ever = kept_events.kept(context)
    return window(ever.stop, ever.length, start, stop)
