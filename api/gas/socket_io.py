"""Socket.IO for those who only listen: bounded, and holding up nobody (docs/decisions/018-socket-io.md)."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import engineio
import socketio
from engineio.packet import MESSAGE
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.guard import is_foreign
from api.config import ApiSection
from api.problems import not_now, problem

logger = logging.getLogger(__name__)

MOST_LISTENERS = 100
MOST_WAITING = 50
"""Messages that wait for one slow listener; the oldest are lost."""
_LARGEST = 10_000
"""Bytes of what a listener sends: it says hello and answers pings."""
_PING_EVERY = 10.0
"""Seconds after which a poll is answered with a ping where there is no news; so long one that may no longer
ask does not learn it."""
_LOGGED_EVERY = 10.0
"""Seconds between two lines in the log that come and go; the rest is only for who debugs."""

_protocol_logger = logging.getLogger(f"{__name__}.protocol")
# The libraries log every malformed request as an error of ours, with its traceback.
_protocol_logger.setLevel(logging.CRITICAL)


class _Mailbox(asyncio.Queue[Any]):
    """What waits for one listener: at most so many messages, the newest; pings and the end always."""

    def _put(self, item: Any) -> None:
        waiting: deque[Any] = self._queue  # type: ignore[attr-defined]
        messages = [one for one in waiting if one is not None and one.packet_type == MESSAGE]
        if len(messages) >= MOST_WAITING:
            waiting.remove(messages[0])
            self.task_done()
        waiting.append(item)

    async def join(self) -> None:
        """Wait for nobody: the library would, for who sent nonsense to read the last word about it."""


class _Engine(engineio.AsyncServer):  # type: ignore[misc]
    def create_queue(self, *_args: Any, **_options: Any) -> _Mailbox:
        return _Mailbox()


class _Server(socketio.AsyncServer):  # type: ignore[misc]
    def _engineio_server_class(self) -> type[_Engine]:
        return _Engine


@dataclass(frozen=True, slots=True)
class _Listener:
    """Somebody who listens, and what waits for them."""

    name: str
    mailbox: _Mailbox


class Listeners:
    """An ASGI app: whoever the door lets through may listen. Used within one event loop.

    ``began`` is called when the first comes, ``ended`` when the last is gone.
    """

    def __init__(self, config: ApiSection, began: Callable[[], None], ended: Callable[[], None]) -> None:
        self._config = config
        self._began = began
        self._ended = ended
        self._server = _Server(
            async_mode="asgi",
            cors_allowed_origins=[],  # the guard and api.access.cors see to origins
            logger=_protocol_logger,
            engineio_logger=_protocol_logger,
            max_http_buffer_size=_LARGEST,
            ping_interval=_PING_EVERY,
        )
        self._server.on("connect", self._connected)
        self._server.on("disconnect", self._disconnected)
        self._listeners: dict[str, _Listener] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self._last_line = float("-inf")

    def __len__(self) -> int:
        """How many listen."""
        return len(self._listeners)

    async def push(self, event: str, data: Any) -> None:
        """Put an event into everybody's mailbox; waits for nobody to take it out."""
        await self._server.emit(event, data)

    def end(self) -> None:
        """Let everybody go; for when the server stops."""
        for serving in self._serving:
            serving.cancel()
        if self._server.eio.service_task_event is not None:
            self._server.eio.service_task_event.set()

    async def _connected(self, sid: str, environ: dict[str, Any]) -> None:
        if len(self) >= MOST_LISTENERS:
            raise ConnectionRefusedError(f"{MOST_LISTENERS} listen already; come again later")
        connection = self._server.eio.sockets[self._server.manager.eio_sid_from_sid(sid, "/")]
        name = environ["asgi.scope"]["hutch.caller"].name
        self._listeners[sid] = _Listener(name, connection.queue)
        if len(self) == 1:
            self._began()
        self._log("%s listens to gas, %s in all", name)

    async def _disconnected(self, sid: str, _reason: str) -> None:
        listener = self._listeners.pop(sid, None)
        if listener is None:
            return
        listener.mailbox.put_nowait(None)  # a poll that waits is answered; the library lets it wait on
        if not self._listeners:
            self._ended()
        self._log("%s no longer listens to gas, %s do", listener.name)

    def _log(self, words: str, name: str) -> None:
        now = asyncio.get_running_loop().time()
        is_due = now - self._last_line >= _LOGGED_EVERY
        if is_due:
            self._last_line = now
        logger.log(logging.INFO if is_due else logging.DEBUG, words, name, len(self))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket, as ASGI has it."""
        refusal = self._refusal(scope)
        if refusal is None:
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if is_foreign(Headers(scope=scope), self._config):
            return problem(403, "A page of another site may not listen here.")
        if "j" in query:
            return problem(400, "JSONP is not spoken here.")
        # Twice as many may be on their way in: one that the library refused stays for a moment.
        if "sid" not in query and len(self._server.eio.sockets) >= 2 * MOST_LISTENERS:
            return not_now(f"{MOST_LISTENERS} listen already; come again later.")
        return None

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve in a task of its own: when this one is cut, the library must hear of it once, to tidy up."""
        serving = asyncio.create_task(_guarded(self._server.handle_request, scope, receive, send))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        try:
            await asyncio.wait([serving])
        except asyncio.CancelledError:
            serving.cancel()
            raise


class _NoLonger(Exception):
    """Who asked may no longer be answered."""


async def _guarded(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """``app``, of which malformed messages end the request and nothing else. A poll that was let in when who
    asked still might is not answered when they no longer may.
    """

    async def send_if_still(message: Message) -> None:
        if message["type"] == "http.response.start" and not scope["hutch.still"]():
            raise _NoLonger
        await send(message)

    try:
        await app(scope, receive, send_if_still)
    except _NoLonger:
        await problem(401, "Who asked may no longer see this.")(scope, receive, send)
    except Exception:
        logger.debug("a message that is none of Socket.IO's ended a request", exc_info=True)
        with contextlib.suppress(Exception):  # its answer may be half sent
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1003})
            else:
                await problem(400, "This is no message of Socket.IO.")(scope, receive, send)
