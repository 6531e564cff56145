"""The door: finds out who calls and whether they may, before any endpoint or body is read.

What it found stands in the scope: ``hutch.caller``, and ``hutch.still``, which says whether they still may.
Who may not is told so once, in words; a browser that opens a page is shown the way to the login.
"""

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import csrf
from api.access.caller import NOBODY, Caller
from api.access.credentials import PATH_TOKEN, has_path_token, take_path_token
from api.access.gate import Gate, Refused
from api.access.guard import MAX_BODY, SAFE_METHODS
from api.access.ledger_file import LedgerError
from api.access.openings import Openings
from api.access.refusals import where
from api.access.rights import Right, Rights
from api.problems import in_words, not_now, problem

LOGIN = "/login"
CHALLENGE = 'Bearer realm="Hutch"'
_NO_PAGES = re.compile(r"/pages/parts/|/auth/")
"""Addresses that scripts and proxies ask: they want to be told, not led elsewhere."""


Sorry = Callable[[Request, int, str], Response]
"""Makes the page that tells a person why not: a status and a sentence."""


def install(app: FastAPI, sorry: Sorry) -> None:
    """Put the door in front of ``app``; who is turned away from a page is shown ``sorry``."""
    app.add_middleware(Door, sorry=sorry)
    app.add_exception_handler(LedgerError, _no_ledger)


async def _no_ledger(_request: Request, error: Exception) -> Response:
    return not_now(str(error))


class _Stop(Exception):
    """A request that goes no further, and its answer."""

    def __init__(self, answer: Response, reason: str = "") -> None:
        super().__init__(reason)
        self.answer = answer
        self.reason = reason


class _Forbidden(Exception):
    """A request of a known caller that goes no further: why, for them and for the log."""

    def __init__(self, caller: Caller, detail: str, reason: str) -> None:
        super().__init__(reason)
        self.caller = caller
        self.detail = detail
        self.reason = reason


class Door:
    """Lets through who may; answers 401 (or 303 to the login) and 403 to the rest."""

    def __init__(self, app: ASGIApp, sorry: Sorry) -> None:
        self._app = app
        self._sorry = sorry
        self._rights: Rights | None = None
        self._openings = Openings()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if self._rights is None:
            self._rights = Rights(scope["app"])
        gate: Gate = scope["app"].state.gate
        if has_path_token(scope):
            scope = take_path_token(scope)
        right = self._rights.of(scope["path"], scope.get("method"))
        try:
            caller = _admitted(gate, scope, right)
            receive = await _meant(scope, receive, caller, right)
        except _Stop as stop:
            if stop.reason:
                gate.refusals.tell(gate.source(scope), stop.reason, where(scope))
            await _answer(stop.answer, scope, receive, send)
            return
        except _Forbidden as no:
            gate.refusals.tell(gate.source(scope), no.reason, where(scope))
            await _answer(self._forbidden(scope, no), scope, receive, send)
            return
        scope["hutch.caller"] = caller

        def still() -> bool:
            try:
                return gate.find(scope, right).may(right)
            except (Refused, LedgerError):
                return False

        scope["hutch.still"] = still
        await self._openings.serve(self._app, scope, receive, _telling(gate, scope, caller, send), still)

    def _forbidden(self, scope: Scope, no: _Forbidden) -> Response:
        if not _opens_a_page(scope):
            return problem(403, no.detail)
        scope["hutch.caller"] = no.caller
        return self._sorry(Request(scope), 403, no.detail)


def _telling(gate: Gate, scope: Scope, caller: Caller, send: Send) -> Send:
    """``send``, which tells of what an endpoint itself refuses: it asks further than for the right."""

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 403:
            gate.refusals.tell(
                gate.source(scope), f"{caller.name!r} asked for what is not theirs", where(scope)
            )
        await send(message)

    return tell


def _admitted(gate: Gate, scope: Scope, right: Right) -> Caller:
    """Who calls, if they have ``right``."""
    try:
        caller = gate.find(scope, right)
    except Refused as refused:
        if right is Right.PUBLIC:
            return NOBODY
        raise _Stop(_unauthorized(str(refused), invalid=True), str(refused)) from None
    except LedgerError as error:
        raise _Stop(not_now(str(error)), str(error)) from None
    if caller.may(right):
        return caller
    if caller is not NOBODY:
        raise _Forbidden(caller, _lacking(caller, right), f"{caller.name!r} lacks the right to {right}")
    if _opens_a_page(scope):
        raise _Stop(RedirectResponse(f"{LOGIN}?next={quote(_next(scope), safe='/')}", 303))
    raise _Stop(
        _unauthorized("Log in first, or send a token: Authorization: Bearer …"), "without a login or token"
    )


async def _meant(scope: Scope, receive: Receive, caller: Caller, right: Right) -> Receive:
    """What gives the body, if who is logged in by a cookie meant to send this."""
    if caller.session is None or right is Right.PUBLIC or scope.get("method", "GET") in SAFE_METHODS:
        return receive
    try:
        meant, receive = await csrf.carries(scope, receive, caller.csrf, MAX_BODY)
    except csrf.TooLarge:
        raise _Stop(problem(413, f"A form may have {MAX_BODY} bytes.")) from None
    except HTTPException as error:
        raise _Stop(problem(error.status_code, in_words(error))) from None
    if meant:
        return receive
    detail = "This change lacks the CSRF token of your login, in X-CSRF-Token or csrf; load the page anew."
    raise _Forbidden(caller, detail, f"a change by {caller.name!r} without the CSRF token")


def _unauthorized(detail: str, *, invalid: bool = False) -> Response:
    challenge = f'{CHALLENGE}, error="invalid_token"' if invalid else CHALLENGE
    return problem(401, detail, {"WWW-Authenticate": challenge})


def _lacking(caller: Caller, right: Right) -> str:
    if caller.kind == "device":
        return f"The token of {caller.name} is for {', '.join(caller.scopes)} alone; this takes {right}."
    return f"{caller.name} may look at everything, and change nothing: that takes an owner."


def _opens_a_page(scope: Scope) -> bool:
    """Whether a person in a browser asks, who can log in."""
    if scope["type"] != "http" or PATH_TOKEN in scope or _NO_PAGES.match(scope["path"]):
        return False
    headers = Headers(scope=scope)
    return (
        "text/html" in headers.get("accept", "") and headers.get("sec-fetch-mode", "navigate") == "navigate"
    )


def _next(scope: Scope) -> str:
    """Where the browser wanted to go; back to its page where it sent a form."""
    if scope["method"] in SAFE_METHODS:
        query = scope["query_string"].decode("latin-1")
        return f"{scope['path']}?{query}" if query else str(scope["path"])
    try:
        return urlsplit(Headers(scope=scope).get("referer", "")).path or "/"
    except ValueError:  # no address
        return "/"


async def _answer(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
    else:
        await answer(scope, receive, send)
