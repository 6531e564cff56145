"""A real Socket.IO client that keeps what it is told."""

import queue
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
import socketio

TRANSPORTS = ("polling", "websocket")


class Watcher:
    """Somebody who watches gas; ``told`` gives each message once."""

    def __init__(self, *, reconnection: bool = False) -> None:
        self._session = requests.Session()
        self.client = socketio.Client(
            reconnection=reconnection,
            reconnection_delay=0.1,
            handle_sigint=False,
            http_session=self._session,
        )
        self.told: queue.Queue[Any] = queue.Queue()
        self.events: queue.Queue[str] = queue.Queue()
        self.client.on("update_data", self.told.put)
        self._sockets: list[Any] = []
        self.client.on("connect", self._connected)
        self.client.on("disconnect", lambda _reason: self.events.put("disconnect"))

    def _connected(self) -> None:
        self._sockets.append(self.client.eio.ws)
        self.events.put("connect")

    def connect(self, url: str, transport: str, headers: Mapping[str, str] | None = None) -> None:
        """Connect by ``transport`` alone; raises ``socketio.exceptions.ConnectionError``."""
        self._session.headers.update(headers or {})  # the library's own go with the first request alone
        self.client.connect(url, transports=[transport], headers=dict(headers or {}), wait_timeout=10)
        assert self.events.get(timeout=10) == "connect"

    def close(self) -> None:
        """Leave; the library does not close what it asked with."""
        self.client.disconnect()
        self._session.close()
        for socket in filter(None, self._sockets):
            socket.shutdown()

    def next(self) -> Any:
        """The next message; fails after 10 s without any."""
        return self.told.get(timeout=10)

    def nothing_more(self, within: float = 0.3) -> bool:
        """Whether no message comes for a moment."""
        try:
            self.told.get(timeout=within)
        except queue.Empty:
            return True
        return False


@contextmanager
def watching(
    url: str, transport: str = "websocket", headers: Mapping[str, str] | None = None
) -> Iterator[Watcher]:
    """A watcher of the server at ``url``."""
    watcher = Watcher()
    try:
        watcher.connect(url, transport, headers)
        yield watcher
    finally:
        watcher.close()
