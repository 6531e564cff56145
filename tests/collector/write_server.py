"""An HTTP server in a thread that takes InfluxDB's write requests and answers as a test tells it to."""

import gzip
import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

HANG, CUT = "hang", "cut"


@dataclass(frozen=True)
class Answer:
    """A status with the JSON InfluxDB sends along, or ``HANG`` or ``CUT`` for none at all."""

    status: int | str
    message: str = "because"
    headers: dict[str, str] = field(default_factory=dict)


class WriteServer(ThreadingHTTPServer):
    """``answers`` are given in their order, then ``judge`` decides by the lines; None is 204."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: deque[Answer] = deque()
        self.judge: Callable[[list[str]], Answer | None] = lambda _lines: None
        self.stored: list[str] = []
        self.requests: list[int] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version: ClassVar[str] = "HTTP/1.1"  # type: ignore[misc]
    server: WriteServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        lines = body.decode().split("\n")
        server = self.server
        server.requests.append(len(lines))
        answer = server.answers.popleft() if server.answers else server.judge(lines)
        if answer is None:
            server.stored += lines
            answer = Answer(204)
        if answer.status == HANG:
            server.released.wait(30)
        if isinstance(answer.status, str):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        text = b"" if answer.status == 204 else json.dumps({"code": "c", "message": answer.message}).encode()
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing on the screen."""


@contextmanager
def write_server() -> Iterator[WriteServer]:
    """The server on a free loopback port, gone when the block ends."""
    server = WriteServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
