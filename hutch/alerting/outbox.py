"""Sends what waits, each contact point in a thread of its own, for as long as it takes.

A letter is written down before it is sent and marked afterwards. Whoever is killed in between, or gets no
answer to a mail that was taken, sends it once more: none is lost, and at worst one comes twice, with the same
Message-ID. What is refused for good keeps nothing else back; it is given up in the end, and shown.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from tenacity import RetryCallState
from tenacity.wait import wait_random_exponential

from collector.retrying import retrying
from hutch.alerting.batches import joined, newest, next_batch
from hutch.alerting.book import Book
from hutch.alerting.config import AlertsSection, ContactSection
from hutch.alerting.contacts import Refused, Undelivered, deliver
from influx.alarms import Alarms, Letter

logger = logging.getLogger(__name__)

_FIRST_PAUSE, _SHORTEST_PAUSE, _LONGEST_PAUSE = 5.0, 1.0, 300.0
"""Seconds between two tries of the same."""
_LOOK_SECONDS = 1.0
_REFUSED = 20
"""A letter that was refused for good so often, alone, is given up: after half an hour or so."""


class Outbox:
    """Sends the letters of ``book`` until ``stop``."""

    def __init__(
        self,
        book: Book,
        config: AlertsSection,
        stop: threading.Event,
        now: Callable[[], datetime],
        *,
        shortest: float = _SHORTEST_PAUSE,
        longest: float = _LONGEST_PAUSE,
    ) -> None:
        self._book = book
        self._config = config
        self._stop = stop
        self._now = now
        self._mistaken: set[str] = set()
        self._wait = wait_random_exponential(multiplier=_FIRST_PAUSE, max=longest, min=min(shortest, longest))
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
                ).copy(sleep=lambda seconds: self._pause(contact, seconds))
                if trying(self._send, contact):
                    continue
            except Undelivered:
                return  # told to stop; it waits in the book
            except Exception:
                logger.exception("what waits for %s could not be sent; it is tried again", contact.name)
            self._stop.wait(_LOOK_SECONDS)

    def _pause(self, contact: ContactSection, seconds: float) -> None:
        """Wait, but not with what was never tried: it may be taken where the last one was not."""
        while seconds > 0 and not self._stop.wait(min(_LOOK_SECONDS, seconds)):
            seconds -= _LOOK_SECONDS
            if any(letter.tries == 0 for letter in self._book.due(contact.name, self._now())):
                return

    def _send(self, contact: ContactSection) -> bool:
        """Send what is next for ``contact`` as one; whether there was anything. Raises ``Undelivered``."""
        batch = self._taken(contact)
        if not batch:
            return False
        try:
            self._handed(contact, joined(batch))
        except Undelivered as error:
            self._sort(batch, error)
            raise
        with self._book.changed() as kept:
            _change(kept, batch, sent=self._now())
            state = kept.contacts.get(contact.name)
            if state is not None and state.down is not None:
                logger.info("%s can be told again", contact.name)
                kept.contacts[contact.name] = state.model_copy(update={"down": None, "reason": ""})
        return True

    def _taken(self, contact: ContactSection) -> list[Letter]:
        """The letters that are tried next, written down as those of one mail: a kill changes none of them."""
        batch = next_batch(self._book.due(contact.name, self._now()))
        if batch and not batch[0].mail:
            with self._book.changed() as kept:
                _change(kept, batch, mail=joined(batch).id)
        return batch

    def _handed(self, contact: ContactSection, letter: Letter) -> None:
        try:
            deliver(contact, self._config.smtp, letter)
        except Undelivered:
            raise
        except Exception as error:
            if contact.name not in self._mistaken:
                logger.exception("what waits for %s could not be sent; it is tried again", contact.name)
            self._mistaken.add(contact.name)
            sentence = f"{contact.name} cannot be told for a mistake of Hutch ({type(error).__name__})"
            raise Undelivered(sentence, maybe=True) from error

    def _sort(self, batch: Sequence[Letter], error: Undelivered) -> None:
        """Keep together what may have arrived, and free what did not for a mail with what is new.

        Of several that were refused for good one goes alone next, until the one is found that is to blame.
        """
        mail = joined(batch).id if error.maybe else ""
        with self._book.changed() as kept:
            for letter in batch:
                _change(kept, [letter], tries=letter.tries + 1, mail=mail)
            if not isinstance(error, Refused):
                return
            alone = newest(batch)
            refusals = alone.refusals + (len(batch) == 1)
            refused = self._now() if refusals >= _REFUSED else None
            _change(kept, [alone], mail=alone.id, refusals=refusals, refused=refused)
        if refused is not None:
            logger.warning("%s is not told of %s: %s", alone.contact, alone.subject, error)

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


def _change(kept: Alarms, letters: Sequence[Letter], **new: object) -> None:
    ids = {letter.id for letter in letters}
    kept.letters = [letter.model_copy(update=new) if letter.id in ids else letter for letter in kept.letters]
