"""Numbers for Prometheus: what is counted while requests are served, and how the home is at a scrape.

What the home measures are points in the store; this is about Hutch itself. Names and units follow
https://prometheus.io/docs/practices/naming/. Every label has few values, whatever anybody sends.
"""

import asyncio
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import Context
from api.live.cameras import CameraState, statuses
from api.metrics.home import HomeNow, Look
from collector.spool import SpoolError, SpoolStatus
from influx.buckets import AHEAD
from influx.points import Point
from influx.schema import ENVIRONMENT
from influx.store import StoreError
from influx.windows import Window

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Seconds; among them the bars of docs/benchmarks.md."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PATIENCE = 2.0
"""Seconds that the store may take at a scrape."""
FRESH = 10.0
"""Seconds for which the newest readings are not asked for again."""
MOST_SENSORS = 500
_ELSEWHERE = "none"
"""The route of a request that no route takes, or that was turned away before there was one."""
_FOUND = "hutch.found"


def install(app: FastAPI) -> None:
    """Note the route of each request; the innermost of the middlewares, as ``count`` is the outermost."""
    app.add_middleware(Noted)


def count(app: FastAPI, metrics: "Metrics") -> None:
    """Count every request to ``app``, those too that other middlewares turn away."""
    app.add_middleware(Counted, metrics=metrics)


class Noted:
    """Keeps at hand the scope that is routed: others may have served a copy of the one that came."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        if (found := scope.get(_FOUND)) is not None:
            found.append(scope)
        await self._app(scope, receive, send)


class Counted:
    """Counts requests by method, route and status, and how long each answer took to begin."""

    def __init__(self, app: ASGIApp, metrics: "Metrics") -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        found: list[Scope] = []
        scope[_FOUND] = found
        began, status = time.perf_counter(), 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start" and not status:
                status = message["status"]
                self._metrics.answered(scope["method"], _route(found), status, time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            if not status:  # who asked left before there was an answer
                self._metrics.answered(scope["method"], _route(found), 499, time.perf_counter() - began)


def _route(found: list[Scope]) -> str:
    if not found:
        return _ELSEWHERE
    mounted = found[0].get("root_path")  # of a mount, which is no route
    return str(getattr(found[0].get("route"), "path", "") or mounted or _ELSEWHERE)


class Metrics:
    """What one app counts, and how it looks at the home when it is scraped."""

    def __init__(self, version: str) -> None:
        # They would be a second series for each, of no use here.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._version = version
        self._counted = CollectorRegistry()
        ProcessCollector(registry=self._counted)
        self._requests = Counter(
            "hutch_http_requests",
            "Requests answered; 499: the client left before the answer.",
            ("method", "route", "status"),
            registry=self._counted,
        )
        self._seconds = Histogram(
            "hutch_http_answer_seconds",
            "Time until an answer begins; live pictures never end.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self._counted,
        )
        self._limiter = CapacityLimiter(2)
        self._one_at_once = CapacityLimiter(1)
        self._asking: asyncio.Task[None] | None = None
        self._readings: tuple[Point, ...] = ()
        self._read = -FRESH
        self._store_up = False

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        method = method if method in METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    async def scrape(self, context: Context) -> CollectorRegistry:
        """Everything, told within seconds whatever hangs; what cannot be told is left out."""
        looks = CollectorRegistry()
        looks.register(self._counted)
        looks.register(HomeNow(self._version, context.node, await self._look(context)))
        return looks

    async def _look(self, context: Context) -> Look:
        cameras: list[CameraState] = []
        spool: list[SpoolStatus] = []
        free: list[int] = []

        async def look_at_cameras() -> None:
            cameras.extend(await statuses(context))

        async def look_at_disk() -> None:
            with anyio.move_on_after(PATIENCE):
                await to_thread.run_sync(here, abandon_on_cancel=True, limiter=self._limiter)

        def here() -> None:
            free.extend(_free(context))
            spool.extend(_status(context))

        async with anyio.create_task_group() as group:
            group.start_soon(look_at_cameras)
            group.start_soon(look_at_disk)
            group.start_soon(self._look_at_store, context)
        return Look(
            spool[0] if spool else None,
            free[0] if free else None,
            self._store_up,
            self._readings,
            tuple(cameras),
        )

    async def _look_at_store(self, context: Context) -> None:
        """Ask for the newest readings, unless that was just done; who comes meanwhile waits for it too."""
        if self._store_up and time.monotonic() - self._read < FRESH:
            return
        # A task of its own, which no scraper takes along that leaves: one thread at most waits for a store.
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(
                to_thread.run_sync(self._ask, context, abandon_on_cancel=True, limiter=self._one_at_once)
            )
        _, waiting = await asyncio.wait({self._asking}, timeout=PATIENCE)
        if waiting:
            self._store_up = False

    def _ask(self, context: Context) -> None:
        try:
            now = context.now()
            day = Window(now - timedelta(days=1), now + AHEAD)
            self._readings = tuple(context.store.latest(ENVIRONMENT.name, day)[:MOST_SENSORS])
            self._read, self._store_up = time.monotonic(), True
        except StoreError:
            self._store_up = False


def _status(context: Context) -> Iterator[SpoolStatus]:
    try:
        yield context.spool.status()
    except SpoolError:
        return


def _free(context: Context) -> Iterator[int]:
    try:
        yield shutil.disk_usage(context.data_dir).free
    except OSError:
        return
