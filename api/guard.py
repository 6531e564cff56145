"""What is turned away before any endpoint sees it, and the headers that every answer carries.

There is no login yet, so a page of another site that the owner happens to open must not reach the API
through the owner's own browser: a foreign ``Host`` (DNS rebinding) and a change asked for by another
site's page are refused. Devices and scripts send neither ``Origin`` nor ``Sec-Fetch-Site`` and pass.
"""

from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MAX_BODY = 10 * 1024 * 1024
"""Bytes of a request's body that are read at most."""
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}


def install(app: FastAPI) -> None:
    """Put the guards in front of ``app``."""
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=MAX_BODY)
    app.add_middleware(LoopbackGuard)


class LoopbackGuard:
    """Lets through what was meant for this machine by itself; answers 421 or 403 to the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        if not _is_loopback(headers.get("host", "")):
            refusal = problem(421, "Only localhost, 127.0.0.1 and [::1] are served until there is a login.")
        elif scope["method"] not in _SAFE_METHODS and _is_foreign(headers):
            refusal = problem(403, "A page of another site may not change anything here.")
        elif _announced(headers) > MAX_BODY:
            refusal = problem(413, f"A request may have {MAX_BODY} bytes; send it in parts.")
        else:
            await self._app(scope, receive, send_with_headers)
            return
        await refusal(scope, receive, send_with_headers)


def _is_loopback(host: str) -> bool:
    try:
        parts = urlsplit(f"//{host}")
    except ValueError:
        return False
    return parts.hostname in LOOPBACK_NAMES and parts.netloc == host and parts.username is None


def _is_foreign(headers: Headers) -> bool:
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
