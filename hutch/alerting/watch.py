"""One look at everything that can be wrong: evaluate, remember, write the letters that are due."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api.access.ledger import ledger_of
from collector.silence import patience_of
from hutch.alerting import letters
from hutch.alerting.book import Book
from hutch.alerting.config import ContactSection
from hutch.alerting.letters import Desk
from hutch.alerting.stages import step
from hutch.config import Config
from influx import alert_settings
from influx.alarms import Alarm, Stage
from influx.alert_rules import Side, SubjectKind
from influx.alert_settings import Settings, Subject
from influx.findings import Finding, Verdict, evaluate
from influx.measured import Home
from influx.rules import RULES
from influx.schema import PET_EVENT
from influx.store import RowQuery, Store, StoreError
from influx.windows import Window
from vision.events import CLIP_STORED

_STORE_AWAY = timedelta(minutes=15)
"""As long as the rule of waiting readings has it; what is set over it is in the store, which is away."""
_RECENT = timedelta(days=1)


class Watch:
    """Looks at ``store`` for the home of ``config``, and keeps what it finds in ``book``."""

    def __init__(self, store: Store, config: Config, book: Book, now: Callable[[], datetime | None]) -> None:
        self._store = store
        self._config = config
        self._book = book
        self._now = now
        self._away: datetime | None = None
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
        try:
            findings = evaluate(self._store, self._home, now, also)
            settings = alert_settings.settings(self._store, now)
        except StoreError:
            self._away = self._away or now
            if now - self._away > _STORE_AWAY:
                self._note([_store_is_away(self._config.node, now, self._away)], {}, now)
            raise
        self._away = None
        self._note(findings, settings, now)

    def _note(self, findings: list[Finding], settings: Settings, now: datetime) -> None:
        viewers = self._viewers() if self._config.alerts.contacts else set()

        def wants(contact: ContactSection, alarm: Alarm) -> bool:
            setting = settings.get((alarm.rule, Subject(SubjectKind.USER, contact.user)))
            chosen = None if setting is None else setting.wanted
            return contact.user not in viewers if chosen is None else chosen

        wrong = {finding.subject for finding in findings if finding.verdict is Verdict.BEYOND}
        wrong |= {alarm.about for alarm in self._book.read().firing}
        # Asked before the book is held: whoever sends must not wait for a store.
        clips = {subject: self._clip(subject, now) for subject in wrong if self._config.alerts.contacts}
        with self._book.changed() as kept:
            kept.alarms = step(kept.alarms, findings, now, kept.looked)
            kept.looked = now
            letters.write(self._desk, kept, wants, lambda alarm: clips.get(alarm.about), now)

    def _viewers(self) -> set[str]:
        """Users who get no mail unless they asked for it, as the Alerts page says."""
        with closing(ledger_of(self._config.data_dir)) as ledger:
            return {user.name for user in ledger.users() if user.role != "owner"}

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
    host = config.node if api.host in ("0.0.0.0", "::") else api.host  # noqa: S104 -- compared, not listened on
    host = f"[{host}]" if ":" in host else host
    return Desk(
        config.alerts,
        ZoneInfo(config.timezone),
        api.temperature_unit,
        {location.name: location.label for location in config.locations if location.label},
        config.node,
        api.public_url or f"http://{host}:{api.port}",
    )


def _store_is_away(node: str, now: datetime, since: datetime) -> Finding:
    rule = RULES["spool"]
    limit = _STORE_AWAY.total_seconds() / rule.per
    return Finding(
        rule.alert.name,
        Subject(SubjectKind.NODE, node),
        Verdict.BEYOND,
        rule.severity,
        rule.alert.unit,
        (now - since).total_seconds() / rule.per,
        limit,
        Side.HIGH,
        since,
    )
