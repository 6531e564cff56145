"""Gas in real time: every accepted message is pushed to whoever listens, as ``update_data``.

What comes in through this process is told at once. What others write into the store (the collector, which
hears MQTT) is looked for while somebody listens. Nobody who listens, however slowly, holds up who sends.
"""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from typing import Any

import anyio
from starlette.types import Receive, Scope, Send

from api.context import Context
from api.gas import messages, readings
from api.gas.socket_io import Listeners
from collector.spool import SpoolError
from influx.points import Point
from influx.schema import GAS, NODE
from influx.store import StoreError

PATH = "/socket.io"
"""Where every Socket.IO client looks unless told otherwise."""
LOOK_EVERY = 2.0
"""Seconds between two looks into the store while somebody listens."""
_LOOK_BACK = timedelta(minutes=5)
"""How far a device's clock may be behind for its messages to be found there."""
_REMEMBERED = 4 * readings.PAGE
_BURST = 100
"""Messages of one request that are told at most, the newest; history that is sent in is no news."""


class _Told:
    """Which readings were told already; the store gives back what was told when it came."""

    def __init__(self) -> None:
        self._keys: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def unknown(self, points: Iterable[Point]) -> list[Point]:
        """The gas among ``points`` that was not told before, and from now on was."""
        found = []
        for point in points:
            if point.measurement != GAS.name:
                continue
            tags = (point.tags[name] for name in GAS.tag_names)
            key = (point.time_ns, *tags, point.fields.get("concentration"))
            if key not in self._keys:
                found.append(point)
            self._keys[key] = None
            self._keys.move_to_end(key)
        while len(self._keys) > _REMEMBERED:
            self._keys.popitem(last=False)
        return found


class GasLive:
    """The Socket.IO endpoint, an ASGI app. ``hear`` may be called in any thread, the rest in the loop."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._listeners = Listeners(context.config, self._begin, self._rest)
        self._heard: deque[list[Point]] = deque(maxlen=_BURST)
        self._told = _Told()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._one_look = anyio.CapacityLimiter(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket, as ASGI has it."""
        await self._listeners(scope, receive, send)

    def hear(self, points: Iterable[Point]) -> None:
        """Tell who listens of the gas among ``points``, just accepted; returns at once, never raises."""
        loop = self._loop
        if loop is None or not self._listeners:
            return
        found = [point for point in points if point.measurement in (GAS.name, NODE.name)]
        if found:
            self._heard.append(found)
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._wake.set)

    def end(self) -> None:
        """Let everybody go; for when the server stops."""
        self._rest()
        self._listeners.end()

    def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._tasks = [asyncio.create_task(self._tell()), asyncio.create_task(self._look())]

    def _rest(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self._heard.clear()

    async def _tell(self) -> None:
        """Push what is heard, for as long as somebody listens."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._heard:
                for message in self._messages(self._heard.popleft()):
                    await _beside_the_rest(self._listeners.push("update_data", message))

    def _messages(self, points: list[Point]) -> list[dict[str, Any]]:
        batteries = [point for point in points if point.measurement == NODE.name]
        return messages.to_messages(self._told.unknown(points), batteries)[-_BURST:]

    async def _look(self) -> None:
        """Look into the store every now and then; what is there at first is history."""
        is_history = True
        while True:
            with contextlib.suppress(StoreError, SpoolError):  # others tell of a store that is away
                found = await anyio.to_thread.run_sync(
                    readings.newest,
                    self._context,
                    _LOOK_BACK,
                    abandon_on_cancel=True,
                    limiter=self._one_look,
                )
                if is_history:
                    self._told.unknown(found)
                    is_history = False
                else:
                    self.hear(found)
            await asyncio.sleep(LOOK_EVERY)


async def _beside_the_rest(work: Awaitable[None]) -> None:
    """Do ``work`` and what it wakes, and leave the loop to everything else for three times as long."""
    now = asyncio.get_running_loop().time
    began = now()
    await work
    await asyncio.sleep(0)
    await asyncio.sleep(3 * (now() - began))
