"""The node endpoint: how a camera is doing and what it sees, by HTTP on a Unix socket for this user alone."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from vision import capture_routes, hls
from vision.address import prepare
from vision.captures import Captures
from vision.live import LiveView, Shown
from vision.segments import Segments
from vision.status import LOST, Status

FASTEST = 30.0
"""Pictures a second that a watcher gets at most."""
_PATIENCE = 2.0
"""Seconds without a new picture after which it is looked whether the watcher is still there."""


class AddressTaken(Exception):
    """Another process answers where this one should; says where."""


class NodeEndpoint:
    """Serves one camera from a thread of its own, from making it to ``close``.

    Raises ``AddressTaken`` where somebody serves at ``address`` already, ``OSError`` where it cannot be used.
    """

    def __init__(
        self, address: Path, live: LiveView, segments: Segments, status: Status, captures: Captures
    ) -> None:
        self._address = address
        self._live = live
        self._socket = _listen(address)
        config = uvicorn.Config(
            application(live, segments, status, captures),
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            loop="asyncio",
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="node endpoint", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End every stream, stop serving and remove the socket."""
        self._live.close()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
        self._address.unlink(missing_ok=True)


def application(live: LiveView, segments: Segments, status: Status, captures: Captures) -> Starlette:
    """The routes: ``/status``, ``/frame.jpg``, ``/live.mjpeg``, those of ``hls`` and of captures."""

    async def tell(_request: Request) -> Response:
        return JSONResponse({**asdict(status.health()), "seq": live.seq, "watchers": live.watchers})

    async def frame(_request: Request) -> Response:
        health = status.health()
        if health.state == LOST:
            return PlainTextResponse(health.reason, 503)
        shown = await run_in_threadpool(live.newest)
        if shown is None:
            return PlainTextResponse(f"camera {health.camera} has no picture yet", 503)
        headers = {"X-Frame-Time": shown.at.isoformat(), "Cache-Control": "no-store"}
        return Response(shown.data, media_type="image/jpeg", headers=headers)

    async def stream(request: Request) -> Response:
        try:
            fps = float(request.query_params.get("fps", FASTEST))
        except ValueError:
            fps = 0.0
        if not fps >= 0.01:
            return PlainTextResponse(f"fps must be a number from 0.01 to {FASTEST:g}", 422)
        return StreamingResponse(
            _parts(_pictures(request, live, 1 / min(fps, FASTEST))),
            media_type="multipart/x-mixed-replace; boundary=frame",
            headers={"Cache-Control": "no-store"},
        )

    return Starlette(
        routes=[
            Route("/status", tell),
            Route("/frame.jpg", frame),
            Route("/live.mjpeg", stream),
            *hls.routes(segments, status),
            *capture_routes.routes(captures),
        ]
    )


async def _pictures(request: Request, live: LiveView, period: float) -> AsyncIterator[Shown]:
    """The newest picture again and again, at most one a ``period`` (seconds), until either side goes away.

    What was published while the watcher was not ready is never sent.
    """
    loop, news = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        with suppress(RuntimeError):  # the endpoint is being closed
            loop.call_soon_threadsafe(news.set)

    unsubscribe = live.subscribe(wake)
    sent, due = 0, loop.time()
    try:
        while not live.closed and not await request.is_disconnected():
            news.clear()
            shown = await run_in_threadpool(live.newest) if live.seq != sent else None
            if shown is not None:
                sent = shown.seq
                yield shown
                due = max(due + period, loop.time())
                await asyncio.sleep(due - loop.time())
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), _PATIENCE)
    finally:
        unsubscribe()


async def _parts(pictures: AsyncIterator[Shown]) -> AsyncIterator[bytes]:
    """Each picture as a part, with the boundary after it: browsers show a part when they see its end."""
    yield b"--frame\r\n"
    async for shown in pictures:
        head = (
            "Content-Type: image/jpeg\r\n"
            f"Content-Length: {len(shown.data)}\r\nX-Frame-Time: {shown.at.isoformat()}\r\n\r\n"
        )
        yield head.encode() + shown.data + b"\r\n--frame\r\n"


def _listen(address: Path) -> socket.socket:
    """A socket at ``address`` that only this user may connect to; takes the place of a dead one's."""
    prepare(address)
    if address.exists() and _answers(address):
        raise AddressTaken(f"another process serves at {address}; is this camera running twice?")
    address.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(address))
        address.chmod(0o600)  # nobody can connect before it listens
        listener.listen(64)
    except BaseException:
        listener.close()
        raise
    return listener


def _answers(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(address))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True
        return True
