"""The query of each alert rule, made of the rule's own data, for a Grafana that warns in Hutch's place.

It answers a series a subject: the label ``subject``, of a gas also ``location``, and the three points that
``grafana.alerting.what`` tells of. All that was before is in the window that it reads, so that it may be
asked at any time, by anybody (docs/decisions/024-alert-rules-in-grafana.md). ``v.timeRangeStop`` is now;
where a window begins is decided here.
"""

from grafana.alerting import latch, past, present, thresholds
from grafana.home import Home
from influx.alert_rules import SubjectKind
from influx.rule import Rule

_IMPORTS = ("array", "date", "math", "strings", "timezone")


def query(rule: Rule, kind: SubjectKind, home: Home) -> str | None:
    """The query for how ``rule`` stands for every ``kind``; raises ``ValueError`` where it is asked for none.

    None for a store that does not answer, which no query of it can tell; that the queries fail does.
    """
    if kind not in rule.kinds:
        raise ValueError(f"{rule.alert.name} is not asked for a {kind}")
    if rule.reduce not in present.REDUCED:
        return None
    remembers = rule.reduce in past.REMEMBERED
    lines = [
        *(f'import "{name}"' for name in _IMPORTS),
        "",
        "at = v.timeRangeStop",
        *thresholds.limits(rule, kind, home),
        *latch.judging(rule, kind),
        *present.now(rule, kind, home),
        "found = said |> limited()",
        "is = found |> judged()",
        *(past.before(rule, kind, home) if remembers else ()),
        *latch.answer(rule, kind, remembers=remembers),
    ]
    return "\n".join(lines) + "\n"
