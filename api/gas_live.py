"""Gas in real time: every accepted message is pushed to whoever watches, by Socket.IO.

What comes in through this process is told at once. What others write into the store (the collector, which
hears MQTT) is looked for while somebody watches. Nobody who watches, however slowly, holds up who sends.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import anyio
import engineio
import socketio
from engineio.packet import MESSAGE
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import gas, gas_readings
from api.context import Context
from api.guard import is_foreign
from api.problems import RETRY_AFTER, problem
from collector.spool import SpoolError
from influx.points import Point
from influx.schema import GAS, NODE
from influx.store import StoreError

logger = logging.getLogger(__name__)

PATH = "/socket.io"
"""Where every Socket.IO client looks unless told otherwise."""
MOST_WATCHERS = 100
MOST_WAITING = 50
"""Messages that wait for one slow watcher; the oldest are lost."""
LOOK_EVERY = 2.0
"""Seconds between two looks into the store while somebody watches."""
_LOOK_BACK = timedelta(minutes=5)
"""How far a device's clock may be behind for its messages to be found there."""
_REMEMBERED = 4 * gas_readings.PAGE
_BURST = 100
"""Messages of one request that are told at most, the newest; history that is sent in is no news."""
_LARGEST = 10_000
"""Bytes of what a watcher sends: it says hello and answers pings."""
_PING_EVERY = 10.0
"""Seconds after which a poll is answered with a ping where there is no news; so long one that may no longer
ask does not learn it."""
_LOGGED_EVERY = 10.0
"""Seconds between two lines in the log that come and go; the rest is only for who debugs."""

_protocol_logger = logging.getLogger(f"{__name__}.protocol")
# The libraries log every malformed request as an error of ours, with its traceback.
_protocol_logger.setLevel(logging.CRITICAL)


class _Mailbox(asyncio.Queue[Any]):
    """What waits for one watcher: at most so many messages, the newest; pings and the end always."""

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


class _SocketIO(socketio.AsyncServer):  # type: ignore[misc]
    def _engineio_server_class(self) -> type[_Engine]:
        return _Engine


class _Told:
    """Which readings were told already; the store gives back what was told when it came."""

    def __init__(self) -> None:
        self._keys: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def unknown(self, points: Iterable[Point]) -> list[Point]:
        """Those of ``points`` that were not told before, which from now on were."""
        found = []
        for point in points:
            tags = (point.tags[name] for name in GAS.tag_names)
            key = (point.time_ns, *tags, point.fields.get("concentration"))
            if key not in self._keys:
                found.append(point)
            self._keys[key] = None
            self._keys.move_to_end(key)
        while len(self._keys) > _REMEMBERED:
            self._keys.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class _Watcher:
    """Somebody who watches, and what waits for them."""

    name: str
    mailbox: _Mailbox


class GasLive:
    """The Socket.IO endpoint, an ASGI app. ``hear`` may be called in any thread, the rest in the loop."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sio = _SocketIO(
            async_mode="asgi",
            cors_allowed_origins=[],  # the guard and api.cors see to origins
            logger=_protocol_logger,
            engineio_logger=_protocol_logger,
            max_http_buffer_size=_LARGEST,
            ping_interval=_PING_EVERY,
        )
        self._sio.on("connect", self._connected)
        self._sio.on("disconnect", self._disconnected)
        self._watchers: dict[str, _Watcher] = {}
        self._heard: deque[list[Point]] = deque(maxlen=_BURST)
        self._told = _Told()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._last_line = float("-inf")
        self._one_look = anyio.CapacityLimiter(1)

    # --- what is told

    def hear(self, points: Iterable[Point]) -> None:
        """Tell who watches of the gas among ``points``, just accepted; returns at once, never raises."""
        loop = self._loop
        if not self._watchers or loop is None:
            return
        found = [point for point in points if point.measurement in (GAS.name, NODE.name)]
        if found:
            self._heard.append(found)
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._wake.set)

    async def _tell(self) -> None:
        """Push what is heard, for as long as somebody watches."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._heard:
                for message in self._messages(self._heard.popleft())[-_BURST:]:
                    began = asyncio.get_running_loop().time()
                    await self._sio.emit("update_data", message)
                    # However much comes in, half of the loop's time is left to everything else.
                    await asyncio.sleep(asyncio.get_running_loop().time() - began)

    def _messages(self, points: list[Point]) -> list[dict[str, Any]]:
        readings = self._told.unknown(point for point in points if point.measurement == GAS.name)
        return gas.to_messages(readings, [point for point in points if point.measurement == NODE.name])

    async def _look(self) -> None:
        """Look into the store every now and then; what is there at first is history."""
        is_history = True
        while True:
            with contextlib.suppress(StoreError, SpoolError):  # others tell of a store that is away
                found = await anyio.to_thread.run_sync(
                    gas_readings.newest,
                    self._context,
                    _LOOK_BACK,
                    abandon_on_cancel=True,
                    limiter=self._one_look,
                )
                if is_history:
                    self._told.unknown(point for point in found if point.measurement == GAS.name)
                else:
                    self.hear(found)
                is_history = False
            await asyncio.sleep(LOOK_EVERY)

    # --- who watches

    async def _connected(self, sid: str, environ: dict[str, Any]) -> None:
        if len(self._watchers) >= MOST_WATCHERS:
            raise ConnectionRefusedError(f"{MOST_WATCHERS} watch already; come again later")
        connection = self._sio.eio.sockets[self._sio.manager.eio_sid_from_sid(sid, "/")]
        name = environ["asgi.scope"]["hutch.caller"].name
        self._watchers[sid] = _Watcher(name, connection.queue)
        if not self._tasks:
            self._loop = asyncio.get_running_loop()
            self._tasks = [asyncio.create_task(self._tell()), asyncio.create_task(self._look())]
        self._log("%s watches gas, %s in all", name)

    async def _disconnected(self, sid: str, _reason: str) -> None:
        watcher = self._watchers.pop(sid, None)
        if watcher is None:
            return
        watcher.mailbox.put_nowait(None)  # a poll that waits is answered; the library lets it wait on
        if not self._watchers:
            self._rest()
        self._log("%s no longer watches gas, %s do", watcher.name)

    def _log(self, words: str, name: str) -> None:
        now = asyncio.get_running_loop().time()
        is_due = now - self._last_line >= _LOGGED_EVERY
        if is_due:
            self._last_line = now
        logger.log(logging.INFO if is_due else logging.DEBUG, words, name, len(self._watchers))

    def _rest(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self._heard.clear()

    def end(self) -> None:
        """Let everybody go; for when the server stops."""
        self._rest()
        for serving in self._serving:
            serving.cancel()
        if self._sio.eio.service_task_event is not None:
            self._sio.eio.service_task_event.set()

    # --- the endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket, as ASGI has it."""
        refusal = self._refusal(scope)
        if refusal is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif refusal is not None:
            await refusal(scope, receive, send)
        else:
            await self._serve(self._sio.handle_request, scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if is_foreign(Headers(scope=scope), self._context.config):
            return problem(403, "A page of another site may not watch here.")
        if "j" in query:
            return problem(400, "JSONP is not spoken here.")
        if "sid" not in query and len(self._sio.eio.sockets) >= 2 * MOST_WATCHERS:
            retry = {"Retry-After": f"{RETRY_AFTER}"}
            return problem(503, f"{MOST_WATCHERS} watch already; come again later.", retry)
        return None

    async def _serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve in a task of its own: when this one is cut, the library must hear of it once, to tidy up."""
        serving = asyncio.create_task(_guarded(app, scope, receive, send))
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
    """``app``, of which malformed messages end the request and nothing else; nobody is told anything by an
    answer to a poll from when they still might ask.
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
