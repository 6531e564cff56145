"""Events: the list with its filters, and the page of one event."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.events import listing
from api.events.correcting import CORRECTABLE_TYPES
from api.events.listing import Filters
from api.pages import shown_events, words
from api.pages.climate import is_simulated
from api.pages.render import AWAY, PageRoute, address, page
from api.pets import catalogue
from api.problems import Problem
from api.questions import day
from influx.pet_names import written
from influx.pins import is_pinned
from influx.points import Point
from influx.schema import PERSON

router = APIRouter(
    prefix="/pages", include_in_schema=False, route_class=PageRoute, dependencies=[needs(Right.VIEW)]
)

_HERE = "/pages/events"
PER_PAGE = 24

Word = Annotated[str, Query(max_length=80)]


@router.get("/events")
def listed(
    request: Request,
    context: Ctx,
    pet: Word = "",
    event_type: Annotated[str, Query(alias="type", max_length=80)] = "",
    camera: Word = "",
    date: Annotated[str, Query(max_length=10)] = "",
    before: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    """Events, newest first, by pet, type, camera and day in the home's zone."""
    filters = Filters(written(pet), event_type, camera)
    window = day(date, context.timezone) if date else None
    found, older = shown_events.page(context, filters, window, limit=PER_PAGE, before=before)
    asked = {name: value for name, value in {**filters.tags(), "date": date}.items() if value}
    if "event_type" in asked:
        asked["type"] = asked.pop("event_type")
    filtered = bool(asked)
    return page(
        request,
        "events.html",
        events=found,
        nothing=_nothing(filtered, before is not None),
        choices=shown_events.choices(context),
        filters=filters,
        filtered=filtered,
        date=date,
        today=f"{context.now().astimezone(context.timezone):%Y-%m-%d}",
        older=address(_HERE, {**asked, "before": older}) if older else "",
        newest=address(_HERE, asked) if before else "",
    )


def _nothing(filtered: bool, paged: bool) -> str:
    if paged:
        return "There are no older events."
    if filtered:
        return "Nothing matches. Choose another day, or show all."
    return "Nothing has happened yet. As soon as a camera sees something move, it is listed here."


@router.get("/events/{event_id}")
def one(
    request: Request, context: Ctx, event_id: str, corrected: Annotated[bool, Query()] = False
) -> Response:
    """One event: its clip, the numbers that decided, and the climate at its start."""
    point = listing.find(context, event_id)
    if point is None:
        raise Problem(
            404, "There is no such event. It may have been corrected, or is older than events are kept."
        )
    return event_page(request, context, point, corrected=corrected)


def event_page(
    request: Request,
    context: Context,
    point: Point,
    *,
    status: int = 200,
    corrected: bool = False,
    sentence: str = "",
) -> Response:
    """The page of the event ``point``, with a ``sentence`` where a correction could not be taken."""
    event = shown_events.shown(context, point, pinned=is_pinned(context.store, point))
    climate = shown_events.climate(context, event)
    sensors = {reading.tags["sensor"] for reading in climate}
    return page(
        request,
        "event.html",
        status=status,
        event=event,
        climate=climate,
        around=shown_events.around(context, event),
        simulated_sensors={sensor for sensor in sensors if is_simulated(context, sensor)},
        pets=[
            *((pet.name, words.pet(pet.name)) for pet in catalogue.pets(context)),
            (PERSON, words.pet(PERSON).lower()),
        ],
        event_types=[(name, words.event_type(name)) for name in sorted(CORRECTABLE_TYPES)],
        film="" if event.has_clip or event.captured else shown_events.film_of(context, event),
        goes_on="" if event.captured else shown_events.next_of(context, event),
        corrected=corrected,
        sentence=sentence,
    )


@router.get("/parts/events")
def newest_part(request: Request, context: Ctx) -> Response:
    """The newest events of the overview."""
    try:
        return page(request, "parts/events.html", **newest(context))
    except AWAY:
        return page(request, "parts/events.html", **NEWEST_AWAY)


NEWEST_AWAY: Mapping[str, Any] = MappingProxyType(
    {"events": (), "nothing": "The newest events are listed here when the database is back."}
)
"""What the overview shows of events while the store is away."""


def newest(context: Ctx) -> dict[str, Any]:
    """What the overview shows of events."""
    found, _older = shown_events.page(context, Filters(), None, limit=6)
    return {"events": found, "nothing": _nothing(False, False)}
