"""What every query of an alert rule reads, in Flux: the series that count, and what they are about."""

from collections.abc import Sequence
from datetime import timedelta

from grafana.home import Home
from grafana.queries import leaving_out
from influx.alert_rules import HOME, SubjectKind
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only, strings
from influx.registry import Kind
from influx.rules import Reduce, Rule
from influx.schema import REGISTRY

AHEAD = "10m"
"""How far ahead a device's clock may run, as ``influx.buckets`` has it."""


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


def value(rule: Rule) -> str:
    """What ``r._value`` is in the rule's unit."""
    is_length = rule.measurement.field(rule.fields[0]).unit == "s" and rule.reduce is Reduce.LAST
    number = "math.abs(x: r._value)" if is_length else "r._value"
    return number if rule.per == 1 else f"{number} / {literal(float(rule.per))}"


def subject(kind: SubjectKind) -> str:
    """The step that names the subject."""
    if kind is SubjectKind.HOME:
        return f'    |> set(key: "subject", value: {literal(HOME)})'
    return f'    |> rename(columns: {{{kind}: "subject"}})'


def kept(kind: SubjectKind) -> str:
    """The step that keeps what an alarm is judged by."""
    return f"    |> keep(columns: {strings([*labels(kind), '_time', '_value', 'gone'])})"


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
        f"    |> range(start: 0, stop: date.add(d: {AHEAD}, to: at))",
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
