"""A camera process's node endpoint on its Unix socket, as ``vision.node`` serves it, for a test to steer."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from vision.address import node_address, prepare

JPEG = b"\xff\xd8 a picture \xff\xd9"
TAKEN = "2026-05-28T13:59:59.900Z"


class Node:
    """What the camera does: ``frame`` None is no picture yet, ``stalled`` a stream that sends no more."""

    def __init__(self) -> None:
        self.frame: bytes | None = JPEG
        self.stalled = False
        self.watchers = 0
        self.asked_fps: str | None = None

    def app(self) -> Starlette:
        """The endpoint."""
        routes = [
            Route("/status", self._status),
            Route("/frame.jpg", self._frame),
            Route("/live.mjpeg", self._live),
        ]
        return Starlette(routes=routes)

    async def _status(self, _request: Request) -> Response:
        told = {"camera": "cage", "state": "running", "reason": "", "fps": 15.0, "frame_age": 0.1, "seq": 7}
        return JSONResponse(told | {"width": 1280, "height": 720})

    async def _frame(self, _request: Request) -> Response:
        if self.frame is None:
            return PlainTextResponse("there is no frame yet", 503)
        return Response(self.frame, headers={"X-Frame-Time": TAKEN}, media_type="image/jpeg")

    async def _live(self, request: Request) -> Response:
        self.asked_fps = request.query_params.get("fps")
        return StreamingResponse(self._frames(), media_type="multipart/x-mixed-replace; boundary=frame")

    async def _frames(self) -> AsyncIterator[bytes]:
        self.watchers += 1
        try:
            while True:
                yield b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + (self.frame or b"") + b"\r\n"
                await asyncio.sleep(3600 if self.stalled else 0.02)
        finally:
            self.watchers -= 1


@contextmanager
def a_node(data_dir: Path, camera: str = "cage") -> Iterator[Node]:
    """A node endpoint for ``camera``, served until the end."""
    node = Node()
    address = node_address(data_dir, camera)
    prepare(address)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(address))
    listener.listen()
    config = uvicorn.Config(
        node.app(), log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="node")
    thread.start()
    try:
        yield node
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        address.unlink()
