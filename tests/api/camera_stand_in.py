"""A camera's node endpoint as the API meets it, without a camera behind it."""

import itertools
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.api.lived_in import jpeg
from vision.address import node_address, prepare


@dataclass
class StandIn:
    """What the endpoint says; a test changes it as it goes."""

    camera: str
    state: str = "running"
    reason: str = ""
    frame_age: float = 0.1
    watching: int = 0
    count: Iterator[int] = field(default_factory=itertools.count)

    async def status(self, request: Request) -> Response:
        return JSONResponse(
            {"camera": self.camera, "state": self.state, "reason": self.reason, "frame_age": self.frame_age}
            | {"fps": 10.0, "seq": 1, "width": 640, "height": 360}
        )

    async def frame(self, request: Request) -> Response:
        if self.state != "running":
            return PlainTextResponse("The camera is lost", 503)
        headers = {"X-Frame-Time": datetime.now(UTC).isoformat()}
        return Response(jpeg(next(self.count) // 2, "frame"), media_type="image/jpeg", headers=headers)

    async def live(self, request: Request) -> Response:
        return StreamingResponse(self._parts(), media_type="multipart/x-mixed-replace; boundary=frame")

    async def _parts(self) -> AsyncIterator[bytes]:
        self.watching += 1
        try:
            while self.state == "running":
                picture = jpeg(next(self.count) // 2, "stream")
                yield b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture)
                yield picture + b"\r\n"
                await anyio.sleep(0.2)
        finally:
            self.watching -= 1


@contextmanager
def camera(data_dir: Path, name: str) -> Iterator[StandIn]:
    """Serve the endpoint of the camera ``name`` on its socket."""
    stand_in = StandIn(name)
    address = node_address(data_dir, name)
    prepare(address)
    routes = [
        Route("/status", stand_in.status),
        Route("/frame.jpg", stand_in.frame),
        Route("/live.mjpeg", stand_in.live),
    ]
    with _serving(Starlette(routes=routes), address):
        yield stand_in
    address.unlink(missing_ok=True)


@contextmanager
def _serving(app: Starlette, address: Path) -> Iterator[None]:
    config = uvicorn.Config(app, uds=str(address), log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            assert thread.is_alive(), "the stand-in of the camera did not start"
            assert time.monotonic() < deadline, "the stand-in of the camera did not start within 10 s"
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()
