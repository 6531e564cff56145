"""What is turned away before any endpoint sees it, and the headers that every answer carries.

A page of another site that somebody of the home happens to open must not reach the API through their own
browser: a change asked for by another site's page is refused, and as long as there is no login a foreign
``Host`` too (DNS rebinding). Devices and scripts send neither ``Origin`` nor ``Sec-Fetch-Site`` and pass.
"""

import re
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.gate import Gate
from api.access.ledger_file import LedgerError
from api.access.refusals import where
from api.config import ApiSection
from api.context import Context
from api.problems import not_now, problem

MAX_BODY = 10 * 1024 * 1024
"""Bytes of a request's body that are read at most."""
SMALL_BODY = 1024 * 1024
"""Bytes of a body where nobody has reason to send more: everywhere but ``LARGE``."""
LARGE = re.compile(r"(/d/[^/]*)?(/api/v2/write|/write|/pets/[^/]*/photos)")
"""Addresses that take points in bulk, or pictures."""
MAX_ADDRESS, MAX_HEADERS = 8 * 1024, 16 * 1024
"""Bytes of an address with its query, and of all headers."""
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing."""
_OF_PROXIES = frozenset(("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"))
"""What tells that somebody else asks than who connects, who may well be this machine itself."""
_REASONS = {403: "a page of another site asks", 421: "asked for by a name that is not served, or by a proxy"}
"""What the log says of those who are turned away here; who only sends too much is no intruder."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}


def install(app: FastAPI) -> None:
    """Put the guards in front of ``app``."""
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard)


class Guard:
    """Lets through what no other site asked for; answers 421 or 403 to the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = _refusal(scope)
        if refusal is not None and refusal.status_code in _REASONS:
            gate: Gate = scope["app"].state.gate
            gate.refusals.tell(gate.source(scope), _REASONS[refusal.status_code], where(scope))
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send_with_headers)


class BodyLimit:
    """Stops reading a body that is larger than its address takes, also where nobody announced its size."""

    def __init__(self, app: ASGIApp) -> None:
        self._small = RequestBodyLimitMiddleware(app, SMALL_BODY)
        self._large = RequestBodyLimitMiddleware(app, MAX_BODY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        limited = self._large if largest_body(scope) == MAX_BODY else self._small
        await limited(scope, receive, send)


def largest_body(scope: Scope) -> int:
    """Bytes that a request may bring to its address."""
    return MAX_BODY if LARGE.fullmatch(scope["path"]) else SMALL_BODY


def _too_large(scope: Scope, headers: Headers) -> Response | None:
    """The answer to a request that is too long somewhere."""
    if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > MAX_ADDRESS:
        return problem(414, f"An address may have {MAX_ADDRESS} bytes; ask for less at once.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
        return problem(431, f"The headers may have {MAX_HEADERS} bytes together.")
    if _announced(headers) > (most := largest_body(scope)):
        return problem(413, f"A request may bring {most} bytes here; send it in parts.")
    return None


def _refusal(scope: Scope) -> Response | None:
    """The answer to what goes no further; None where nothing speaks against it."""
    gate: Gate = scope["app"].state.gate
    context: Context = scope["app"].state.context
    headers = Headers(scope=scope)
    try:
        login_required = gate.login_required()
    except LedgerError as error:
        return not_now(str(error))
    if not login_required and not _is_loopback(headers.get("host", "")):
        return problem(421, "Only localhost, 127.0.0.1 and [::1] are served until somebody has a login.")
    if not login_required and not _OF_PROXIES.isdisjoint(headers.keys()):
        return problem(421, "A proxy serves Hutch to others; run `hutch user add NAME` and set public_url.")
    changes = scope.get("method") not in SAFE_METHODS  # a WebSocket too: it has no method
    if changes and is_foreign(headers, context.config):
        return problem(403, "A page of another site may not change anything here.")
    return _too_large(scope, headers)


def _is_loopback(host: str) -> bool:
    try:
        parts = urlsplit(f"//{host}")
    except ValueError:
        return False
    return parts.hostname in LOOPBACK_NAMES and parts.netloc == host and parts.username is None


def is_foreign(headers: Headers, config: ApiSection) -> bool:
    """Whether a page of another site asks, which is not one of ``cors_origins``.

    Who sends a token means it: no browser adds one by itself.
    """
    origin = headers.get("origin")
    if "authorization" in headers or origin in config.cors_origins:
        return False
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    own = (headers.get("host"), config.public_url.partition("://")[2] or None)
    return origin is not None and origin.partition("://")[2] not in own


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
