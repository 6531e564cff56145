"""Answers that last: once who asked may no longer see them, they are cut.

A stream of pictures has no end that could be missed, and gets a proper one. Everything else breaks off:
what there is of an export must not pass for the whole.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOK_EVERY = 1.0
"""Seconds within which a revoked token, an ended session or a removed user is noticed."""
_LAST_WORDS = 1.0
"""Seconds that the end of a cut answer may take to be sent; who reads nothing is not waited for."""
_ENDLESS = "multipart/x-mixed-replace"
BREAK_OFF = "hutch.break_off"
"""Where in the scope stands what breaks the answer off and its connection with it."""


@dataclass(eq=False, slots=True)
class _Opening:
    """One answer under way: whether its caller still may, and how it is cut."""

    still: Callable[[], bool]
    cut: anyio.CancelScope
    send: Send
    is_open: bool = False
    """Whether its end is not known: only then may it be cut in the midst."""
    is_endless: bool = False
    done: bool = False

    async def pass_on(self, message: Message) -> None:
        match message["type"]:
            case "http.response.start":
                headers = Headers(raw=message["headers"])
                self.is_open = "content-length" not in headers
                self.is_endless = headers.get("content-type", "").startswith(_ENDLESS)
            case "http.response.body":
                self.done = not message.get("more_body", False)
            case "websocket.accept":
                self.is_open = True
            case "websocket.close":
                self.done = True
        await self.send(message)


class Openings:
    """The answers of one app that are under way. Used within one event loop."""

    def __init__(self, look_every: float = LOOK_EVERY) -> None:
        self._look_every = look_every
        self._under_way: set[_Opening] = set()
        self._watching: asyncio.Task[None] | None = None

    async def serve(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, still: Callable[[], bool]
    ) -> None:
        """Let ``app`` answer, for as long as ``still`` says so."""
        with anyio.CancelScope() as cut:
            opening = _Opening(still, cut, send)
            self._under_way.add(opening)
            if self._watching is None or self._watching.done():
                self._watching = asyncio.create_task(self._watch())
            try:
                await app(scope, receive, opening.pass_on)
            finally:
                self._under_way.discard(opening)
        if cut.cancelled_caught and not opening.done:
            with anyio.move_on_after(_LAST_WORDS):
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 1008})
                elif opening.is_endless:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                elif BREAK_OFF in scope:
                    scope[BREAK_OFF]()

    async def _watch(self) -> None:
        """Look at what is under way every now and then, until nothing is."""
        while self._under_way:
            await asyncio.sleep(self._look_every)
            for opening in [*self._under_way]:
                if opening.is_open and not opening.done and not opening.still():
                    opening.cut.cancel()
