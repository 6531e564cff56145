"""The door: finds out who calls and whether they may, before any endpoint or body is read."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.caller import LOCAL


def install(app: FastAPI) -> None:
    """Put the door in front of ``app``."""
    app.add_middleware(Door)


class Door:
    """Notes in the scope who calls (``hutch.caller``)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        scope["hutch.caller"] = LOCAL
        await self._app(scope, receive, send)
