"""Connections that make a client be brief: who sends a byte now and then, or never reads, must not hold one.

uvicorn closes what is idle between two requests and waits for anything else as long as it takes. The bounds
are those of Apache's ``mod_reqtimeout`` (``header=20 body=20,MinRate=500``), which the web is used to.
"""

import asyncio
import logging
import time
from http import HTTPStatus
from typing import Any, ClassVar

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from api.access.openings import BREAK_OFF
from api.problems import problem

QUIET = 600.0
_BAD = "This is no request of HTTP/1.1, or its head is too long."
_SLOW = "The request did not come in time; send it faster."


class BriefConnection(H11Protocol):
    """One connection of a client. Used within one event loop."""

    head_seconds: ClassVar = 20.0
    """For the head of a request, or the first byte of the first."""
    body_seconds: ClassVar = 20.0
    """For a body, and a second more for each ``body_rate`` bytes of it that have come."""
    body_rate: ClassVar = 500
    read_seconds: ClassVar = 60.0
    """That a client may take to read some of the 64 KB that wait to be sent to it."""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], **options: Any
    ) -> None:
        super().__init__(config, server_state, app_state, **options)
        self.logger = _server_log
        self.app = self._answered_by(self.app)
        self._waiting: asyncio.TimerHandle | None = None
        self._for: object = None
        """What is waited for: a head (``"head"``), or the body of a request (its cycle)."""
        self._began = 0.0
        self._came = 0
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        super().connection_lost(exc)
        self._wait_for(None)
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take what has come, and see what is still to come."""
        self._came += len(data)
        super().data_received(data)
        self._await_next()

    def on_response_complete(self) -> None:
        """See what is to come after an answer; an unread body still is."""
        super().on_response_complete()
        self._await_next()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.read_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer to what is no request, as the API answers everything else."""
        del msg  # uvicorn's own words for it
        self._refuse(400, _BAD)

    def _answered_by(self, app: Any) -> Any:
        """``app``, told how to break an answer off."""

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            scope[BREAK_OFF] = self._break_off
            await app(scope, receive, send)

        return answer

    def _break_off(self) -> None:
        """End the answer under way and the connection, so that who asked sees that it is not whole."""
        self.cycle.disconnected = True
        self.transport.close()

    def _await_next(self) -> None:
        """Wait for what the client has yet to send, if it is its turn."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            self._wait_for(None)
        elif self.cycle is not None and self.conn.their_state is h11.SEND_BODY:
            self._wait_for(self.cycle)
        elif self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None:
            self._wait_for("head")
        else:
            self._wait_for(None)

    def _wait_for(self, what: object) -> None:
        if what is self._for:
            return
        self._for = what
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if what is not None:
            self._began, self._came = time.monotonic(), 0
            seconds = self.head_seconds if what == "head" else self.body_seconds
            self._waiting = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """End the connection, unless a body comes fast enough, or waits for the application to read on."""
        head = self._for == "head"
        more = self._began + self.body_seconds + self._came / self.body_rate - time.monotonic()
        if self.flow.read_paused:
            more = self.body_seconds
        if not head and more > 0:
            self._waiting = self.loop.call_later(more, self._look)
        elif self.conn.trailing_data[0] if head else not self.cycle.response_started:
            self._refuse(408, _SLOW)
        else:
            self.transport.close()

    def _refuse(self, status: int, detail: str) -> None:
        """Answer in place of the application, and close."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        answer = problem(status, detail)
        headers = [*answer.raw_headers, (b"Connection", b"close")]
        reason = HTTPStatus(status).phrase.encode()
        head = self.conn.send(h11.Response(status_code=status, headers=headers, reason=reason))
        self.transport.write((head or b"") + answer.body)
        self.transport.close()


class _Once(logging.Filter):
    """Lets a warning without a traceback through once in a while: clients can cause any number of them."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to tell."""
        now = time.monotonic()
        if record.exc_info or now - self._told.get(record.getMessage()[:60], -QUIET) >= QUIET:
            self._told[record.getMessage()[:60]] = now
            return True
        return False


_server_log = logging.getLogger("api.limits.connections.requests")
_server_log.setLevel(logging.WARNING)
_server_log.addFilter(_Once())
