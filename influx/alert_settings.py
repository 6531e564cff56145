"""What people set over the defaults of the alert rules, as ``alert_setting`` points.

A point names only what it changes: the newest value of each field of a series wins. A point cannot hold
null, so ``low_default`` and ``high_default`` say that a side is the default again, whatever it was before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from influx import points
from influx.alert_rules import RULES, AlertRule, Side, SubjectKind, Thresholds
from influx.buckets import AHEAD
from influx.points import Point
from influx.schema import ALERT_SETTING
from influx.store import Store
from influx.windows import Window


class SettingError(ValueError):
    """A setting that no rule takes, in one sentence."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Whom a setting is about."""

    kind: SubjectKind
    name: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What was last set for one subject of a rule: None on a side where its default counts.

    ``off``: nobody is told of it. ``wanted``: whether the user that the subject is wants mails of the rule.
    """

    rule: AlertRule
    subject: Subject
    thresholds: Thresholds
    off: bool
    wanted: bool | None
    time: datetime


Settings = Mapping[tuple[str, Subject], Setting]
"""Every setting by the rule's name and the subject."""


def change(
    rule: AlertRule,
    subject: Subject,
    thresholds: Mapping[Side, float | None],
    now: datetime,
    off: bool | None = None,
) -> Point:
    """The point that sets ``thresholds`` for ``subject`` from ``now`` on; None: the default again.

    Sides that are not named stay as they are, and so does ``off`` where it is None. Raises
    ``SettingError`` for what the rule does not have, a value out of its bounds, or a name that is no tag's.
    """
    if subject.kind not in rule.kinds:
        raise SettingError(f"{rule.name} is set for {_listed(rule.kinds)}, not for a {subject.kind}")
    fields: dict[str, points.FieldValue | None] = {"off": off}
    for side, value in thresholds.items():
        if side not in rule.sides:
            raise SettingError(f"{rule.name} has no {side} threshold")
        if value is not None and not rule.least <= value <= rule.most:
            raise SettingError(
                f"{rule.name} {side} must be from {rule.least:g} to {rule.most:g} {rule.unit}".rstrip()
                + f", not {value:g}"
            )
        fields |= {side: value, f"{side}_default": value is None}
    return points.make(ALERT_SETTING, _tags(rule.name, subject), fields, now)


def wish(rule: AlertRule, user: str, wanted: bool, now: datetime) -> Point:
    """The point that says whether ``user`` wants mails of ``rule`` from ``now`` on."""
    tags = _tags(rule.name, Subject(SubjectKind.USER, user))
    return points.make(ALERT_SETTING, tags, {"wanted": wanted}, now)


def settings(store: Store, now: datetime) -> Settings:
    """Everything that was ever set, as it stands now; raises what the store raises.

    What names a rule or a kind of subject that there is no longer is left out.
    """
    window = Window(datetime.fromtimestamp(0, UTC), now + AHEAD)
    return gathered(store.latest(ALERT_SETTING.name, window))


def gathered(newest: Iterable[Point]) -> Settings:
    """The settings that these points say, one a series with the newest value of each field."""
    found = {}
    for point in newest:
        rule, kind = RULES.get(point.tags["rule"]), point.tags["subject_kind"]
        if rule is not None and kind in set(SubjectKind):
            subject = Subject(SubjectKind(kind), point.tags["subject"])
            found[rule.name, subject] = _setting(rule, subject, point)
    return found


def changed(before: Settings, point: Point) -> Settings:
    """``before`` with what ``point`` changes."""
    [(key, new)] = gathered([point]).items()
    old = before.get(key)
    if old is None:
        return {**before, key: new}

    def side(name: Side) -> float | None:
        says = name in point.fields or f"{name}_default" in point.fields
        value: float | None = getattr((new if says else old).thresholds, name)
        return value

    off = new.off if "off" in point.fields else old.off
    wanted = old.wanted if new.wanted is None else new.wanted
    return {
        **before,
        key: Setting(
            new.rule, new.subject, Thresholds(side(Side.LOW), side(Side.HIGH)), off, wanted, new.time
        ),
    }


def effective(found: Settings, rule: AlertRule, subject: Subject, default: Thresholds) -> Thresholds:
    """Where warnings of ``subject`` begin: what was set, ``default`` where nothing was; none where it is off.

    Where a low that was set is not below the high that is the default, or the other way round, only what
    was set counts.
    """
    setting = found.get((rule.name, subject))
    if setting is None:
        return default
    if setting.off:
        return Thresholds()
    own = setting.thresholds
    low = default.low if own.low is None else own.low
    high = default.high if own.high is None else own.high
    return Thresholds(low, high) if low is None or high is None or low < high else own


def _setting(rule: AlertRule, subject: Subject, point: Point) -> Setting:
    def side(name: Side) -> float | None:
        value = point.fields.get(name)
        taken_back = point.fields.get(f"{name}_default") is True
        return None if taken_back or not isinstance(value, float) else value

    wanted = point.fields.get("wanted")
    return Setting(
        rule,
        subject,
        Thresholds(side(Side.LOW), side(Side.HIGH)),
        point.fields.get("off") is True,
        wanted if isinstance(wanted, bool) else None,
        point.time,
    )


def _tags(rule: str, subject: Subject) -> dict[str, str]:
    return {"rule": rule, "subject_kind": subject.kind, "subject": subject.name}


def _listed(kinds: Iterable[SubjectKind]) -> str:
    return " or ".join(f"a {kind}" for kind in kinds)
