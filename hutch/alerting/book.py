"""The alarms and letters of this home in memory and in their file, changed by one thread at a time."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hutch.alerting.batches import is_due
from hutch.alerting.config import AlertsSection
from influx import alarms
from influx.alarms import Alarms, ContactState, Letter, Stage

logger = logging.getLogger(__name__)

_LOOKED_KEPT = timedelta(minutes=5)
"""An SD card is not written for each look at which nothing happened: as often it learns what was known."""
_NEVER = datetime.min.replace(tzinfo=UTC)


class Book:
    """What ``data_dir`` holds of alarms; whoever holds that folder's lock is the only one to make a book.

    What cannot be written is logged once and kept in memory: mails go out all the same.
    """

    def __init__(self, data_dir: Path, config: AlertsSection) -> None:
        self._data_dir = data_dir
        self._turn = threading.Lock()  # held while the alarms are changed and written
        self._failed = False
        self._kept = _begun(data_dir)
        self._written = self._kept.model_copy(deep=True)
        with self.changed() as kept:
            kept.by, kept.trouble = config.by, ""
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
        if _lasting(self._kept) != _lasting(self._written):
            return True
        known, written = _newest(self._kept), _newest(self._written)
        return known is not None and (written is None or abs(known - written) >= _LOOKED_KEPT)

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


def _begun(data_dir: Path) -> Alarms:
    try:
        return alarms.load(data_dir)
    except alarms.Unreadable as error:
        logger.warning("what fires is begun anew: %s", error)
        return Alarms()


def _lasting(kept: Alarms) -> Alarms:
    """``kept`` without what is another at every look."""
    same: dict[str, object] = {"value": 0.0, "known": _NEVER}
    steady = {key: alarm.model_copy(update=same) for key, alarm in kept.alarms.items()}
    return kept.model_copy(update={"looked": None, "alarms": steady})


def _newest(kept: Alarms) -> datetime | None:
    """When something was last looked at."""
    known = [alarm.known for alarm in kept.alarms.values() if alarm.stage is not Stage.RESOLVED]
    return max([*known, *([kept.looked] if kept.looked else [])], default=None)
