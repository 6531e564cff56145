"""The alarms and letters of this home in memory and in their file, changed by one thread at a time."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from hutch.alerting.batches import is_due
from hutch.alerting.config import AlertsSection
from influx import alarms
from influx.alarms import Alarms, ContactState, Letter

logger = logging.getLogger(__name__)

_LOOKED_KEPT = timedelta(minutes=5)
"""An SD card is not written for a look at which nothing happened."""


class Book:
    """What ``data_dir`` holds of alarms; whoever holds that folder's lock is the only one to make a book.

    What cannot be written is logged once and kept in memory: mails go out all the same.
    """

    def __init__(self, data_dir: Path, config: AlertsSection) -> None:
        self._data_dir = data_dir
        self._turn = threading.Lock()  # held while the alarms are changed and written
        self._failed = False
        self._kept = alarms.read(data_dir)
        self._written = self._kept.model_copy(deep=True)
        with self.changed() as kept:
            kept.by = config.by
            if config.by != "hutch":
                kept.alarms, kept.letters = {}, []
            before = kept.contacts
            kept.contacts = {}
            for contact in config.contacts:
                known = before.get(contact.name, ContactState(kind=contact.kind, address=""))
                kept.contacts[contact.name] = known.model_copy(
                    update={"kind": contact.kind, "address": contact.shown}
                )

    def due(self, contact: str, now: datetime) -> list[Letter]:
        """What may be sent to ``contact`` at ``now``, oldest first."""
        with self._turn:
            return [
                letter for letter in self._kept.waiting if letter.contact == contact and is_due(letter, now)
            ]

    def read(self) -> Alarms:
        """The alarms as they are."""
        with self._turn:
            return self._kept.model_copy(deep=True)

    @contextmanager
    def changed(self) -> Iterator[Alarms]:
        """The alarms to be changed; they are on the disk afterwards. Where the block raises, nothing is."""
        with self._turn:
            draft = self._kept.model_copy(deep=True)
            yield draft
            self._kept = draft
            if self._is_worth_writing():
                self._write()

    def _is_worth_writing(self) -> bool:
        looked, written = self._kept.looked, self._written.looked
        if self._kept.model_copy(update={"looked": written}) != self._written:
            return True
        return looked != written and _is_old(written, looked)

    def _write(self) -> None:
        try:
            alarms.write(self._data_dir, self._kept)
        except OSError as error:
            if not self._failed:
                logger.warning("what fires cannot be written down and would not outlast a restart: %s", error)
            self._failed = True
            return
        if self._failed:
            logger.info("what fires can be written down again")
        self._failed = False
        self._written = self._kept.model_copy(deep=True)


def _is_old(written: datetime | None, looked: datetime | None) -> bool:
    return written is None or looked is None or abs(looked - written) >= _LOOKED_KEPT
