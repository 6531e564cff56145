"""Alerts as people set them: thresholds over the defaults of the rules, and whose mails they are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from api import registry
from api.access.caller import Caller
from api.alerts.change import AlertConfig, Change, changes, rule_named
from api.climate import locations
from api.context import Context
from api.ingest import intake
from api.journal.entries import DEFAULT_PERSON
from api.pets import catalogue
from api.problems import Problem
from influx import alarms, alert_settings
from influx.alert_rules import HOME, RULES, TEMPERATURE, AlertRule, Side, SubjectKind, Thresholds
from influx.alert_settings import Setting, SettingError, Settings, Subject
from influx.points import Point
from influx.registry import Thing
from influx.rfc3339 import iso
from influx.schema import GAS
from influx.windows import Window

_GAS_MEMORY = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Row:
    """A rule for one subject: where its warnings begin now, its default, and what was set, if anything."""

    rule: AlertRule
    subject: Subject
    thresholds: Thresholds
    default: Thresholds
    setting: Setting | None


class WrongOrder(Problem):
    """The thresholds of ``row`` leave nothing between them."""

    def __init__(self, row: Row) -> None:
        low, high = row.thresholds.low, row.thresholds.high
        super().__init__(422, f"{row.rule.name} low {low:g} must be below high {high:g} {row.rule.unit}.")
        self.row = row


def sends(context: Context) -> bool:
    """Whether anybody is told of alarms: a contact point is configured where Hutch runs."""
    return bool(alarms.read(context.data_dir).contacts)


def settings(context: Context) -> Settings:
    """Everything that was set; raises what the store raises."""
    return alert_settings.settings(context.store, context.now())


def rows(context: Context, found: Settings) -> list[Row]:
    """Every rule that has thresholds for everything it can be about; raises what the store raises."""
    known = _known(context)
    return [
        row(context, found, rule, subject)
        for rule in RULES.values()
        for subject in dict.fromkeys((*_subjects(rule, known), *_set(rule, found)))
    ]


def row(context: Context, found: Settings, rule: AlertRule, subject: Subject) -> Row:
    """How ``rule`` stands for ``subject``."""
    default = _default(context, rule, subject)
    thresholds = alert_settings.effective(found, rule, subject, default)
    return Row(rule, subject, thresholds, default, found.get((rule.name, subject)))


def configure(context: Context, who: Caller, config: AlertConfig) -> list[Row]:
    """Set what ``config`` says, durably, and tell how what it named stands now.

    Raises ``Problem`` 404 for a subject there is not, 422 for what cannot be set, 403 where a device
    chooses mails, ``WindowError``, and what the store raises.
    """
    asked_for = list(changes(config))
    if not asked_for and not config.mails:
        raise Problem(
            422, "There is nothing to set; give no_event_threshold, safe_temperature, rules or mails."
        )
    subject = _subject(context, config)
    made, told, found = wishes(context, who, config.mails), list[Row](), settings(context)
    for rule, change in asked_for:
        point = _point(context, rule, subject, change)
        found = alert_settings.changed(found, point)
        told.append(row(context, found, rule, subject))
        _check_order(told[-1])
        made.append(point)
    intake.accept(context, made)
    return told


def wishes(context: Context, who: Caller, mails: Mapping[str, bool]) -> list[Point]:
    """The points that say which mails ``who`` wants; raises ``Problem`` 403 for a device, 422 for a word."""
    if who.kind not in ("user", "local"):
        raise Problem(403, f"{who.name} is a device, and gets no mails.")
    return [
        alert_settings.wish(rule_named(name), who.name, wanted, context.now())
        for name, wanted in mails.items()
    ]


def wanted(found: Settings, who: Caller) -> dict[str, bool]:
    """Which mails ``who`` gets, by rule: what they chose, else all where they may change things, or none."""
    subject = Subject(SubjectKind.USER, who.name)
    chosen = {name: found.get((name, subject)) for name in RULES}
    return {
        name: who.may_change if setting is None or setting.wanted is None else setting.wanted
        for name, setting in chosen.items()
    }


def in_words(one: Row) -> str:
    """``Nothing seen, pet miso: above 120 min.``"""
    ends = [f"{word} {value:g} {one.rule.unit}".rstrip() for word, value in _ends(one.thresholds)]
    off = one.setting is not None and one.setting.off
    words = "off" if off else " and ".join(ends) or "no threshold"
    kind, name = one.subject.kind, one.subject.name
    whose = "the whole home" if kind is SubjectKind.HOME else f"{kind} {name}"
    return f"{one.rule.title}, {whose}: {words}."


def as_json(one: Row) -> dict[str, Any]:
    """A row as the API gives it."""
    own = one.setting
    return {
        "rule": one.rule.name,
        "subject_kind": one.subject.kind,
        "subject": one.subject.name,
        "unit": one.rule.unit,
        **{side: getattr(one.thresholds, side) for side in one.rule.sides},
        "default": {side: getattr(one.default, side) for side in one.rule.sides},
        "off": own is not None and own.off,
        "set_at": None if own is None else iso(own.time),
    }


def _point(context: Context, rule: AlertRule, subject: Subject, change: Change) -> Point:
    sides = {side: getattr(change, side) for side in Side if side in change.model_fields_set}
    if not sides and change.off is None:
        raise Problem(422, f"There is nothing to set of {rule.name}; give {', '.join((*rule.sides, 'off'))}.")
    try:
        return alert_settings.change(rule, subject, sides, context.now(), change.off)
    except SettingError as error:
        raise Problem(422, f"{error}") from None


def _check_order(one: Row) -> None:
    low, high = one.thresholds.low, one.thresholds.high
    if low is not None and high is not None and low >= high:
        raise WrongOrder(one)


def _subject(context: Context, config: AlertConfig) -> Subject:
    given = [(kind, getattr(config, kind)) for kind in SubjectKind if getattr(config, kind, None) is not None]
    if len(given) > 1:
        raise Problem(422, f"Give one of {' and '.join(kind for kind, _ in given)}, and the other by itself.")
    if not given:
        return Subject(SubjectKind.HOME, HOME)
    kind, name = given[0]
    return Subject(kind, _known_name(context, kind, name))


def _known_name(context: Context, kind: SubjectKind, name: str) -> str:
    """The name as Hutch writes it; raises ``Problem`` 404 where nothing is called so."""
    if kind is SubjectKind.PET:
        return catalogue.pet_named(context, name).name
    if kind is SubjectKind.LOCATION:
        locations.check_known(context, name)
    elif kind in (SubjectKind.CAMERA, SubjectKind.SENSOR, SubjectKind.NODE):
        known = _names(context, kind, registry.things(context))
        if name not in known:
            raise Problem(404, f"There is no {kind} {name!r:.60}; there are {', '.join(known) or 'none'}.")
    return name


def _known(context: Context) -> dict[SubjectKind, list[str]]:
    registered = registry.things(context)
    return {kind: _names(context, kind, registered) for kind in SubjectKind if kind is not SubjectKind.USER}


def _names(context: Context, kind: SubjectKind, registered: Iterable[Thing]) -> list[str]:
    """What there is of ``kind``, for whom nothing need be set yet."""
    configured: Iterable[str]
    match kind:
        case SubjectKind.PET:
            return [pet.name for pet in catalogue.pets(context)]
        case SubjectKind.GAS:
            newest = context.store.latest(GAS.name, Window.last(_GAS_MEMORY, context.now()))
            return sorted({point.tags["gas"] for point in newest})
        case SubjectKind.LOCATION:
            return [location.name for location in context.locations]
        case SubjectKind.CAMERA:
            configured = (camera.name for camera in context.cameras)
        case SubjectKind.SENSOR:
            configured = (sensor.name for sensor in context.sensors)
        case SubjectKind.NODE:
            configured = (context.node,)
        case _:
            return [DEFAULT_PERSON] if kind is SubjectKind.PERSON else [HOME]
    others = (thing.name for thing in registered if thing.kind.value == kind.value)
    return list(dict.fromkeys((*configured, *others)))


def _subjects(rule: AlertRule, known: Mapping[SubjectKind, list[str]]) -> Iterator[Subject]:
    for kind in rule.kinds:
        yield from (Subject(kind, name) for name in known[kind])


def _set(rule: AlertRule, found: Settings) -> Iterator[Subject]:
    yield from (subject for name, subject in found if name == rule.name and subject.kind in rule.kinds)


def _default(context: Context, rule: AlertRule, subject: Subject) -> Thresholds:
    """The rule's own default; for the temperature of a location what the configuration says."""
    if rule is TEMPERATURE and subject.kind is SubjectKind.LOCATION:
        for location in context.locations:
            if location.name == subject.name:
                return Thresholds(location.temperature_low, location.temperature_high)
    return rule.default(subject.kind, subject.name)


def _ends(thresholds: Thresholds) -> Iterator[tuple[str, float]]:
    if thresholds.low is not None:
        yield "below", thresholds.low
    if thresholds.high is not None:
        yield "above", thresholds.high
