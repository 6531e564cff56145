"""The part of Grafana's HTTP API that is about annotations, held by a server that fails as it is told to.

It keeps tags apart from annotations, as Grafana does, and gives ids that are never used again. The suite of
``test_graphs.py`` holds it to what a real Grafana does.
"""

import json
import secrets
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
PATH = "/grafana"
_USUAL, _ROLES = 100, {"Viewer": "GET", "Editor": "GET POST PUT DELETE"}


class Fault(Enum):
    """What becomes of a request."""

    UNAVAILABLE = "503, and nothing is done"
    BROKEN = "500, and nothing is done"
    HALF = "500 between the annotation and its tags"
    LOST = "done, and the connection closed before an answer"
    HELD = "done, and no answer until somebody lets go"
    LATE = "nothing until somebody lets go, then done"
    MOVED = "sent to another address"
    TALKED = "answered by a page of somebody else"
    TOO_LARGE = "413, and nothing is done"


@dataclass
class Held:
    """What is on its graphs by id, and the faults that the next requests of a method meet."""

    url: str = ""
    items: dict[int, Json] = field(default_factory=dict)
    tags: dict[int, frozenset[str]] = field(default_factory=dict)
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    always: Fault | None = None
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released for each request that is held."""
    let_go: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    refused_text: str = ""
    """A text that it takes from nobody (413)."""
    stumbled_text: str = ""
    """A text that it always fails at (500)."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    tokens: dict[str, str] = field(default_factory=dict)
    _last: int = 0

    def token(self, role: str) -> str:
        """A token of that role."""
        made = f"glsa_{secrets.token_hex(16)}"
        self.tokens[made] = role
        return made

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next requests of ``method`` meet these, one after the other."""
        self.faults.setdefault(method, deque()).extend(faults)

    def count(self, method: str) -> int:
        """How many requests of ``method`` came."""
        return self.asked.count(method)

    def empty(self) -> None:
        """As somebody who lost its database."""
        with self.lock:
            self.items.clear()
            self.tags.clear()

    def put(self, item: Json, *, tagged: bool = True) -> int:
        """Add what somebody sends, and give its id."""
        with self.lock:
            self._last += 1
            kept = _joined(item.get("tags") or [])
            start = int(item.get("time") or item["timeEnd"])
            times = sorted((start, int(item.get("timeEnd") or start)))
            self.items[self._last] = {
                "id": self._last,
                "dashboardId": item.get("dashboardId") or 0,
                "panelId": item.get("panelId") or 0,
                "alertId": 0,
                "time": times[0],
                "timeEnd": times[1],
                "text": item["text"],
                "tags": kept,
            }
            self.tags[self._last] = frozenset(kept) if tagged else frozenset()
            return self._last


def _joined(tags: list[str]) -> list[str]:
    """Keys and values, each pair once."""
    pairs: list[tuple[str, str]] = []
    for tag in tags:
        parts = [*tag.split(":"), ""] if ":" in tag else [tag, ""]
        pair = (parts[0].strip(" "), parts[1].strip(" "))
        if pair[0] and pair not in pairs:
            pairs.append(pair)
    return [f"{key}:{value}" if value else key for key, value in pairs]


@contextmanager
def held(port: int = 0) -> Iterator[Held]:
    """Serve while the block lasts, on a free port."""
    server = _Server(("127.0.0.1", port), _Handler)
    state = server.state = Held(url=f"http://127.0.0.1:{server.server_port}{PATH}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        state.let_go.set()
        server.shutdown()
        server.close_all()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    state: Held

    def __init__(self, *arguments: Any) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(*arguments)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asks may go at any moment."""

    def close_all(self) -> None:
        """End what clients keep open, so that their threads end."""
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                connection.close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- its name
        """Say nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        state, method = self.server.state, self.command
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
        state.asked.append(method)
        role = self._role()
        if role is None:
            return self._answer(401, {"message": "Unauthorized"})
        if method not in _ROLES[role]:
            return self._answer(403, {"message": "Access denied"})
        queue = state.faults.get(method)
        fault = queue.popleft() if queue else state.always
        return self._faulty(fault, body) if fault else self._answer(*self._do(body))

    def _role(self) -> str | None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.headers.get("X-WEBAUTH-USER"):
            return self.headers.get("X-WEBAUTH-ROLE", "Viewer")
        return self.server.state.tokens.get(token)

    def _faulty(self, fault: Fault, body: Any) -> None:
        state = self.server.state
        match fault:
            case Fault.UNAVAILABLE:
                self._answer(503, {"message": "busy"})
            case Fault.BROKEN:
                self._answer(500, {"message": "Failed to save annotation"})
            case Fault.TOO_LARGE:
                self._answer(413, {"message": "too large"})
            case Fault.HALF:
                state.put(body, tagged=False)
                self._answer(500, {"message": "database is locked"})
            case Fault.LOST:
                self._do(body)
                self._hang_up()
            case Fault.HELD:
                self._do(body)
                state.arrived.release()
                state.let_go.wait()
                self._hang_up()
            case Fault.LATE:
                state.arrived.release()
                state.let_go.wait()
                self._do(body)
                self._hang_up()
            case Fault.MOVED:
                self._answer(302, {}, Location="http://127.0.0.1:1/elsewhere")
            case Fault.TALKED:
                self._answer(200, "<html>Log in</html>")

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _do(self, body: Any) -> tuple[int, Any]:
        state, address = self.server.state, urlsplit(self.path)
        path = address.path.removeprefix(f"{PATH}/api/annotations").strip("/")
        if not address.path.startswith(f"{PATH}/api/annotations"):
            return 404, {"message": "Not found"}
        if self.command == "GET":
            return 200, self._found(parse_qs(address.query))
        if body and state.stumbled_text and state.stumbled_text in body["text"]:
            return 500, {"message": "Failed to save annotation"}
        if self.command == "POST":
            if not body.get("text"):
                return 400, {"message": "Failed to save annotation"}
            if state.refused_text and state.refused_text in body["text"]:
                return 413, {"message": "too large"}
            return 200, {"message": "Annotation added", "id": state.put(body)}
        with state.lock:
            number = int(path)
            if number not in state.items:
                return 404, {"message": "Annotation not found"}
            if self.command == "DELETE":
                del state.items[number], state.tags[number]
                return 200, {"message": "Annotation deleted"}
            state.items[number] |= {name: body[name] for name in ("time", "timeEnd", "text", "tags")}
            state.tags[number] = frozenset(_joined(body["tags"]))
            return 200, {"message": "Annotation updated"}

    def _found(self, asked: dict[str, list[str]]) -> list[Json]:
        state = self.server.state
        first, last = int(asked.get("from", ["0"])[0]), int(asked.get("to", ["0"])[0])
        wanted = set(_joined(asked.get("tags", [])))
        with state.lock:
            items = [
                dict(item)
                for number, item in state.items.items()
                if wanted <= state.tags[number]
                and (not (first and last) or (item["time"] <= last and item["timeEnd"] >= first))
            ]
        items.sort(key=lambda item: (item["timeEnd"], item["time"]), reverse=True)
        return items[: int(asked.get("limit", [_USUAL])[0]) or _USUAL]

    def _answer(self, status: int, told: Any, **headers: str) -> None:
        is_page = isinstance(told, str)
        text = (told if is_page else json.dumps(told)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if is_page else "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)
