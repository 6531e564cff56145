"""A mail server that keeps what it is handed: aiosmtpd, on a loopback port of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.daemon import HOST, free_ports


class Sink:
    """Takes every mail; ``answer`` is what it says to each, and it says nothing while ``hold`` is not set."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 kept"
        self.came = threading.Event()
        self.hold = threading.Event()
        self.hold.set()
        self.port = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """What aiosmtpd calls for each mail."""
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        if self.answer.startswith("250"):
            self.mails.append(message)
        self.came.set()
        while not self.hold.is_set():
            await asyncio.sleep(0.01)
        return self.answer

    @property
    def subjects(self) -> list[str]:
        """Of the mails that were taken."""
        return [str(mail["Subject"]) for mail in self.mails]

    def text(self, number: int = -1) -> str:
        """What one mail says."""
        content: str = self.mails[number].get_content()
        return content.replace("\r\n", "\n")


@contextmanager
def mail_server(sink: Sink | None = None, **more: Any) -> Iterator[Sink]:
    """``sink``, serving; on the port that it had before, if it had one. ``more`` is aiosmtpd's."""
    sink = sink or Sink()
    sink.port = sink.port or free_ports(1)[0]
    controller = Controller(sink, hostname=HOST, port=sink.port, **more)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
