"""Sends what waits, each contact point in a thread of its own, for as long as it takes.

A letter is written down before it is sent and marked afterwards. Whoever is killed in between, or gets no
answer to a mail that was taken, sends it once more after the start: none is lost, and at worst one comes
twice, with the same Message-ID.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from tenacity import RetryCallState
from tenacity.wait import wait_random_exponential

from collector.retrying import retrying
from hutch.alerting.book import Book
from hutch.alerting.config import AlertsSection, ContactSection
from hutch.alerting.contacts import Undelivered, deliver
from hutch.alerting.letters import joined

logger = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0
"""Seconds between two tries."""
_LOOK_SECONDS = 1.0


class Outbox:
    """Sends the letters of ``book`` until ``stop``."""

    def __init__(
        self,
        book: Book,
        config: AlertsSection,
        stop: threading.Event,
        now: Callable[[], datetime],
        *,
        longest: float = _LONGEST_PAUSE,
    ) -> None:
        self._book = book
        self._config = config
        self._stop = stop
        self._now = now
        self._wait = wait_random_exponential(multiplier=_FIRST_PAUSE, max=longest, min=min(1.0, longest))
        self._threads = [
            threading.Thread(target=self._run, args=(contact,), name=f"to {contact.name}", daemon=True)
            for contact in config.contacts
        ]

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> None:
        """Wait for what is being sent; call it after ``stop`` is set."""
        for thread in self._threads:
            thread.join(seconds)

    def _run(self, contact: ContactSection) -> None:
        while not self._stop.is_set():
            try:
                trying = retrying(
                    Undelivered,
                    wait=self._wait,
                    stop=self._stop,
                    note=lambda state: self._down(contact, state),
                )
                if trying(self._send, contact):
                    continue
            except Undelivered:
                return  # told to stop; it waits in the book
            except Exception:
                logger.exception("what waits for %s could not be sent; it is tried again", contact.name)
            self._stop.wait(_LOOK_SECONDS)

    def _send(self, contact: ContactSection) -> bool:
        """Send all that waits for ``contact`` as one; whether there was anything. Raises ``Undelivered``."""
        due = self._book.due(contact.name, self._now())
        if not due:
            return False
        deliver(contact, self._config.smtp, joined(due))
        with self._book.changed() as kept:
            sent = {letter.id for letter in due}
            kept.letters = [
                letter.model_copy(update={"sent": self._now()}) if letter.id in sent else letter
                for letter in kept.letters
            ]
            state = kept.contacts.get(contact.name)
            if state is not None and state.down is not None:
                logger.info("%s can be told again", contact.name)
                kept.contacts[contact.name] = state.model_copy(update={"down": None, "reason": ""})
        return True

    def _down(self, contact: ContactSection, state: RetryCallState) -> None:
        reason = str(state.outcome.exception()) if state.outcome is not None else ""
        with self._book.changed() as kept:
            known = kept.contacts.get(contact.name)
            if known is None:
                return
            if known.down is None:
                logger.warning("%s cannot be told and is tried again: %s", contact.name, reason)
            kept.contacts[contact.name] = known.model_copy(
                update={"down": known.down or self._now(), "reason": reason}
            )
