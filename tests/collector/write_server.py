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

HANG, CUT, CUT_IN_REQUEST, CUT_IN_ANSWER, NONSENSE = (
    "hang",
    "cut",
    "cut in the request",
    "cut in the answer",
    "nonsense",
)
"""Answers that are none: nothing for long; the end of the connection when all was read, or half of it, or
when half of an answer of success was sent; what is no HTTP."""


@dataclass(frozen=True)
class Answer:
    """A status with the JSON InfluxDB sends along, or one of the answers that are none."""

    status: int | str
    message: str = "because"
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """What is sent instead of that JSON."""


class WriteServer(ThreadingHTTPServer):
    """``answers`` are given in their order, each after ``before`` was called with the lines; then ``judge``
    decides by the lines; None is 204.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: deque[Answer] = deque()
        self.before: Callable[[list[str]], None] = lambda _lines: None
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
    disable_nagle_algorithm = True
    protocol_version: ClassVar[str] = "HTTP/1.1"  # type: ignore[misc]
    server: WriteServer

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        if self.server.answers and self.server.answers[0].status == CUT_IN_REQUEST:
            self.server.answers.popleft()
            self.server.requests.append(0)
            self.rfile.read(length // 2)
            self._end()
            return
        body = self.rfile.read(length)
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        lines = body.decode().split("\n")
        server = self.server
        server.requests.append(len(lines))
        if server.answers:
            server.before(lines)
        answer = server.answers.popleft() if server.answers else server.judge(lines)
        if answer is None:
            server.stored += lines
            answer = Answer(204)
        if answer.status == HANG:
            server.released.wait(30)
        if isinstance(answer.status, str):
            self.wfile.write(_SAID.get(answer.status, b""))
            self._end()
            return
        text = b"" if answer.status == 204 else json.dumps({"code": "c", "message": answer.message}).encode()
        text = text if answer.raw is None else answer.raw
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def _end(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing on the screen."""


_SAID = {
    CUT_IN_ANSWER: b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{",
    NONSENSE: b"SSH-2.0-OpenSSH_9.2\r\n",
}


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
