"""An InfluxDB that takes connections and never answers, as one does whose disk hangs."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta

from influx.server import ServerStore
from influx.store import Store

TIMEOUT = timedelta(seconds=3)
"""What the configuration has is 10 s."""


class Silent:
    """Notes what it is asked, and answers nothing."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._asked: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, name="silent")
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it does not answer."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def questions(self) -> int:
        """How many connections were made."""
        return len(self._asked)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._asked.append(self._listener.accept()[0])

    def close(self) -> None:
        """Let go of everybody who waits."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for connection in self._asked:
            connection.close()


@contextmanager
def a_store_that_never_answers() -> Iterator[tuple[Store, Silent]]:
    """A store at such a server, and the server."""
    with closing(Silent()) as silent:
        yield ServerStore(silent.url, "hutch", "token", timeout=TIMEOUT), silent
