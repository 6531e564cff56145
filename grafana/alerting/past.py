"""What was the case in the hours before, in Flux, of subjects that the present does not decide of."""

from collections.abc import Callable, Mapping

from grafana.alerting import deviation, series, shares
from grafana.home import Home
from influx.alert_rules import SubjectKind
from influx.rule import Reduce, Rule


def before(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``was``: rows as those of ``said``, of the moments before; none where all is decided.

    What is not needed is asked for a second of 1970, as panels do (docs/decisions/022-dashboards.md).
    """
    return [
        "undecided = is",
        "    |> filter(fn: (r) => r.fired == 0)",
        "    |> group()",
        '    |> findColumn(fn: (key) => true, column: "subject")',
        "isDecided = length(arr: undecided) == 0",
        f"begin = if isDecided then 1970-01-01T00:00:00Z else {series.ago(series.REMEMBERED)}",
        "end = if isDecided then 1970-01-01T00:00:01Z else at",
        *REMEMBERED[rule.reduce](rule, kind, home),
        "    |> filter(fn: (r) => r._time < at)",
        "    |> limited()",
    ]


def _last(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    return [
        *series.filled(rule, kind, home),
        f"    |> map(fn: (r) => ({{r with _value: {series.value(rule)},",
        f"        gone: if r.age < {series.patience(rule, home)} then 0 else 1}}))",
        series.subject(kind),
    ]


def _range(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    length = series.flux(rule.back)
    return [
        *series.named("was", series.read(rule, home, f"date.sub(d: {length}, from: begin)", "end")),
        f'    |> aggregateWindow(every: {series.EVERY}, fn: mean, createEmpty: false, timeSrc: "_start")',
        *series.undecided(kind),
        "    |> filter(fn: expected)",
        f"    |> window(every: {series.EVERY}, period: {length})",
        "    |> spread()",
        f"    |> map(fn: (r) => ({{r with _time: r._stop, _value: {series.value(rule)}, gone: 0}}))",
        series.subject(kind),
    ]


def _count(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    length = series.flux(rule.back)
    start = f"date.sub(d: {length}, from: begin)"
    return [
        *series.named("was", series.read(rule, home, start, "end", ["duration"])),
        *series.undecided(kind),
        "    |> filter(fn: expected)",
        series.subject(kind),
        '    |> group(columns: ["subject"])',
        '    |> sort(columns: ["_time"])',
        f"    |> window(every: 1m, period: {length}, createEmpty: true)",
        "    |> count()",
        "    |> map(fn: (r) => ({r with _time: r._stop, _value: float(v: r._value), gone: 0}))",
    ]


REMEMBERED: Mapping[Reduce, Callable[[Rule, SubjectKind, Home], list[str]]] = {
    Reduce.LAST: _last,
    Reduce.OLDEST: _last,
    Reduce.RANGE: _range,
    Reduce.SPREAD: shares.spread_before,
    Reduce.COUNT: _count,
    Reduce.DEVIATION: deviation.before,
}
"""What can stay as it was. An age only grows; and what has no margin is never on the edge."""
