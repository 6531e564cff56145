"""What fires now, since when, and what was sent of it to whom: ``alerts.json`` in the data folder.

One process writes it, whole, each time before and after something is done; pages read it. What is in it
is what a restart knows.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from influx.alert_rules import Side, SubjectKind
from influx.alert_settings import Subject
from influx.disk import write_whole
from influx.findings import Finding
from influx.rule import Severity
from influx.rules import RULES

FILE = "alerts.json"


class Stage(StrEnum):
    """How far an alarm has come."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class _Kept(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Alarm(_Kept):
    """One rule that was found beyond its threshold for one subject.

    ``value`` is the newest and ``threshold`` the one it was beyond, in ``unit``. ``since`` is when what is
    wrong began, ``began`` when it was first looked at, ``fired`` and ``resolved`` when that came about, and
    ``known`` when something was last known of it; ``inside`` is since when it looks over while it fires.
    It is ``unwatched`` where nobody is told any more, and ``unheard`` too where that is because nobody knows.
    ``told`` says which contact points know that it fires, and when each was last sent word.
    """

    rule: str
    kind: SubjectKind
    subject: str
    severity: Severity
    unit: str
    stage: Stage
    side: Side
    value: float
    threshold: float
    how: str = ""
    since: datetime
    began: datetime
    known: datetime
    fired: datetime | None = None
    inside: datetime | None = None
    resolved: datetime | None = None
    unwatched: bool = False
    unheard: bool = False
    told: dict[str, datetime] = {}

    @property
    def about(self) -> Subject:
        """Whom it is about."""
        return Subject(self.kind, self.subject)

    @property
    def key(self) -> str:
        """Names it among all others."""
        return f"{self.rule}/{self.kind}/{self.subject}"


def key_of(finding: Finding) -> str:
    """The key of the alarm that ``finding`` is about."""
    return f"{finding.rule}/{finding.subject.kind}/{finding.subject.name}"


class Letter(_Kept):
    """Something to be sent to one contact point, not before a moment, or that was sent.

    The ``id`` becomes the Message-ID of a mail and is the same at every try. ``alarms`` are what it speaks
    of, and ``fires`` those of them that are not well. ``mail`` names the one that it was handed over in,
    alone or with others, where nobody knows whether that was taken. ``refusals`` counts how often it was
    refused for good, alone, and ``refused`` is when it was given up.
    """

    id: str
    contact: str
    made: datetime
    not_before: datetime
    what: Literal["fires", "over", "unknown", "reminder", "test", "contact"]
    severity: Severity
    subject: str
    text: str
    alarms: tuple[str, ...] = ()
    fires: tuple[str, ...] = ()
    mail: str = ""
    tries: int = 0
    refusals: int = 0
    refused: datetime | None = None
    sent: datetime | None = None

    @property
    def is_urgent(self) -> bool:
        """Whether it tells of something critical that is not over."""
        return self.severity is Severity.CRITICAL and self.what != "over"


def letter_id(seed: str) -> str:
    """An id for a letter, the same for the same ``seed``."""
    return hashlib.sha256(seed.encode()).hexdigest()[:24]


class ContactState(_Kept):
    """A contact point as pages show it: where it sends, since when it cannot, and why."""

    kind: str
    address: str
    down: datetime | None = None
    reason: str = ""


class Alarms(_Kept):
    """All of the file. ``looked`` is when somebody last looked, to a few minutes, and
    ``looking_since`` since when somebody looks and sees without a longer gap. ``trouble`` is why nobody
    looks, and ``broken`` are rules that cannot be asked.
    """

    by: str = "hutch"
    looked: datetime | None = None
    looking_since: datetime | None = None
    trouble: str = ""
    broken: tuple[str, ...] = ()
    alarms: dict[str, Alarm] = {}
    letters: list[Letter] = []
    contacts: dict[str, ContactState] = {}

    @property
    def firing(self) -> list[Alarm]:
        """What fires now, critical first, the longest first."""
        now = [alarm for alarm in self.alarms.values() if alarm.stage is Stage.FIRING]
        return sorted(now, key=lambda alarm: (alarm.severity is not Severity.CRITICAL, alarm.since))

    @property
    def waiting(self) -> list[Letter]:
        """What is still to be sent, oldest first."""
        return [letter for letter in self.letters if letter.sent is None and letter.refused is None]


class Unreadable(Exception):
    """What is in the place of the file tells nothing, in one sentence."""


def read(data_dir: Path) -> Alarms:
    """What is known, for who only shows it: where the file tells nothing, that alone, as its ``trouble``."""
    try:
        return load(data_dir)
    except Unreadable:
        return Alarms(trouble=f"{FILE} cannot be read")


def load(data_dir: Path) -> Alarms:
    """What is known; nothing where there is no file. Raises ``Unreadable``."""
    path = data_dir / FILE
    try:
        kept = Alarms.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Alarms()
    except (OSError, ValidationError, ValueError) as error:
        raise Unreadable(f"{path} tells nothing: {str(error).splitlines()[0]}") from None
    # Of a rule that there is no longer, nobody has words.
    kept.alarms = {key: alarm for key, alarm in kept.alarms.items() if alarm.rule in RULES}
    return kept


def write(data_dir: Path, alarms: Alarms) -> None:
    """Keep ``alarms`` durably: a power cut leaves all of it or what was there. Raises ``OSError``."""
    write_whole(data_dir / FILE, f"{alarms.model_dump_json(indent=1)}\n".encode())
