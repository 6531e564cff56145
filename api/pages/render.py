"""Turning templates into pages: words for templates, security headers, and errors people can read."""

import json
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from api.access.caller import caller_of
from api.access.ledger_file import LedgerError
from api.context import Context
from api.pages import words
from api.pages.menu import menu
from collector.spool import SpoolError
from influx.degrees import in_unit
from influx.points import PointError
from influx.store import StoreError, Unauthorized, Unavailable
from influx.windows import WindowError
from vision.clips import ClipsUnavailable

UNIT_COOKIE = "unit"
AWAY = (Unavailable, Unauthorized)
"""What is raised while the store can be asked nothing; pages that can do without it say so and go on."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-store",
}


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # an update in place brings templates that the code that runs cannot fill
    )
    environment.filters.update(
        ago=words.ago,
        amount=words.amount,
        difference=words.difference,
        label=words.label,
        length=words.length,
        number=words.number,
        since=words.since,
        temperature=words.temperature,
    )
    environment.globals.update(in_unit=in_unit)
    return environment


_TEMPLATES = _environment()


def unit(request: Request) -> str:
    """The temperature unit of this reader: the cookie's, else the configuration's."""
    chosen = request.cookies.get(UNIT_COOKIE)
    if chosen in ("C", "F"):
        return chosen
    context: Context = request.app.state.context
    return context.config.temperature_unit


Unit = Annotated[str, Depends(unit)]
"""An endpoint's parameter of this type is the reader's temperature unit."""


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """``template`` with ``values``, and what every page needs: the unit, the zone, the time, who reads."""
    context: Context = request.app.state.context
    now, zone = context.now(), context.timezone

    def clock(moment: datetime, seconds: bool = False) -> str:
        return words.clock(moment, zone, seconds=seconds)

    def day(moment: datetime, within: bool = False) -> str:
        told = words.day(moment, zone, now)
        return told.lower() if within and told in words.NEAR_DAYS else told

    who = caller_of(request)
    html = _TEMPLATES.get_template(template).render(
        unit=unit(request),
        zone=zone.key,
        now=now,
        clock=clock,
        day=day,
        path=request.url.path,
        who=who,
        csrf=who.csrf,
        csrf_field=Markup('<input type="hidden" name="csrf" value="{}">').format(who.csrf),
        menu=menu(request),
        **values,
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def sorry(request: Request, status: int, sentence: str) -> HTMLResponse:
    """The page that tells a person why there is nothing else, and the way back."""
    return page(request, "sorry.html", status=status, sentence=sentence)


def address(path: str, query: Mapping[str, str]) -> str:
    """``path`` of this site with ``query``, or alone where that is empty."""
    return f"{path}?{urlencode(query)}" if query else path


def install(app: FastAPI) -> None:
    """Make ``app`` answer a browser that opens an address where nothing is with a page."""
    app.add_exception_handler(404, _nothing_here)


async def _nothing_here(request: Request, error: Exception) -> Response:
    if "endpoint" not in request.scope and "text/html" in request.headers.get("accept", ""):
        sentence = "There is no page at this address. What there is stands in the menu."
        return sorry(request, 404, sentence)
    return await _problem(request, error)


class PageRoute(APIRoute):
    """A route whose errors are pages too: the sentence of the problem, and the way back.

    Where it answers GET it answers HEAD too, of which the server sends no body.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if self.methods and "GET" in self.methods:
            self.methods.add("HEAD")

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, wrapped."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except KNOWN as error:
                return await _sorry(request, error)

        return answer


KNOWN = (
    HTTPException,
    RequestValidationError,
    WindowError,
    PointError,
    StoreError,
    SpoolError,
    LedgerError,
    ClipsUnavailable,
)
"""What ``api.problems`` has a sentence for."""


async def _problem(request: Request, error: Exception) -> Response:
    handlers = request.app.exception_handlers
    handler = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)
    problem: Response = await handler(request, error)
    return problem


async def _sorry(request: Request, error: Exception) -> Response:
    problem = await _problem(request, error)
    detail = json.loads(bytes(problem.body))["detail"]
    return sorry(request, problem.status_code, detail)
