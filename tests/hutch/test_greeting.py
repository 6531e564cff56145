"""The greeting, beside a real server."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hutch.greeting import Greeting
from tests.daemon import free_ports


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_the_greeting_is_due_once_when_the_pages_answer(port: int) -> None:
    greeting = Greeting("127.0.0.1", port)
    assert [greeting.due(), greeting.due()] == [True, False]


def test_nothing_is_due_while_nobody_answers() -> None:
    (port,) = free_ports(1)
    assert not Greeting("127.0.0.1", port).due()
    assert not Greeting("::1", port).due()


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert Greeting("::1", 8000).url == "http://[::1]:8000"


def test_a_port_that_could_be_any_is_never_greeted() -> None:
    assert not Greeting("127.0.0.1", 0).due()
