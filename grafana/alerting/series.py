"""What every query of an alert rule reads, in Flux: the series that count, and what they are about."""

from collections.abc import Sequence
from datetime import timedelta

from grafana.home import Home
from grafana.queries import leaving_out
from influx.alert_rules import HOME, SubjectKind
from influx.buckets import AHEAD, bucket_name
from influx.influxdb.flux import literal, only
from influx.measured import STEP
from influx.registry import Kind
from influx.rule import Reduce, Rule
from influx.schema import REGISTRY


def flux(length: timedelta) -> str:
    """``length`` as Flux has it."""
    return f"{length // timedelta(seconds=1)}s"


UNTIL = f"date.add(d: {flux(AHEAD)}, to: at)"
"""Where all that is current ends: a device's clock may run ahead."""
EVERY = flux(STEP)
"""Between means whose range a change is, and between counters that rise."""
REMEMBERED = timedelta(hours=6)
"""For so long an alarm stays by what was, where a value is on the edge or nothing is known any more."""
SECONDS = "seconds = (t) => float(v: int(v: at) - int(v: t)) / 1000000000.0"
"""How long ago a moment was."""


def labels(kind: SubjectKind) -> tuple[str, ...]:
    """The columns that tell alarms apart. Of a gas each location has its own: an alarm may not wander."""
    return ("subject", "location") if kind is SubjectKind.GAS else ("subject",)


def read(rule: Rule, home: Home, start: str, stop: str, fields: Sequence[str] = ()) -> list[str]:
    """The beginning of a query: the series of ``rule`` that count, which InfluxDB finds while it reads."""
    return [
        f"from(bucket: {literal(bucket_name(rule.measurement.bucket, home.prefix))})",
        f"    |> range(start: {start}, stop: {stop})",
        f"    {only('_measurement', [rule.measurement.name])}",
        f"    {only('_field', fields or rule.fields)}",
        *(f"    {only(tag, [value])}" for tag, value in rule.only.items()),
        *leaving_out(rule.measurement, rule.never),
    ]


def newest(rule: Rule, home: Home, back: timedelta) -> list[str]:
    """The beginning of ``said``: the newest row within ``back`` of each series that is expected."""
    return [
        *named("said", read(rule, home, ago(back), UNTIL)),
        "    |> last()",
        "    |> filter(fn: expected)",
    ]


def filled(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The beginning of ``was``: the last value of each series in every minute, or the one before, and its
    ``age`` in s, to the minute.
    """
    return [
        *named("was", read(rule, home, "begin", "end")),
        "    |> aggregateWindow(every: 1m, fn: last, createEmpty: true)",
        *undecided(kind),
        '    |> stateCount(fn: (r) => not exists r._value, column: "quiet")',
        '    |> fill(column: "_value", usePrevious: true)',
        "    |> filter(fn: (r) => exists r._value)",
        "    |> filter(fn: expected)",
        "    |> map(fn: (r) => ({r with",
        "        age: if r.quiet > 0 then float(v: r.quiet) * 60.0 else 0.0,",
        "    }))",
    ]


def undecided(kind: SubjectKind) -> list[str]:
    """The step that keeps series of subjects of which the present does not decide."""
    if kind is SubjectKind.HOME:
        return []
    return [f"    |> filter(fn: (r) => contains(value: r.{kind}, set: undecided))"]


def named(name: str, lines: Sequence[str]) -> list[str]:
    """``lines`` as the stream of that name."""
    return [f"{name} = {lines[0]}", *lines[1:]]


def ago(length: timedelta) -> str:
    """The moment so long before now."""
    return f"date.sub(d: {flux(length)}, from: at)"


def value(rule: Rule, number: str = "r._value") -> str:
    """What ``number`` is in the rule's unit; how old the newest value is counts too where it is an age."""
    if rule.reduce is Reduce.OLDEST:
        number = f"({number} + r.age)"
    elif rule.measurement.field(rule.fields[0]).unit == "s" and rule.reduce is Reduce.LAST:
        number = f"math.abs(x: {number})"
    return number if rule.per == 1 else f"{number} / {literal(float(rule.per))}"


def subject(kind: SubjectKind) -> str:
    """The step that names the subject."""
    if kind is SubjectKind.HOME:
        return f'    |> set(key: "subject", value: {literal(HOME)})'
    return f'    |> rename(columns: {{{kind}: "subject"}})'


def expected(rule: Rule, home: Home) -> list[str]:
    """The Flux of ``expected``: whether who gave a row, and whom it is about, has not been retired."""
    node = ' + "\\t" + r.node' if "node" in rule.measurement.tag_names else ""
    tests = [
        f'not contains(value: "{kind}\\t" + r.{kind}{node}, set: retired)'
        for kind in Kind
        if kind in rule.measurement.tag_names
    ]
    if not tests:
        return ["expected = (r) => true"]
    return [
        f"retired = from(bucket: {literal(bucket_name(REGISTRY.bucket, home.prefix))})",
        f"    |> range(start: 0, stop: {UNTIL})",
        f"    {only('_measurement', [REGISTRY.name])}",
        f"    {only('_field', ['retired'])}",
        "    |> last()",
        "    |> filter(fn: (r) => r._value)",
        f'    |> map(fn: (r) => ({{thing: r.kind + "\\t" + r.name{node}}}))',
        "    |> group()",
        '    |> findColumn(fn: (key) => true, column: "thing")',
        f"expected = (r) => length(arr: retired) == 0 or {' and '.join(tests)}",
    ]


def patience(rule: Rule, home: Home) -> str:
    """For how many s what a series said is current, in Flux; longer of a sensor that speaks seldom."""
    usual = rule.back.total_seconds()
    slow = {
        thing: length.total_seconds()
        for thing, length in home.patience.items()
        if "sensor" in rule.measurement.tag_names and length > rule.back
    }
    tests = (
        f"if r.sensor == {literal(thing.name)} and r.node == {literal(thing.node)} then {seconds!r} else "
        for thing, seconds in sorted(slow.items())
    )
    return f"({''.join(tests)}{usual!r})"


def longest(rule: Rule, home: Home) -> timedelta:
    """How far back something may lie that is current."""
    sensors = list(home.patience.values()) if "sensor" in rule.measurement.tag_names else []
    return max([rule.back, *sensors])
