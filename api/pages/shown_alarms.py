"""What fires, what was told of it to whom, and how the contact points are, as people read it; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api.pages import words
from api.pages.shown_health import BAD, WELL, ShownPart
from influx import rule_words
from influx.alarms import Alarm, Alarms, ContactState, Letter
from influx.alert_rules import RULES
from influx.rule import Severity

NEWEST = 10
"""Messages that are shown."""
_BLIND = timedelta(minutes=15)
"""Who did not look for so long does not look any more: that somebody looks is written down each 5 minutes."""


@dataclass(frozen=True, slots=True)
class ShownAlarm:
    """Something that fires: what, since when and for how long, its limit and what to do, and who knows."""

    headline: str
    critical: bool
    since: str
    limit: str
    told: str


@dataclass(frozen=True, slots=True)
class ShownLetter:
    """A message that was sent, or that was not and why."""

    subject: str
    to: str
    when: str
    waits: str


@dataclass(frozen=True, slots=True)
class ShownContact:
    """A contact point; ``trouble`` is empty where it can be told."""

    name: str
    kind: str
    address: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a reader sees it: unit, zone, words for locations, the time; may they see addresses?"""

    unit: str
    zone: ZoneInfo
    labels: Mapping[str, str]
    now: datetime
    may_manage: bool = False


def firing(kept: Alarms, reading: Reading) -> list[ShownAlarm]:
    """What fires now, critical first."""
    return [_alarm(alarm, reading) for alarm in kept.firing]


def banner(kept: Alarms, reading: Reading) -> list[str]:
    """What fires now in a line each, without silence, which has its own; first that nobody looks."""
    blind = nobody_looks(kept, reading)
    return [*([blind] if blind else []), *_banner(kept, reading)]


def nobody_looks(kept: Alarms, reading: Reading) -> str:
    """Since when, or why; empty where somebody does, and where nobody ever did."""
    if kept.by != "hutch":
        return ""
    if kept.trouble:
        return f"Nobody looks: {kept.trouble}"
    if kept.looked is not None and reading.now - kept.looked > _BLIND:
        return f"Nobody looks {_since(kept.looked, reading)}"
    if titles := [f"“{RULES[rule].title}”" for rule in kept.broken if rule in RULES]:
        return f"Nobody looks for {', '.join(titles)}: a mistake of Hutch, which is in the log of hutch run"
    return ""


def _banner(kept: Alarms, reading: Reading) -> list[str]:
    return [
        f"{rule_words.headline(alarm, reading.unit, reading.labels)} "
        f"({_since(alarm.since, reading)}{_age(alarm, reading)})"
        for alarm in kept.firing
        if alarm.rule != "silence"
    ]


def letters(kept: Alarms, reading: Reading) -> list[ShownLetter]:
    """The newest messages, those that wait first."""
    done = [letter for letter in kept.letters if letter not in kept.waiting]
    newest = sorted(done, key=lambda letter: letter.sent or letter.refused or letter.made, reverse=True)
    return [_letter(kept, letter, reading) for letter in [*reversed(kept.waiting), *newest][:NEWEST]]


def contacts(kept: Alarms, reading: Reading) -> list[ShownContact]:
    """Every contact point."""
    return [
        ShownContact(
            name,
            {"email": "mail", "ntfy": "push message", "webhook": "webhook"}.get(state.kind, state.kind),
            state.address if reading.may_manage else "",
            _trouble(state, reading),
        )
        for name, state in kept.contacts.items()
    ]


def parts(kept: Alarms, reading: Reading) -> list[ShownPart]:
    """How telling of alarms is doing, for the Health page; nothing where nobody ever looked."""
    if blind := nobody_looks(kept, reading):
        advice = "`hutch run` looks as long as it runs; its log says why it does not."
        return [ShownPart("Alarms", BAD, f"{blind}.", advice)]
    if kept.looked is None or kept.by != "hutch":
        return []
    down = {name: state for name, state in kept.contacts.items() if state.down is not None}
    if not down:
        told = f"{len(kept.contacts)} told" if kept.contacts else "nobody is told"
        return [ShownPart("Alarms", WELL, f"{len(kept.firing)} now, {told}.")]
    advice = "Messages wait and are sent when it works again; `hutch alerts test` tries at once."
    return [
        ShownPart(f"Telling {name}", BAD, f"{_trouble(state, reading)}.", advice)
        for name, state in down.items()
    ]


def _alarm(alarm: Alarm, reading: Reading) -> ShownAlarm:
    lasts = words.since(reading.now - alarm.since)
    said = (rule_words.limit(alarm, reading.unit), rule_words.advice(alarm).removesuffix("."))
    told = [f"{name} at {_moment(moment, reading)}" for name, moment in alarm.told.items()]
    return ShownAlarm(
        rule_words.headline(alarm, reading.unit, reading.labels),
        alarm.severity is Severity.CRITICAL,
        f"Since {_moment(alarm.since, reading)}, {lasts}{_age(alarm, reading)}",
        ". ".join(filter(None, said)),
        f"Message to {', '.join(told)}" if told else "Nobody was told",
    )


def _age(alarm: Alarm, reading: Reading) -> str:
    is_old = reading.now - alarm.known > _BLIND  # it is written down as seldom as that somebody looks
    return f", last measured at {_moment(alarm.known, reading)}" if is_old else ""


def _letter(kept: Alarms, letter: Letter, reading: Reading) -> ShownLetter:
    if letter.sent is not None:
        return ShownLetter(letter.subject, letter.contact, _moment(letter.sent, reading), "")
    state = kept.contacts.get(letter.contact)
    if letter.refused is not None:
        waits = "was refused and is not sent any more"
    elif letter.not_before > reading.now:
        waits = f"waits until {_moment(letter.not_before, reading)}"
    else:
        waits = "waits: not delivered yet" if state is not None and state.down else "is being sent"
    return ShownLetter(letter.subject, letter.contact, _moment(letter.made, reading), waits)


def _trouble(state: ContactState, reading: Reading) -> str:
    if state.down is None:
        return ""
    reason = f": {state.reason}" if reading.may_manage else ""
    return f"Cannot be told {_since(state.down, reading)}{reason}"


def _since(moment: datetime, reading: Reading) -> str:
    return f"since {_moment(moment, reading)}"


def _moment(moment: datetime, reading: Reading) -> str:
    clock = words.clock(moment, reading.zone)
    day = words.day(moment, reading.zone, reading.now)
    return clock if day == "Today" else f"{day} {clock}"
