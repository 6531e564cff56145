"""The alert rules evaluated over a store: what is beyond its threshold, what is inside, what nobody knows.

No clock and no memory: ``now`` is passed in, and whoever asks again remembers for how long something lasts.
"""

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import inf

from influx import alert_settings, safe_ranges
from influx.alert_rules import HOME, STORE, TEMPERATURE, Side, SubjectKind, Thresholds
from influx.alert_settings import Settings, Subject
from influx.config import Location
from influx.measured import Asked, Measured
from influx.rule import Margin, Reduce, Rule, Severity
from influx.rules import RULES
from influx.store import StoreError

logger = logging.getLogger(__name__)

Broken = set[tuple[str, SubjectKind]]
"""Rules that break when they are asked for a kind of subject, by their names."""


class Verdict(StrEnum):
    """Where a value stands."""

    BEYOND = "beyond"
    EDGE = "edge"
    """Not beyond, and not inside by the rule's margin: what was so goes on being so."""
    INSIDE = "inside"
    UNKNOWN = "unknown"
    """Nothing current is known of what was asked for: an alarm is neither begun nor over."""
    OFF = "off"
    """Nobody is to be told: switched off, retired, or without a threshold."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one rule stands for one subject. ``value`` and ``threshold`` are in ``unit``.

    ``side`` is the threshold that is the nearer, or that it is beyond. ``since`` is the moment that the value
    is of: when it was measured, and of an age when it began. ``how`` says it in a word: ``never`` (heard
    of), ``more`` or ``less`` (than usual), or where a gas is. ``gone``: it is what a sensor said last that
    is silent by now.
    """

    rule: str
    subject: Subject
    verdict: Verdict
    severity: Severity
    unit: str
    value: float | None = None
    threshold: float | None = None
    side: Side | None = None
    since: datetime | None = None
    how: str = ""
    gone: bool = False


def evaluate(
    asked: Asked, also: Collection[tuple[str, Subject]] = (), broken: Broken | None = None
) -> list[Finding]:
    """One finding for each rule and subject; raises what the store raises.

    What a rule raises itself keeps no other from warning: it is put into ``broken``, and logged where it was
    not in it before.

    ``also`` are subjects that are told of even where nothing is heard of them any more, by the rule's name.
    What was not heard of while nobody listened is not silent for that.
    """
    broken = set() if broken is None else broken
    found = {
        (finding.rule, finding.subject): finding
        for rule in RULES.values()
        for kind in rule.kinds
        for finding in _tried(asked, rule, kind, broken)
    }
    for name, subject in also:
        rule = RULES.get(name)
        if rule is not None and (name, subject) not in found and (name, subject.kind) not in broken:
            found[name, subject] = _unheard(asked, rule, subject)
    return list(found.values())


def _tried(asked: Asked, rule: Rule, kind: SubjectKind, broken: Broken) -> list[Finding]:
    which = (rule.alert.name, kind)
    try:
        found = list(_of_kind(asked, rule, kind))
    except StoreError:
        raise
    except Exception:  # whatever it is, a fire elsewhere is told
        if which not in broken:
            logger.exception("the rule %s cannot be asked for the kind %s; the others go on", *which)
        broken.add(which)
        return []
    broken.discard(which)
    return found


def _of_kind(asked: Asked, rule: Rule, kind: SubjectKind) -> Iterator[Finding]:
    measured = asked.measured(rule, kind)
    limits = _safe(asked, measured) if rule.alert is TEMPERATURE else {}
    for name, one in measured.items():
        subject = Subject(kind, name)
        limit = limits.get(name, one.limit) or rule.alert.default(kind, name)
        finding = judged(rule, subject, one, _thresholds(asked, rule, subject, one, limit))
        yield _believed(asked, rule, finding) if rule.reduce is Reduce.SILENCE else finding


def _believed(asked: Asked, rule: Rule, finding: Finding) -> Finding:
    """``finding``, which begins no alarm of silence where nobody has listened for as long as the limit is."""
    if finding.verdict is not Verdict.BEYOND or finding.threshold is None or asked.looking_since is None:
        return finding
    listened = asked.now - asked.looking_since
    is_long = listened >= timedelta(seconds=finding.threshold * rule.per)
    return finding if is_long else replace(finding, verdict=Verdict.EDGE)


def unanswered(settings: Settings, now: datetime, since: datetime) -> Finding:
    """How the rule ``store`` stands, whose store was asked and has not answered since then.

    ``settings`` are those that were known before.
    """
    rule, subject = RULES[STORE.name], Subject(SubjectKind.HOME, HOME)
    limits = alert_settings.effective(
        settings, rule.alert, subject, rule.alert.default(subject.kind, subject.name)
    )
    return judged(rule, subject, Measured((now - since).total_seconds() / rule.per, since), limits)


def _safe(asked: Asked, names: Collection[str]) -> dict[str, Thresholds]:
    known = {location.name: location for location in asked.home.locations}
    locations = [known.get(name, Location.model_construct(name=name)) for name in names]
    ranged = safe_ranges.by_location(asked.store, asked.now, locations, asked.home.cameras, asked.settings)
    return {name: Thresholds(one.temperature_low, one.temperature_high) for name, one in ranged.items()}


def _thresholds(
    asked: Asked, rule: Rule, subject: Subject, one: Measured, default: Thresholds
) -> Thresholds | None:
    """Where an alarm begins; None where nobody is to be told."""
    if not one.expected or _is_off(asked, rule, subject):
        return None
    if rule.alert is TEMPERATURE or rule.reduce is Reduce.SPREAD:
        return default  # of the one what was set is in it, and what narrows it; the other cannot be set
    if not rule.alert.sides:
        return Thresholds(high=0)
    return alert_settings.effective(asked.settings, rule.alert, subject, default)


def _is_off(asked: Asked, rule: Rule, subject: Subject) -> bool:
    setting = asked.settings.get((rule.alert.name, subject))
    return setting is not None and setting.off


def judged(rule: Rule, subject: Subject, one: Measured, limits: Thresholds | None) -> Finding:
    """What ``one`` is within ``limits``.

    What silent sensors said last begins nothing, but keeps others from saying that it is over.
    """
    unit = rule.measurement.field(one.field).unit if one.field else rule.alert.unit
    if limits is None or (limits.low is None and limits.high is None):
        return Finding(rule.alert.name, subject, Verdict.OFF, rule.severity, unit, one.value)
    one, remembered = _worst(one, limits), _worst(one.and_gone or one, limits)
    side, verdict = verdict_of(one.value, limits, rule.margin)
    is_gone = verdict is Verdict.INSIDE and _outside(remembered, limits) > 0
    if is_gone:
        one, (side, _), verdict = remembered, verdict_of(remembered.value, limits, rule.margin), Verdict.EDGE
    threshold = limits.low if side is Side.LOW else limits.high
    return Finding(
        rule.alert.name,
        subject,
        verdict,
        rule.severity,
        unit,
        one.value,
        threshold,
        side,
        one.time,
        one.how,
        is_gone,
    )


def _worst(one: Measured, limits: Thresholds) -> Measured:
    return max(one.each or (one,), key=lambda each: _outside(each, limits))


def _outside(one: Measured, limits: Thresholds) -> float:
    """How far beyond ``limits`` it is; below 0 inside of them."""
    low = -inf if limits.low is None else limits.low - one.value
    return max(low, -inf if limits.high is None else one.value - limits.high)


def verdict_of(value: float, limits: Thresholds, margin: Margin) -> tuple[Side, Verdict]:
    """Which of ``limits`` is the nearer to ``value``, and on which side of it and its margin that is."""
    low, high = limits.low, limits.high
    nearer = Side.HIGH if low is None or (high is not None and value - low > high - value) else Side.LOW
    limit = low if nearer is Side.LOW else high
    assert limit is not None  # one of them is there, or nobody asks
    deep = margin.by + margin.part * abs(limit)
    if low is not None and high is not None:
        deep = min(deep, (high - low) / 4)
    inwards = limit - value if nearer is Side.HIGH else value - limit
    if inwards < 0:
        return nearer, Verdict.BEYOND
    return nearer, Verdict.INSIDE if inwards >= deep else Verdict.EDGE


def _unheard(asked: Asked, rule: Rule, subject: Subject) -> Finding:
    """Of what nothing is heard: where events are counted that is an answer, and elsewhere none."""
    retired = {(thing.kind.value, thing.name) for thing in asked.retired}
    if _is_off(asked, rule, subject) or (subject.kind.value, subject.name) in retired:
        return Finding(rule.alert.name, subject, Verdict.OFF, rule.severity, rule.alert.unit)
    if rule.reduce is Reduce.COUNT:
        none, default = Measured(0.0, asked.now), rule.alert.default(subject.kind, subject.name)
        return judged(rule, subject, none, _thresholds(asked, rule, subject, none, default))
    return Finding(rule.alert.name, subject, Verdict.UNKNOWN, rule.severity, rule.alert.unit)
