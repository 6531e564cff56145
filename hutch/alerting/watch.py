"""One look at everything that can be wrong: evaluate, remember, write the letters that are due."""

import logging
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api.access.ledger import ledger_of
from api.access.ledger_file import LedgerError
from collector.silence import patience_of
from hutch.alerting import letters
from hutch.alerting.book import Book
from hutch.alerting.config import ContactSection
from hutch.alerting.letters import Desk
from hutch.alerting.stages import GAP, begun, step
from hutch.config import Config
from influx.alarms import Alarm, Alarms, Stage
from influx.alert_rules import STORE, SubjectKind
from influx.alert_settings import Settings, Subject
from influx.findings import Broken, Finding, evaluate, unanswered
from influx.measured import Asked, Home
from influx.schema import PET_EVENT
from influx.store import RowQuery, Store, StoreError
from influx.windows import Window
from vision.events import CLIP_STORED

logger = logging.getLogger(__name__)

_RECENT = timedelta(days=1)


class Watch:
    """Looks at ``store`` for the home of ``config``, and keeps what it finds in ``book``."""

    def __init__(self, store: Store, config: Config, book: Book, now: Callable[[], datetime | None]) -> None:
        self._store = store
        self._config = config
        self._book = book
        self._now = now
        self._away: datetime | None = None
        self._settings: Settings = {}
        self._known_viewers: set[str] = set()
        self._ledger_failed = False
        self._broken: Broken = set()
        self._home = home_of(config)
        self._desk = desk_of(config)

    def look(self) -> None:
        """Look once. Raises what the store raises; nothing is forgotten then, and a store that is away for
        long is an alarm itself. Nobody looks while nobody knows what time it is.
        """
        now = self._now()
        if now is None:
            return
        kept = self._book.read()
        also = [
            (alarm.rule, alarm.about) for alarm in kept.alarms.values() if alarm.stage is not Stage.RESOLVED
        ]
        looking_since = begun(kept.looking_since, kept.looked, now)
        try:
            asked = Asked(self._store, self._home, now, looking_since)
            findings = evaluate(asked, also, self._broken)
            self._settings = asked.settings
        except StoreError:
            told = [alarm.since for alarm in kept.firing if alarm.rule == STORE.name]
            self._away = min([self._away or now, *told])
            is_blind = now - self._away > GAP
            self._note(
                [unanswered(self._settings, now, self._away)], now, None if is_blind else looking_since
            )
            raise
        self._away = None
        self._note(findings, now, looking_since)

    def _note(self, findings: list[Finding], now: datetime, looking_since: datetime | None) -> None:
        """Keep what was found by who sees since then; None stands for a store that is away for a while."""
        viewers = self._viewers() if self._config.alerts.contacts else set()

        def wants(contact: ContactSection, alarm: Alarm) -> bool:
            setting = self._settings.get((alarm.rule, Subject(SubjectKind.USER, contact.user)))
            chosen = None if setting is None else setting.wanted
            return contact.user not in viewers if chosen is None else chosen

        def note(kept: Alarms, clip_of: Callable[[Alarm], str | None]) -> None:
            kept.alarms = step(kept.alarms, findings, now, looking_since or now)
            kept.looked, kept.looking_since = now, looking_since
            if self._away is None:
                kept.broken = tuple(sorted({rule for rule, _ in self._broken}))
            letters.write(self._desk, kept, wants, clip_of, now)

        # Tried first on a copy: the book is not held while a store is asked for the clips of what is due.
        due: dict[Subject, str | None] = {}
        note(self._book.read(), lambda alarm: due.setdefault(alarm.about, None))
        if self._away is None:
            due = {subject: self._clip(subject, now) for subject in due}
        with self._book.changed() as kept:
            note(kept, lambda alarm: due.get(alarm.about))

    def _viewers(self) -> set[str]:
        """Users who get no mail unless they asked for it, as the Alerts page says."""
        try:
            with closing(ledger_of(self._config.data_dir)) as ledger:
                self._known_viewers = {user.name for user in ledger.users() if user.role != "owner"}
        except LedgerError as error:
            # Who was known stays known; of a start on, everybody is told rather than nobody.
            if not self._ledger_failed:
                logger.warning("who may only look cannot be read, and may be told too: %s", error)
            self._ledger_failed = True
        else:
            self._ledger_failed = False
        return self._known_viewers

    def _clip(self, subject: Subject, now: datetime) -> str | None:
        """The page of the newest clip that ``subject`` is on, of the last day."""
        kinds = (SubjectKind.PET, SubjectKind.CAMERA, SubjectKind.LOCATION)
        tags = {subject.kind.value: subject.name} if subject.kind in kinds else {}
        if not tags and subject.kind is not SubjectKind.HOME:
            return None
        query = RowQuery(
            PET_EVENT.name, Window.last(_RECENT, now), tags, {"clip_state": CLIP_STORED}, limit=1
        )
        try:
            newest = self._store.rows(query).points
        except StoreError:
            return None  # the alarm goes out without
        return f"/pages/events/{newest[0].fields['event_id']}" if newest else None


def home_of(config: Config) -> Home:
    """What the rules must know of ``config``."""
    sensors = config.collector.timed_sensors
    return Home(
        config.locations,
        {camera.name: camera.location for camera in config.vision.cameras},
        lambda thing: patience_of(thing, config.node, sensors),
        config.influx.retention,
        ZoneInfo(config.timezone),
    )


def desk_of(config: Config) -> Desk:
    """What letters are written with."""
    api = config.api
    return Desk(
        config.alerts,
        ZoneInfo(config.timezone),
        api.temperature_unit,
        config.labels,
        config.node,
        config.pages_url,
    )
