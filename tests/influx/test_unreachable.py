"""What is said of a server that does not answer, by the errors of both clients that Hutch has."""

import socket
import threading
from collections.abc import Callable

import pytest
import requests
import urllib3

from influx.unreachable import why

Get = Callable[[str], object]


def _by_urllib3(url: str) -> object:
    return urllib3.PoolManager(retries=False, timeout=0.5).request("GET", url)


def _by_urllib3_again(url: str) -> object:
    return urllib3.PoolManager(retries=1, timeout=0.5).request("GET", url)


def _by_requests(url: str) -> object:
    return requests.get(url, timeout=0.5)


@pytest.fixture(params=[_by_urllib3, _by_urllib3_again, _by_requests])
def told(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """What is said of the server at an address."""

    def ask(url: str) -> str:
        with pytest.raises((urllib3.exceptions.HTTPError, OSError)) as raised:
            request.param(url)
        assert isinstance(raised.value, Exception)
        return why(raised.value)

    return ask


def test_nobody_listens(told: Callable[[str], str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert told(f"http://127.0.0.1:{taken.getsockname()[1]}") == "connection refused"


def test_there_is_no_such_name(told: Callable[[str], str]) -> None:
    assert told("http://nowhere.invalid") == "name not found"


def test_nobody_answers(told: Callable[[str], str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert told(f"http://127.0.0.1:{server.getsockname()[1]}") == "timed out"


def test_who_answers_hangs_up(told: Callable[[str], str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            for _ in range(2):
                server.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        said = told(f"http://127.0.0.1:{server.getsockname()[1]}")
    assert said in ("connection broken off", "connection reset by peer")
