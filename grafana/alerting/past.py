"""What was the case in the hours before, in Flux, of subjects that the present does not decide of."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from grafana.alerting import series
from grafana.alerting.present import flux
from grafana.home import Home
from influx.alert_rules import SubjectKind
from influx.rules import Reduce, Rule

_LENGTH = timedelta(hours=6)
"""For so long an alarm stays by what was, where a value is on the edge or a sensor says nothing any more."""


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
        f"begin = if isDecided then 1970-01-01T00:00:00Z else date.sub(d: {flux(_LENGTH)}, from: at)",
        "end = if isDecided then 1970-01-01T00:00:01Z else at",
        *REMEMBERED[rule.reduce](rule, kind, home),
        "    |> filter(fn: (r) => r._time < at and contains(value: r.subject, set: undecided))",
        "    |> limited()",
    ]


def _last(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    has_sensors = "sensor" in rule.measurement.tag_names
    first, *more = series.read(rule, home, "begin", "end")
    return [
        f"was = {first}",
        *more,
        "    |> aggregateWindow(every: 1m, fn: last, createEmpty: true)",
        '    |> stateCount(fn: (r) => not exists r._value, column: "quiet")',
        '    |> fill(column: "_value", usePrevious: true)',
        "    |> filter(fn: (r) => exists r._value)",
        "    |> filter(fn: expected)",
        f"    |> map(fn: (r) => ({{r with _value: {series.value(rule)},",
        f"        gone: if float(v: r.quiet) * 60.0 < {series.patience(rule, home)} then 0 else 1}}))",
        *([] if has_sensors else ["    |> filter(fn: (r) => r.gone == 0)"]),
        series.subject(kind),
        series.kept(kind),
    ]


REMEMBERED: Mapping[Reduce, Callable[[Rule, SubjectKind, Home], list[str]]] = {
    Reduce.LAST: _last,
}
"""What can stay as it was, by what it is reduced to."""
