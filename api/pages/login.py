"""Login and logout: a cookie for the browser, which no script of a page can read."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from api.access.caller import Who
from api.access.credentials import COOKIE
from api.access.gate import Gate
from api.access.ledger import LONGEST
from api.access.login import log_in
from api.access.rights import Right, needs
from api.context import Ctx
from api.pages.render import PageRoute, page
from api.problems import Problem

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x7e]*")
"""A path of this site: what starts with // or /\\ is another site to a browser."""


@router.get("/login", dependencies=[needs(Right.PUBLIC)])
def login(request: Request, next_: Annotated[str, Query(alias="next", max_length=2000)] = "/") -> Response:
    """The form; ``next`` is where the login leads."""
    return _form(request, next_=local(next_))


@router.post("/login", dependencies=[needs(Right.PUBLIC)])
async def open_session(
    request: Request,
    context: Ctx,
    who: Who,
    username: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
    next_: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """Log in with name and password; a mistake shows the form again, with the name still in it."""
    gate: Gate = request.app.state.gate
    source, browser = gate.source(request.scope), request.headers.get("user-agent", "")
    try:
        user = await log_in(request, username, password)
    except Problem as problem:
        shown = _form(
            request, status=problem.status_code, sentence=problem.detail, name=username, next_=local(next_)
        )
        shown.headers.update(problem.headers or {})
        return shown
    secret = await run_in_threadpool(gate.start_session, user, source, browser)
    if secret is None:
        changed = "The password was changed a moment ago; log in with the new one."
        return _form(request, status=401, sentence=changed, name=username, next_=local(next_))
    if who.session is not None:
        await run_in_threadpool(gate.ledger.end_session, who.session)
    response = RedirectResponse(local(next_), 303)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=context.config.public_url.startswith("https:"),
    )
    return response


@router.post("/logout", dependencies=[needs(Right.VIEW)])
def close_session(request: Request, who: Who) -> Response:
    """End this browser's session, and what it has open."""
    gate: Gate = request.app.state.gate
    if who.session is not None:
        gate.ledger.end_session(who.session)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def local(address: str) -> str:
    """``address`` if it is one of this site, else the first page."""
    return address if _LOCAL.fullmatch(address) else "/"


def _form(request: Request, *, next_: str, status: int = 200, sentence: str = "", name: str = "") -> Response:
    gate: Gate = request.app.state.gate
    return page(
        request,
        "login.html",
        status=status,
        sentence=sentence,
        name=name,
        next=next_,
        anybody=gate.ledger.any_user(),
    )
