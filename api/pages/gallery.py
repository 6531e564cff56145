"""Gallery: pictures by day, newest first, and buttons that take new ones."""

from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api import questions
from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.events import listing
from api.events.listing import Filters
from api.live.capture import DEFAULT_SECONDS, photograph, record
from api.pages import shown_cameras, shown_events
from api.pages.render import PageRoute, address, page
from api.pages.shown_events import ShownEvent
from influx.pet_names import written
from influx.schema import TIMELAPSE
from influx.windows import Window

router = APIRouter(prefix="/pages", include_in_schema=False, route_class=PageRoute)

_HERE = "/pages/gallery"
ENOUGH = 24
"""Pictures that a page has at least, where there are so many."""
_AT_ONCE, _MOST_TURNS = 60, 5
"""Events read at a time, and how often for one page: where hardly any has a picture it is a short one."""

Word = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True, slots=True)
class Day:
    """The pictures of one day at home; ``key`` names it, as ISO 8601 does."""

    key: str
    pictures: tuple[ShownEvent, ...]
    films: tuple[ShownEvent, ...]
    """Its time-lapses, one a camera."""


@router.get("/gallery", dependencies=[needs(Right.VIEW)])
def gallery(
    request: Request,
    context: Ctx,
    pet: Word = "",
    camera: Word = "",
    captures: Word = "",
    taken: Word = "",
    before: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    """Snapshots of events, and captures (``captures=only``: those alone)."""
    captured = captures == "only"
    filters = Filters("" if captured else written(pet), "", camera, captured=captured)
    pictures, older = _pictures(context, filters, before)
    asked = {"pet": filters.pet, "camera": camera, "captures": "only" if captured else ""}
    asked = {name: value for name, value in asked.items() if value}
    return page(
        request,
        "gallery.html",
        days=_days(context, pictures, camera),
        cameras=shown_cameras.every(context),
        choices=shown_events.choices(context),
        filters=filters,
        filtered=bool(asked),
        taken=taken,
        older=address(_HERE, {**asked, "before": older}) if older else "",
        newest=address(_HERE, asked) if before else "",
    )


@router.post("/cameras/{name}/photo", dependencies=[needs(Right.CHANGE)])
async def take(context: Ctx, name: str) -> Response:
    """Take a photo, without a script."""
    return _taken((await photograph(context, name)).event_id)


@router.post("/cameras/{name}/record", dependencies=[needs(Right.CHANGE)])
async def film(context: Ctx, name: str) -> Response:
    """Record, without a script."""
    return _taken((await record(context, name, DEFAULT_SECONDS)).event_id)


def _taken(event_id: str) -> Response:
    return RedirectResponse(address(_HERE, {"captures": "only", "taken": event_id}), 303)


def _pictures(context: Context, filters: Filters, before: str | None) -> tuple[list[ShownEvent], str | None]:
    """Events with a picture, at least ``ENOUGH`` where there are, and the cursor of those before."""
    found: list[ShownEvent] = []
    for _turn in range(_MOST_TURNS):
        read = listing.page(context, filters, None, limit=_AT_ONCE, before=before)
        found += [shown_events.shown(context, point) for point in read.events if point.fields.get("snapshot")]
        before = read.next
        if before is None or len(found) >= ENOUGH:
            break
    return found, before


def _days(context: Context, pictures: list[ShownEvent], camera: str) -> list[Day]:
    def day(event: ShownEvent) -> str:
        return f"{event.start.astimezone(context.timezone):%Y-%m-%d}"

    days = {key: tuple(group) for key, group in groupby(pictures, key=day)}
    films: dict[str, list[ShownEvent]] = {}
    for film in _films(context, tuple(days), camera):
        films.setdefault(day(film), []).append(film)
    return [Day(key, group, tuple(films.get(key, ()))) for key, group in days.items()]


def _films(context: Context, days: tuple[str, ...], camera: str) -> list[ShownEvent]:
    """The time-lapses of ``days``, newest first."""
    if not days:
        return []
    window = Window(
        questions.day(days[-1], context.timezone).start, questions.day(days[0], context.timezone).stop
    )
    read = listing.page(context, Filters(event_type=TIMELAPSE, camera=camera), window, limit=_AT_ONCE)
    films = [shown_events.shown(context, point) for point in read.events]
    return [film for film in films if film.has_clip]
