"""What is to be told to whom, in plain words: one letter a contact point, look and severity; pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from hutch.alerting.config import AlertsSection, ContactSection
from influx import rule_words
from influx.alarms import Alarm, Alarms, Letter, Stage, letter_id
from influx.alert_rules import Side, SubjectKind
from influx.rule import Severity

Wants = Callable[[ContactSection, Alarm], bool]
"""Whether a contact point is to be told of an alarm."""
_BEFORE, _AFTER = timedelta(hours=3), timedelta(minutes=10)
"""What the window of a link shows beside the alarm."""
_What = Literal["fires", "reminder", "unknown", "over"]
_OLD = timedelta(minutes=5)
"""A value that is older is told with its age."""
_KEPT = 100
"""Letters that were sent or refused and are still shown."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What letters are written with: the home's words, unit and zone, and how links begin."""

    config: AlertsSection
    zone: ZoneInfo
    unit: str
    labels: Mapping[str, str]
    node: str
    url: str


def write(
    desk: Desk, kept: Alarms, wants: Wants, clip_of: Callable[[Alarm], str | None], now: datetime
) -> None:
    """Put into ``kept`` the letters that are due at ``now``, and note in its alarms who is told.

    Who is told that something fires is told that it is over too. What is told again waits while
    something else still waits for the same contact point.
    """
    for contact in desk.config.contacts:
        waits = any(letter.contact == contact.name and letter.not_before <= now for letter in kept.waiting)
        fires = [
            alarm
            for alarm in kept.firing
            if contact.name not in alarm.told and _reaches(contact, alarm, wants)
        ]
        over = [
            alarm
            for alarm in kept.alarms.values()
            if alarm.stage is Stage.RESOLVED and contact.name in alarm.told
        ]
        again = [] if waits else [alarm for alarm in kept.firing if _is_due(desk, contact, alarm, now)]
        for severities in _together(desk, now):
            chosen = [
                [alarm for alarm in alarms if alarm.severity in severities] for alarms in (fires, over, again)
            ]
            _letter(desk, kept, contact, chosen, clip_of, now)
        _note(kept, contact.name, [*fires, *again], over, now)
    done = [letter for letter in kept.letters if letter.sent is not None or letter.refused is not None]
    known = {contact.name for contact in desk.config.contacts}
    for key, alarm in kept.alarms.items():
        if alarm.told.keys() - known:
            told = {name: moment for name, moment in alarm.told.items() if name in known}
            kept.alarms[key] = alarm.model_copy(update={"told": told})
    kept.letters = done[-_KEPT:] + [letter for letter in kept.waiting if letter.contact in known]


def _letter(
    desk: Desk,
    kept: Alarms,
    contact: ContactSection,
    chosen: Sequence[Sequence[Alarm]],
    clip_of: Callable[[Alarm], str | None],
    now: datetime,
) -> None:
    fires, over, again = chosen
    unknown = [alarm for alarm in over if alarm.unheard]
    wrong = [*fires, *again, *unknown]
    # What is still wrong leads, whatever else is over.
    alarms = sorted(
        [*wrong, *(alarm for alarm in over if not alarm.unheard)],
        key=lambda alarm: (_is_well(alarm), alarm.stage is Stage.RESOLVED, not _is_critical(alarm)),
    )
    if not alarms:
        return
    critical = any(_is_critical(alarm) for alarm in wrong or alarms)
    severity = Severity.CRITICAL if critical else Severity.WARNING
    rest: Literal["unknown", "over"] = "unknown" if unknown else "over"
    what: _What = "fires" if fires else "reminder" if again else rest
    parts = [*(_paragraph(desk, alarm, clip_of(alarm), now) for alarm in alarms), _foot(desk)]
    seed = f"{contact.name} {now.isoformat()} {severity} {[alarm.key for alarm in alarms]}"
    kept.letters.append(
        Letter(
            id=letter_id(seed),
            contact=contact.name,
            made=now,
            not_before=not_before(desk, severity, now),
            what=what,
            severity=severity,
            subject=_subject(desk, alarms, what, now),
            text="\n\n".join(parts) + "\n",
            alarms=tuple(alarm.key for alarm in alarms),
            fires=tuple(alarm.key for alarm in wrong),
        )
    )


def _together(desk: Desk, now: datetime) -> list[set[Severity]]:
    """Which severities are one letter: all, but where warnings wait."""
    waits = not_before(desk, Severity.WARNING, now) != now
    return [{Severity.CRITICAL}, {Severity.WARNING}] if waits else [set(Severity)]


def not_before(desk: Desk, severity: Severity, now: datetime) -> datetime:
    """When a letter of that severity may be sent: at once, or when the quiet hours are over."""
    quiet = desk.config.quiet
    if severity is Severity.CRITICAL or quiet is None:
        return now
    start, stop = quiet
    local = now.astimezone(desk.zone)
    clock = local.time().replace(tzinfo=None)
    within = start <= clock < stop if start < stop else clock >= start or clock < stop
    if not within:
        return now
    day = local.date() if clock < stop else local.date() + timedelta(days=1)
    return datetime.combine(day, stop, tzinfo=desk.zone).astimezone(UTC)


def _reaches(contact: ContactSection, alarm: Alarm, wants: Wants) -> bool:
    enough = contact.least == "warning" or alarm.severity is Severity.CRITICAL
    return enough and wants(contact, alarm)


def _is_due(desk: Desk, contact: ContactSection, alarm: Alarm, now: datetime) -> bool:
    every = desk.config.reminder_critical if _is_critical(alarm) else desk.config.reminder_warning
    told = alarm.told.get(contact.name)
    if every is None or told is None or now - told < every:
        return False
    return not_before(desk, alarm.severity, now) == now


def _note(kept: Alarms, contact: str, told: Sequence[Alarm], over: Sequence[Alarm], now: datetime) -> None:
    for alarm in told:
        kept.alarms[alarm.key] = alarm.model_copy(update={"told": {**alarm.told, contact: now}})
    for alarm in over:
        left = {name: moment for name, moment in alarm.told.items() if name != contact}
        kept.alarms[alarm.key] = alarm.model_copy(update={"told": left})


def _subject(desk: Desk, alarms: Sequence[Alarm], what: _What, now: datetime) -> str:
    first = rule_words.headline(alarms[0], desk.unit, desk.labels)
    old = f" (last measured at {_moment(desk, alarms[0].known, now)})" if _is_old(alarms[0], now) else ""
    more = f" (and {len(alarms) - 1} more)" if len(alarms) > 1 else ""
    return f"{'Still: ' if what == 'reminder' else ''}{first}{old}{more}"


def _paragraph(desk: Desk, alarm: Alarm, clip: str | None, now: datetime) -> str:
    lines = [rule_words.headline(alarm, desk.unit, desk.labels)]
    if advice := rule_words.advice(alarm):
        lines.append(advice)
    if alarm.unheard:
        value = rule_words.told(alarm, desk.unit)
        lines.append(f"Last known: {value}, {_moment(desk, alarm.known, now)}.")
    elif alarm.stage is Stage.RESOLVED and alarm.resolved is not None:
        lasted = rule_words.length((alarm.resolved - alarm.since).total_seconds())
        start, stop = _moment(desk, alarm.since, now), _moment(desk, alarm.resolved, now)
        lines.append(f"It lasted {lasted}, from {start} to {stop}.")
    else:
        lasted = rule_words.length((now - alarm.since).total_seconds())
        lines.append(f"Since {_moment(desk, alarm.since, now)} ({lasted}).")
    if _is_old(alarm, now):
        last = _moment(desk, alarm.known, now)
        lines.append(f"Nothing was measured since {last}; this is the last value.")
    limit = rule_words.limit(alarm, desk.unit)
    if limit and not (_is_well(alarm) and _is_beyond(alarm)):
        lines.append(f"{limit}.")
    lines.append(f"See: {desk.url}{window_link(desk, alarm, now)}")
    if clip is not None:
        lines.append(f"Newest clip: {desk.url}{clip}")
    return "\n".join(lines)


def _is_critical(alarm: Alarm) -> bool:
    return alarm.severity is Severity.CRITICAL


def _is_well(alarm: Alarm) -> bool:
    return alarm.stage is Stage.RESOLVED and not alarm.unheard


def _is_old(alarm: Alarm, now: datetime) -> bool:
    return alarm.stage is Stage.FIRING and now - alarm.known > _OLD


def _is_beyond(alarm: Alarm) -> bool:
    """Whether the limit is one that was moved away: it says nothing of a value that is well."""
    apart = alarm.value - alarm.threshold
    return apart > 0 if alarm.side is Side.HIGH else apart < 0


def window_link(desk: Desk, alarm: Alarm, now: datetime) -> str:
    """The page that shows what the alarm is about, over the time that it is about."""
    if alarm.rule in ("no_event", "unusual_activity", "abnormal", "vocalizing"):
        kind = alarm.kind.value
        asked = {kind: alarm.subject} if alarm.kind in (SubjectKind.PET, SubjectKind.CAMERA) else {}
        return f"/pages/events?{urlencode(asked)}" if asked else "/pages/events"
    if alarm.rule == "no_feed":
        return "/pages/journal"
    if alarm.rule == "gas":
        return "/pages/gas"
    if alarm.kind is not SubjectKind.LOCATION:
        return "/pages/health"
    start, stop = alarm.since - _BEFORE, min(now, alarm.resolved or now) + _AFTER
    local = {
        name: f"{moment.astimezone(desk.zone):%Y-%m-%dT%H:%M}"
        for name, moment in (("from", start), ("to", stop))
    }
    return f"/?{urlencode(local)}"


def _foot(desk: Desk) -> str:
    return f"This is Hutch on {desk.node}. What you are told of is chosen at {desk.url}/pages/alerts"


def _moment(desk: Desk, moment: datetime, now: datetime) -> str:
    local, today = moment.astimezone(desk.zone), now.astimezone(desk.zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%a} {local.day} {local:%b %H:%M}"
