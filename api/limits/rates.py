"""How often one source may ask, and how many dear answers are made at once.

Generous, because a household behind one address is one source, and so are a thousand sensors: what is
bounded is what goes wrong, such as a loop without a pause.
"""

import math
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
from anyio import CapacityLimiter
from fastapi import Depends, FastAPI, Request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.caller import Caller
from api.access.gate import Gate
from api.access.source import network
from api.problems import Problem, problem

BINS = 4096
"""Sources that are told apart: memory stays the same however many there are. Two of a bin share its bound,
and nobody can choose their bin, because the hash of a text differs from one process to the next.
"""
DEAR_A_MINUTE = 60
"""Dear answers that one source gets in a minute."""
DEAR_AT_ONCE = 2
TURN = 10.0
"""Seconds that a dear answer waits for its turn."""


def install(app: FastAPI) -> None:
    """Bound how often ``app`` is asked; put it behind the door, which knows who calls."""
    app.add_middleware(Bounded)


class Rates:
    """Counts what each source asks for.

    By windows that slide: two counters a source, where a list of moments would be long for a busy one.
    """

    def __init__(self, requests: int, of_device: int) -> None:
        self._kept = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._kept)
        self._requests = RateLimitItemPerMinute(requests, namespace="requests")
        self._of_device = RateLimitItemPerMinute(of_device, namespace="of device")
        self._dear = RateLimitItemPerMinute(DEAR_A_MINUTE, namespace="dear")
        self.turns = CapacityLimiter(DEAR_AT_ONCE)

    def wait(self, caller: Caller, source: str) -> int:
        """Seconds until ``caller`` may ask again; 0: now, which counts.

        A device has a bound of its own. Whoever sits at the machine itself has none.
        """
        if caller.kind == "local":
            return 0
        if caller.kind == "device":
            return self._hit(self._of_device, f"device {caller.name}")
        return self._hit(self._requests, network(source))

    def wait_for_dear(self, caller: Caller, source: str) -> int:
        """The same for an answer that takes much work."""
        return 0 if caller.kind == "local" else self._hit(self._dear, network(source))

    def sources(self) -> int:
        """How many counters there are."""
        return len(self._kept.storage)

    def _hit(self, item: RateLimitItem, key: str) -> int:
        place = str(hash(key) % BINS)
        if self._limiter.hit(item, place):
            return 0
        free_at = self._limiter.get_window_stats(item, place).reset_time
        return max(1, min(60, math.ceil(free_at - time.time())))


class Bounded:
    """Answers 429 to who asks too often."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope["app"].state
        rates: Rates = state.rates
        gate: Gate = state.gate
        source = gate.source(scope)
        wait = rates.wait(scope["hutch.caller"], source)
        if wait == 0:
            await self._app(scope, receive, send)
            return
        gate.refusals.tell(source, "asks too often", f"{scope['method']} requests")
        sentence = "There come too many requests from here; wait a little."
        refusal = problem(429, sentence, {"Retry-After": f"{wait}"})
        await refusal(scope, receive, send)


async def _dear(request: Request) -> AsyncIterator[None]:
    rates: Rates = request.app.state.rates
    gate: Gate = request.app.state.gate
    source = gate.source(request.scope)
    if wait := rates.wait_for_dear(request.scope["hutch.caller"], source):
        gate.refusals.tell(source, "asks too often for what takes much work", request.url.path[:80])
        raise Problem(429, "This takes much work and was asked for often; wait a little.", retry_after=wait)
    with anyio.move_on_after(TURN) as waiting:
        await rates.turns.acquire_on_behalf_of(request)
    if waiting.cancelled_caught:
        raise Problem(503, "Others wait for answers that take as much work; ask again.", retry_after=TURN)
    try:
        yield
    finally:
        rates.turns.release_on_behalf_of(request)


def dear() -> Any:
    """For ``dependencies=[...]`` of a route whose answer takes much work: few a minute, fewer at once."""
    return Depends(_dear)
