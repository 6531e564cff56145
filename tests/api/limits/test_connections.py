import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import ClassVar

import pytest
import uvicorn

from api.app import create_app
from api.limits.connections import BriefConnection
from api.server import listen
from tests.api.home import Home

SMALL = b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /receive-json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class Hasty(BriefConnection):
    """As patient as a test can be."""

    head_seconds: ClassVar = 0.3
    body_seconds: ClassVar = 0.3
    body_rate: ClassVar = 1_000_000
    read_seconds: ClassVar = 0.3


@pytest.fixture
def port(home: Home) -> Iterator[int]:
    app = create_app(home.context)
    config = uvicorn.Config(
        app, http=Hasty, lifespan="off", log_config=None, timeout_keep_alive=1, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    with closing(listen("127.0.0.1", 0)) as listener, closing(app.state.gate):
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(10)


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        yield connection


def until_closed(connection: socket.socket) -> bytes:
    """Everything that comes until the other side closes; fails where it does not within 5 s."""
    told = b""
    with suppress(ConnectionError):  # what it had still to read was given up
        while chunk := connection.recv(65536):
            told += chunk
    return told


def problem_in(told: bytes) -> dict[str, object]:
    head, _, body = told.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    found: dict[str, object] = json.loads(body)
    return found


def trickle(connection: socket.socket, piece: bytes, stop: threading.Event) -> None:
    """Send ``piece`` again and again until nobody takes it."""
    try:
        while not stop.wait(0.02):
            connection.sendall(piece)
    except OSError:
        return


@contextmanager
def trickling(connection: socket.socket, piece: bytes) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=trickle, args=(connection, piece, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)


def test_who_says_nothing_is_let_go(port: int) -> None:
    with connected(port) as connection:
        assert until_closed(connection) == b""


def test_a_head_that_comes_byte_by_byte_is_refused(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET /ping HTTP/1.1\r\nX-Slow: ")
        with trickling(connection, b"a"):
            assert problem_in(connection.recv(65536))["status"] == 408


def test_a_second_request_gets_no_more_time_than_the_first(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(SMALL)
        assert connection.recv(65536).startswith(b"HTTP/1.1 204")
        connection.sendall(b"G")
        assert problem_in(until_closed(connection))["status"] == 408


def test_a_body_that_never_ends_is_refused(port: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with connected(port) as connection:
        connection.sendall(POST + b"Content-Length: 100000\r\n\r\n{")
        with trickling(connection, b" "):
            assert problem_in(connection.recv(65536))["status"] == 408
    assert caplog.messages == [], "what a client does is no trouble of ours"


def test_a_body_that_comes_after_its_answer_holds_nothing(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{")
        with trickling(connection, b" "):
            assert until_closed(connection).startswith(b"HTTP/1.1 404")


def test_who_never_reads_is_let_go(port: int) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(5)
        connection.connect(("127.0.0.1", port))
        asked = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with pytest.raises(ConnectionError):
            connection.sendall(asked * 100_000)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 2_000_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 9\r\nContent-Length: 10\r\n\r\n",
    ],
    ids=["a head without end", "TLS", "a negative length", "two lengths"],
)
def test_what_is_no_request_is_refused_in_one_sentence(port: int, sent: bytes) -> None:
    with connected(port) as connection:
        with suppress(ConnectionError):
            connection.sendall(sent)
        told = until_closed(connection)
        assert told or len(sent) > 1_000_000, "the answer is given up only where much is unread"
        if told:
            assert problem_in(told)["status"] == 400


def test_the_log_is_not_filled_by_clients(port: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(5):
        with connected(port) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            until_closed(connection)
    assert len(caplog.messages) <= 1
