"""Overview: the values now, the charts, the live picture and the newest events, on one page."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from api.context import Ctx
from api.events import iso
from api.pages import climate, shown_cameras
from api.pages.events import newest
from api.pages.render import UNIT_COOKIE, PageRoute, page
from influx.windows import Window, WindowError

router = APIRouter(include_in_schema=False, route_class=PageRoute)

WINDOWS = {"3h": "3 h", "24h": "24 h", "3d": "3 d", "1w": "1 w", "2w": "2 w"}
DEFAULT_WINDOW = "24h"
YEAR = 365 * 24 * 3600

Local = Annotated[str, Query(max_length=30)]


@router.get("/")
async def overview(
    request: Request,
    context: Ctx,
    last: Annotated[str, Query(max_length=10)] = DEFAULT_WINDOW,
    from_local: Annotated[str, Query(alias="from", max_length=30)] = "",
    to_local: Annotated[str, Query(alias="to", max_length=30)] = "",
) -> Response:
    """The first page: all that matters, without a click."""
    cameras = await shown_cameras.every(context)
    locations = await run_in_threadpool(climate.locations, context)
    events = await run_in_threadpool(newest, context)
    return page(
        request,
        "overview.html",
        locations=locations,
        cameras=cameras,
        windows=WINDOWS.items(),
        **_window(last, from_local, to_local, context.timezone, context.now()),
        **events,
    )


def _window(last: str, from_local: str, to_local: str, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    chosen = last if last in WINDOWS else DEFAULT_WINDOW
    day_ago = now - timedelta(days=1)
    shown = {"from_local": from_local or _local(day_ago, zone), "to_local": to_local or _local(now, zone)}
    if not (from_local and to_local):
        return {"last": chosen, "start": "", "stop": "", "sentence": "", **shown}
    try:
        window = Window(_moment(from_local, zone), _moment(to_local, zone))
    except WindowError:
        sentence = "“From” must be a time before “to”, for example yesterday evening to this morning."
        return {"last": chosen, "start": "", "stop": "", "sentence": sentence, **shown}
    return {"last": "", "start": iso(window.start), "stop": iso(window.stop), "sentence": "", **shown}


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WindowError(f"{text!r} is no time") from None


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"


@router.get("/pages/parts/locations")
def locations_part(request: Request, context: Ctx) -> Response:
    """The values now."""
    return page(request, "parts/locations.html", locations=climate.locations(context))


@router.post("/pages/unit")
def choose_unit(unit: Annotated[str, Form(pattern="^[CF]$")]) -> Response:
    """Remember the reader's unit of temperature for a year."""
    response = RedirectResponse("/", 303)
    response.set_cookie(UNIT_COOKIE, unit, max_age=YEAR, httponly=True, samesite="lax")
    return response
