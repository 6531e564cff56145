"""What is the case now, in Flux: one value of each series, of each subject, as ``influx.measured`` has it."""

from collections.abc import Callable, Mapping

from grafana.alerting import ages, deviation, series, shares
from grafana.home import Home
from influx.alert_rules import SubjectKind
from influx.measured import GONE
from influx.rule import Reduce, Rule


def now(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``said``: labels, ``_time``, ``_value`` in the rule's unit, and ``gone``, which is 1 where
    who said so is silent by now.
    """
    expected = [] if rule.reduce is Reduce.SILENCE else series.expected(rule, home)
    return [series.SECONDS, *expected, *REDUCED[rule.reduce](rule, kind, home)]


def _last(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    back = max(series.longest(rule, home), GONE)
    return [
        *series.newest(rule, home, back),
        "    |> map(fn: (r) => ({r with age: seconds(t: r._time)}))",
        f"    |> map(fn: (r) => ({{r with _time: at, _value: {series.value(rule)},",
        f"        gone: if r.age > {series.patience(rule, home)} then 1 else 0}}))",
        series.subject(kind),
    ]


def _range(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    return [
        *series.named("said", series.read(rule, home, series.ago(rule.back), "at")),
        f"    |> aggregateWindow(every: {series.EVERY}, fn: mean, createEmpty: false)",
        "    |> filter(fn: expected)",
        "    |> spread()",
        f"    |> map(fn: (r) => ({{r with _time: at, _value: {series.value(rule)}, gone: 0}}))",
        series.subject(kind),
    ]


def _growth(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    return [
        *series.named("said", series.read(rule, home, series.ago(rule.back), "at")),
        f"    |> aggregateWindow(every: {series.EVERY}, fn: last, createEmpty: false)",
        "    |> toFloat()",
        "    |> filter(fn: expected)",
        "    |> difference(keepFirst: true)",
        "    // A counter that begins anew, with its spool, has lost nothing.",
        "    |> map(fn: (r) => ({r with",
        "        _value: if exists r._value and r._value > 0.0 then r._value else 0.0,",
        "    }))",
        series.subject(kind),
        '    |> group(columns: ["subject"])',
        "    |> sum()",
        f"    |> map(fn: (r) => ({{r with _time: at, _value: {series.value(rule)}, gone: 0}}))",
    ]


def _count(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    start, stop = series.ago(series.REMEMBERED), series.UNTIL
    return [
        f"first = {series.ago(rule.back)}",
        # Of whom nothing counts any more it is known that there is nothing.
        *series.named("said", series.read(rule, home, start, stop, ["duration"])),
        "    |> filter(fn: expected)",
        series.subject(kind),
        '    |> group(columns: ["subject"])',
        "    |> map(fn: (r) => ({subject: r.subject, _value: if r._time >= first then 1.0 else 0.0}))",
        "    |> sum()",
        "    |> map(fn: (r) => ({r with _time: at, gone: 0}))",
    ]


REDUCED: Mapping[Reduce, Callable[[Rule, SubjectKind, Home], list[str]]] = {
    Reduce.LAST: _last,
    Reduce.OLDEST: _last,
    Reduce.RANGE: _range,
    Reduce.SPREAD: shares.spread,
    Reduce.COUNT: _count,
    Reduce.GROWTH: _growth,
    Reduce.AGE: ages.age,
    Reduce.SILENCE: shares.silence,
    Reduce.DEVIATION: deviation.now,
}
"""How a query of each kind begins; an answer, or none, is no matter of a query."""
