"""Alerts as people set them: thresholds over the defaults of the rules, and whose mails they are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api import asked, ingest, pets, places, registry
from api.access.caller import Caller
from api.context import Context
from api.events import iso
from api.gas import Word
from api.journal import DEFAULT_PERSON
from api.nursery import celsius
from api.problems import Problem
from influx import alert_settings
from influx.alert_rules import HOME, NO_EVENT, RULES, TEMPERATURE, AlertRule, Side, SubjectKind, Thresholds
from influx.alert_settings import Setting, SettingError, Settings, Subject
from influx.points import Point
from influx.schema import GAS
from influx.windows import Window, WindowError

MAIL_IS_BUILT = False
"""Whether Hutch sends mails: not yet, and pages say so."""
_GAS_MEMORY = timedelta(days=14)

LARGEST = 1_000_000
"""Of any unit a threshold is in: no reading and no age comes near it."""
Number = Annotated[float, Field(allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]


class SafeTemperature(BaseModel):
    """The range of temperature that is safe; null: the default again."""

    low: Number | None = None
    high: Number | None = None
    unit: Literal["C", "F"] = "C"

    model_config = ConfigDict(extra="forbid")


class Change(BaseModel):
    """What to set of any rule, in its own unit; null: the default again. `off`: never tell of it."""

    low: Number | None = None
    high: Number | None = None
    off: bool | None = None

    model_config = ConfigDict(extra="forbid")


class AlertConfig(BaseModel):
    """What to set, for at most one subject; without one it is for the whole home."""

    pet: Word | None = None
    camera: Word | None = None
    location: Word | None = None
    sensor: Word | None = None
    node: Word | None = None
    gas: Word | None = None
    person: Word | None = None
    no_event_threshold: Annotated[
        Annotated[float, Field(strict=True, allow_inf_nan=False)]
        | Annotated[str, Field(max_length=40)]
        | None,
        Field(description="Minutes, or a length such as `2h`; null: the default again."),
    ] = None
    safe_temperature: SafeTemperature | None = Field(
        None, description="Null, or a side of it that is null: the default again."
    )
    rules: Annotated[dict[str, Change], Field(max_length=len(RULES))] = Field(
        default_factory=dict, description="Any rule by its name, as GET tells them."
    )
    mails: Annotated[dict[str, bool], Field(max_length=len(RULES))] = Field(
        default_factory=dict, description="Rules whose mails the caller wants, or does not."
    )

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"pet": "miso", "no_event_threshold": "8h"},
                {"location": "hutch", "safe_temperature": {"low": 60, "high": 75, "unit": "F"}},
            ]
        },
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A rule for one subject: where its warnings begin now, its default, and what was set, if anything."""

    rule: AlertRule
    subject: Subject
    thresholds: Thresholds
    default: Thresholds
    setting: Setting | None


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
    changes = list(_changes(config))
    if not changes and not config.mails:
        raise Problem(
            422, "There is nothing to set; give no_event_threshold, safe_temperature, rules or mails."
        )
    subject = _subject(context, config)
    made, told, found = wishes(context, who, config.mails), list[Row](), settings(context)
    for rule, change in changes:
        point = _point(context, rule, subject, change)
        found = alert_settings.changed(found, point)
        told.append(row(context, found, rule, subject))
        _check_order(told[-1])
        made.append(point)
    ingest.accept(context, made)
    return told


def wishes(context: Context, who: Caller, mails: Mapping[str, bool]) -> list[Point]:
    """The points that say which mails ``who`` wants; raises ``Problem`` 403 for a device, 422 for a word."""
    if who.kind not in ("user", "local"):
        raise Problem(403, f"{who.name} is a device, and gets no mails.")
    return [
        alert_settings.wish(_rule(name), who.name, wanted, context.now()) for name, wanted in mails.items()
    ]


def wanted(found: Settings, who: Caller) -> dict[str, bool]:
    """Which mails ``who`` gets, by rule: what they chose, else all where they may change things, or none."""
    subject = Subject(SubjectKind.USER, who.name)
    chosen = {name: found.get((name, subject)) for name in RULES}
    return {
        name: who.may_change if setting is None or setting.wanted is None else setting.wanted
        for name, setting in chosen.items()
    }


def minutes(text: str, name: str) -> float:
    """Minutes that ``text`` says: ``120``, ``2h``, ``90 min``, ``2 hours``, ``PT2H``.

    Raises ``WindowError`` naming ``name``.
    """
    plain = "".join(text.split())
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", plain):
        return float(plain)
    plain = re.sub(
        r"(?i)(?<=[0-9])(minutes?|mins?|hours?|hrs?|days?|weeks?)$", lambda m: m[1][0].lower(), plain
    )
    try:
        return asked.length(plain, name).total_seconds() / 60
    except WindowError:
        raise WindowError(
            f"{name} {text!r:.50} is no length of time; write it like 90 (minutes), 2h or 1d"
        ) from None


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


def _changes(config: AlertConfig) -> Iterator[tuple[AlertRule, Change]]:
    if "no_event_threshold" in config.model_fields_set:
        value = config.no_event_threshold
        high = minutes(value, "no_event_threshold") if isinstance(value, str) else value
        if high is not None and abs(high) > LARGEST:
            raise Problem(422, f"no_event_threshold may be {LARGEST} minutes at most.")
        yield NO_EVENT, Change(high=high)
    if "safe_temperature" in config.model_fields_set:
        yield TEMPERATURE, _in_celsius(config.safe_temperature)
    for name, change in config.rules.items():
        yield _rule(name), change


def _in_celsius(asked_for: SafeTemperature | None) -> Change:
    if asked_for is None:
        return Change(low=None, high=None)
    sides: dict[str, Any] = {
        side: getattr(asked_for, side) for side in Side if side in asked_for.model_fields_set
    }
    if asked_for.unit == "F":
        sides = {side: None if value is None else celsius(value) for side, value in sides.items()}
    return Change(**sides)


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
        raise Problem(422, f"{one.rule.name} low {low:g} must be below high {high:g} {one.rule.unit}.")


def _rule(name: str) -> AlertRule:
    if name not in RULES:
        raise Problem(422, f"There is no alert rule {name!r:.60}; there are {', '.join(RULES)}.")
    return RULES[name]


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
        return pets.pet_named(context, name).name
    if kind is SubjectKind.LOCATION:
        places.check_known(context, name)
    elif kind in (SubjectKind.CAMERA, SubjectKind.SENSOR, SubjectKind.NODE):
        known = _known(context)[kind]
        if name not in known:
            raise Problem(404, f"There is no {kind} {name!r:.60}; there are {', '.join(known) or 'none'}.")
    return name


def _known(context: Context) -> dict[SubjectKind, list[str]]:
    registered = registry.things(context)

    def names(kind: SubjectKind, configured: Iterable[str]) -> list[str]:
        others = (thing.name for thing in registered if thing.kind.value == kind.value)
        return list(dict.fromkeys((*configured, *others)))

    gases = context.store.latest(GAS.name, Window.last(_GAS_MEMORY, context.now()))
    return {
        SubjectKind.LOCATION: [location.name for location in context.locations],
        SubjectKind.PET: [pet.name for pet in pets.pets(context)],
        SubjectKind.CAMERA: names(SubjectKind.CAMERA, (camera.name for camera in context.cameras)),
        SubjectKind.SENSOR: names(SubjectKind.SENSOR, (sensor.name for sensor in context.sensors)),
        SubjectKind.NODE: names(SubjectKind.NODE, (context.node,)),
        SubjectKind.GAS: sorted({point.tags["gas"] for point in gases}),
        SubjectKind.PERSON: [DEFAULT_PERSON],
        SubjectKind.HOME: [HOME],
    }


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
