"""What an alert says, in plain words and in the reader's unit; pure, and without a clock."""

from collections.abc import Mapping
from types import MappingProxyType

from influx.alarms import Alarm, Stage
from influx.alert_rules import HOME, SubjectKind
from influx.degrees import apart, in_unit
from influx.plain_words import label, of_somebody
from influx.plain_words import number as in_words
from influx.rule import Reduce
from influx.rules import RULES
from influx.schema import UNKNOWN_PET

_KINDS: Mapping[SubjectKind, str] = MappingProxyType(
    {SubjectKind.CAMERA: "Camera ", SubjectKind.SENSOR: "Sensor ", SubjectKind.NODE: "Machine "}
)
ADVICE: Mapping[str, str] = MappingProxyType({"gas": "Leave and air the room; this is no certified alarm."})
"""What to do at once, by the rule."""
_LENGTHS = {"min": 60.0, "h": 3600.0, "s": 1.0}


def headline(alarm: Alarm, unit: str, labels: Mapping[str, str]) -> str:
    """What is wrong, or that it is over, with the value: ``The hutch is too warm: 27.4 °C``.

    ``labels`` are what people call locations.
    """
    words = RULES[alarm.rule].words
    who = name(alarm.kind, alarm.subject, labels)
    if alarm.stage is Stage.RESOLVED and alarm.unheard:
        title = RULES[alarm.rule].alert.title
        return f"{who}: nothing was heard of “{title}” for a day; nobody knows how it is now"
    if alarm.stage is Stage.RESOLVED and alarm.unwatched:
        return f"{who}: “{RULES[alarm.rule].alert.title}” is no longer watched"
    sentence = words.over if alarm.stage is Stage.RESOLVED else words.beyond(alarm.side)
    return sentence.format(who=who, value=told(alarm, unit), how=_how(alarm, unit, labels))


def limit(alarm: Alarm, unit: str) -> str:
    """Where the alarm begins: ``Limit: 23.9 °C``; empty where there is none to speak of."""
    rule = RULES[alarm.rule].alert
    if not rule.sides and alarm.unit == rule.unit:
        return ""
    begins = _told(alarm, alarm.threshold, unit)
    if alarm.unit == "σ":
        return f"Limit: {begins} from what is usual"
    return f"Warns after {begins}" if alarm.unit in ("min", "h") else f"Limit: {begins}"


def told(alarm: Alarm, unit: str) -> str:
    """Its newest value: ``27.4 °C``."""
    return _told(alarm, alarm.value, unit)


def advice(alarm: Alarm) -> str:
    """What to do at once; empty where that is for the reader to know, or where it is over."""
    return "" if alarm.stage is Stage.RESOLVED else ADVICE.get(alarm.rule, "")


def name(kind: SubjectKind, subject: str, labels: Mapping[str, str]) -> str:
    """Whom it is about, as a sentence begins."""
    if kind is SubjectKind.HOME or subject == HOME:
        return "The home"
    if kind is SubjectKind.LOCATION:
        return labels.get(subject) or label(subject)
    if kind is SubjectKind.PET and subject == UNKNOWN_PET:
        return "A pet that was not recognised"
    if kind in (SubjectKind.PET, SubjectKind.PERSON):
        return of_somebody(subject)
    if kind in (SubjectKind.GAS, SubjectKind.SENSOR, SubjectKind.NODE):
        return f"{_KINDS.get(kind, '')}{subject}"
    return f"{_KINDS.get(kind, '')}{label(subject)}"


def value(number: float, of: str, unit: str) -> str:
    """``number`` of the unit ``of`` as people read it; temperatures in ``unit``, which is C or F."""
    match of:
        case "°C":
            return f"{in_words(in_unit(number, unit))} °{unit}"
        case "°C/h":
            return f"{in_words(apart(number, unit))} °{unit} within an hour"
        case "1/h":
            return f"{number:.0f} times within an hour"
        case "%":
            return f"{number:.0f} %"
        case "":
            return f"{number:.0f}" if abs(number) >= 1 else f"{number:.3g}"
    if of in _LENGTHS:
        return length(number * _LENGTHS[of])
    return f"{number:.0f} {of}" if abs(number) >= 100 else f"{number:.3g} {of}"


def length(seconds: float) -> str:
    """A length of time in its two largest units."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{seconds:.3g} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def _told(alarm: Alarm, number: float, unit: str) -> str:
    if alarm.unit == "°C" and RULES[alarm.rule].reduce is Reduce.SPREAD:
        return f"{in_words(apart(number, unit))} °{unit}"
    return value(number, alarm.unit, unit)


def _how(alarm: Alarm, unit: str, labels: Mapping[str, str]) -> str:
    if alarm.kind is SubjectKind.GAS:
        return f" of {name(SubjectKind.LOCATION, alarm.how, labels)}" if alarm.how else ""
    if RULES[alarm.rule].alert.name == "silence":
        age = value(alarm.value, alarm.unit, unit)
        return f"and never spoke, for {age} now" if alarm.how == "never" else f"for {age}"
    return f"much {alarm.how}"
