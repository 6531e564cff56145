"""What is the case now, in Flux: one value of each series, of each subject, as ``influx.measured`` has it."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from grafana.alerting import series
from grafana.home import Home
from influx.alert_rules import SubjectKind
from influx.rules import Reduce, Rule

GONE = timedelta(days=1)
"""How long it counts what a sensor said last, as in ``influx.measured``."""


def now(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``said``: labels, ``_time``, ``_value`` in the rule's unit, and ``gone``, which is 1 where
    who said so is silent by now.
    """
    return [*series.expected(rule, home), *REDUCED[rule.reduce](rule, kind, home)]


def _last(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    has_sensors = "sensor" in rule.measurement.tag_names
    back = max(series.longest(rule, home), GONE) if has_sensors else rule.back
    start, stop = f"date.sub(d: {flux(back)}, from: at)", f"date.add(d: {series.AHEAD}, to: at)"
    return [
        "seconds = (t) => float(v: int(v: at) - int(v: t)) / 1000000000.0",
        f"said = {series.read(rule, home, start, stop)[0]}",
        *series.read(rule, home, start, stop)[1:],
        "    |> last()",
        "    |> filter(fn: expected)",
        f"    |> map(fn: (r) => ({{r with _time: at, _value: {series.value(rule)},",
        f"        gone: if seconds(t: r._time) > {series.patience(rule, home)} then 1 else 0}}))",
        *([] if has_sensors else ["    |> filter(fn: (r) => r.gone == 0)"]),
        series.subject(kind),
        series.kept(kind),
    ]


def flux(length: timedelta) -> str:
    """``length`` as Flux has it."""
    return f"{length // timedelta(seconds=1)}s"


REDUCED: Mapping[Reduce, Callable[[Rule, SubjectKind, Home], list[str]]] = {
    Reduce.LAST: _last,
}
