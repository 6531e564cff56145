"""Every alert rule as Grafana's provisioning has it: what is asked, what is made of it, and when it fires."""

from collections.abc import Iterator
from typing import Any

from grafana.alerting import policy, texts, values
from grafana.alerting.contacts import name_of
from grafana.alerting.flux import query
from grafana.alerting.what import APART, What
from grafana.home import Home
from grafana.house import DATASOURCE
from influx.alert_rules import SubjectKind
from influx.rule import Reduce, Rule, Severity
from influx.rules import RULES

FOLDER = "Hutch alerts"
"""Not that of the dashboards, which has an id of its own that these files cannot name."""
_EXPRESSION = {"type": "__expr__", "uid": "__expr__"}
_ASKED, _STATE, _BEYOND = "A", "B", "C"
_NUMBERS = {
    values.VALUE: ("D", What.VALUE, f"$D - {APART:.0f}"),
    values.LIMIT: ("E", What.LIMIT, f"$E + {APART:.0f}"),
}
_RANGE = {"from": 600, "to": 0}
"""Queries say themselves how far they look back, from the end of this."""
_ANSWERS = """import "array"

array.from(rows: [{_time: now(), _value: 0.0}])
"""
"""Of the rule that InfluxDB does not answer: its answer is 0, and that there is none is the alarm."""


def groups(home: Home) -> list[dict[str, Any]]:
    """The rules, a group for each severity."""
    return [
        {
            "orgId": 1,
            "name": f"Hutch: {severity}",
            "folder": FOLDER,
            "interval": policy.duration(policy.EVERY[severity]),
            "rules": [_rule(rule, kind, home) for rule, kind in every_rule() if rule.severity is severity],
        }
        for severity in Severity
    ]


def every_rule() -> Iterator[tuple[Rule, SubjectKind]]:
    """Each rule with each kind of subject that it is asked for."""
    return ((rule, kind) for rule in RULES.values() for kind in rule.kinds)


def uid(rule: Rule, kind: SubjectKind) -> str:
    """Stable: links, silences and what Grafana remembers are of it."""
    return f"hutch-{rule.alert.name.replace('_', '-')}-{kind}"


def _rule(rule: Rule, kind: SubjectKind, home: Home) -> dict[str, Any]:
    is_store = rule.reduce is Reduce.ANSWER
    receiver = name_of(rule.severity, home)
    title = rule.alert.title if len(rule.kinds) == 1 else f"{rule.alert.title}: {kind}"
    lasts = rule.alert.default(kind, kind).high if is_store else None
    told = {
        "uid": uid(rule, kind),
        "title": title,
        "condition": _BEYOND,
        "data": list(_data(rule, kind, home)),
        # A subject that nothing is known of is no alarm; that it is silent is a rule of its own.
        "noDataState": "OK",
        # While InfluxDB does not answer everything stays as it was, and one rule says so.
        "execErrState": "Alerting" if is_store else "KeepLast",
        "for": policy.duration(rule.lasts) if lasts is None else f"{lasts:.0f}m",
        "keepFiringFor": policy.duration(policy.WELL),
        "annotations": texts.annotations(rule, kind, home),
        "labels": {"severity": str(rule.severity), "rule": rule.alert.name, "kind": str(kind)},
    }
    return told | (
        {} if receiver is None else {"notification_settings": policy.settings(rule.severity, receiver, home)}
    )


def _data(rule: Rule, kind: SubjectKind, home: Home) -> Iterator[dict[str, Any]]:
    asked = query(rule, kind, home)
    yield _source(_ASKED, asked or _ANSWERS)
    yield _reduced(_STATE, What.STATE)
    above = {"evaluator": {"type": "gt", "params": [0.5]}}
    yield _worked_out(_BEYOND, "threshold", _STATE, conditions=[above])
    if asked is None:
        return
    for name, (reference, what, math) in _NUMBERS.items():
        yield _reduced(reference, what)
        yield _worked_out(name, "math", math)
    for name, math in values.further(rule).items():
        yield _worked_out(name, "math", math)


def _source(reference: str, flux: str) -> dict[str, Any]:
    # The longest step there is: no query asks for it.
    model = {"query": flux, "datasource": DATASOURCE, "intervalMs": 60_000, "maxDataPoints": 1000}
    return _of(reference, DATASOURCE["uid"], _RANGE, model)


def _reduced(reference: str, what: What) -> dict[str, Any]:
    return _worked_out(reference, "reduce", _ASKED, reducer=str(what))


def _worked_out(reference: str, kind: str, expression: str, **more: Any) -> dict[str, Any]:
    model = {"type": kind, "datasource": _EXPRESSION, "expression": expression, **more}
    return _of(reference, _EXPRESSION["uid"], {"from": 0, "to": 0}, model)


def _of(reference: str, source: str, window: dict[str, int], model: dict[str, Any]) -> dict[str, Any]:
    return {
        "refId": reference,
        "datasourceUid": source,
        "relativeTimeRange": window,
        "model": {"refId": reference, **model},
    }
