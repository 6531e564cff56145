"""Overview: the values now, gas as it comes in, charts, the live picture, the newest events, on one page."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.responses import RedirectResponse

from api import registry
from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.pages import climate, shown_cameras, shown_gas, silence
from api.pages.events import NEWEST_AWAY, newest
from api.pages.render import AWAY, UNIT_COOKIE, PageRoute, page
from api.questions import length
from influx.rfc3339 import iso
from influx.windows import Window, WindowError

router = APIRouter(include_in_schema=False, route_class=PageRoute, dependencies=[needs(Right.VIEW)])

WINDOWS = {"3h": "3 h", "24h": "24 h", "3d": "3 d", "1w": "1 w", "2w": "2 w", "30d": "1 m", "365d": "1 y"}
DEFAULT_WINDOW = "24h"
YEAR = 365 * 24 * 3600

Local = Annotated[str, Query(max_length=30)]


@router.get("/")
def overview(
    request: Request,
    context: Ctx,
    last: Annotated[str, Query(max_length=40)] = DEFAULT_WINDOW,
    from_local: Annotated[str, Query(alias="from", max_length=30)] = "",
    to_local: Annotated[str, Query(alias="to", max_length=30)] = "",
) -> Response:
    """The first page: all that matters, without a click."""
    return page(
        request,
        "overview.html",
        cameras=shown_cameras.every(context),
        windows=WINDOWS.items(),
        **_window(last, from_local, to_local, context.timezone, context.now()),
        **_stored(context),
    )


def _stored(context: Context) -> dict[str, Any]:
    try:
        return {
            "away": False,
            "locations": climate.locations(context),
            "devices": shown_gas.devices(context),
            **newest(context),
        }
    except AWAY:
        # Live pictures need no store, and who waited for it once need not wait for it again.
        return {"away": True, "locations": climate.configured(context), "devices": [], **NEWEST_AWAY}


def _window(last: str, from_local: str, to_local: str, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    day_ago = now - timedelta(days=1)
    shown = {"from_local": from_local or _local(day_ago, zone), "to_local": to_local or _local(now, zone)}
    if not (from_local or to_local):
        return {**_last(last, now), "free": False, "start": "", "stop": "", **shown}
    try:
        window = Window(_moment(from_local, zone), _moment(to_local, zone))
    except WindowError:
        sentence = "“From” must be a time before “to”, for example yesterday evening to this morning."
        return {**_last(last, now), "free": True, "start": "", "stop": "", "sentence": sentence, **shown}
    start, stop = iso(window.start), iso(window.stop)
    return {"last": "", "free": True, "start": start, "stop": stop, "sentence": "", **shown}


def _last(text: str, now: datetime) -> dict[str, str]:
    """The length of time ``text`` as the charts ask for it, by its button's name where it has one."""
    try:
        asked = length(text, "last")
        Window.last(asked, now)
    except WindowError:
        sentence = "“Last” must be a length of time, for example 3h, 2d or P30D. Here is the last day."
        return {"last": DEFAULT_WINDOW, "sentence": sentence}
    return {"last": next((name for name in WINDOWS if length(name, "last") == asked), text), "sentence": ""}


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WindowError(f"{text!r} is no time") from None


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"


@router.get("/pages/parts/locations")
def locations_part(request: Request, context: Ctx) -> Response:
    """The values now; a sentence while the store is away, so that old ones do not stay for new."""
    try:
        return page(request, "parts/locations.html", away=False, locations=climate.locations(context))
    except AWAY:
        return page(request, "parts/locations.html", away=True, locations=())


@router.get("/pages/parts/silence")
def silence_part(request: Request, context: Ctx) -> Response:
    """What is missed, in a line; nothing while the store is away, when nobody can say."""
    try:
        sentence = silence.sentence(registry.missed(context))
    except AWAY:
        sentence = ""
    return page(request, "parts/silence.html", sentence=sentence)


@router.post("/pages/unit")
def choose_unit(
    unit: Annotated[str, Form(pattern="^[CF]$")],
    last: Annotated[str, Form(max_length=40)] = DEFAULT_WINDOW,
    from_local: Annotated[str, Form(alias="from", max_length=30)] = "",
    to_local: Annotated[str, Form(alias="to", max_length=30)] = "",
) -> Response:
    """Remember the reader's unit of temperature for a year; the charts keep their window."""
    response = RedirectResponse(_address(last, from_local, to_local), 303)
    response.set_cookie(UNIT_COOKIE, unit, max_age=YEAR, httponly=True, samesite="lax")
    return response


def _address(last: str, from_local: str, to_local: str) -> str:
    """The overview's own address with the window that was chosen, if any was."""
    if from_local or to_local:
        return f"/?{urlencode({'from': from_local, 'to': to_local})}"
    return "/" if last in ("", DEFAULT_WINDOW) else f"/?{urlencode({'last': last})}"
