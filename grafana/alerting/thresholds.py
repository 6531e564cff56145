"""Where alarms begin, in Flux: what people set, over what the rule and the home's configuration say."""

from grafana.alerting import guests, series
from grafana.effective import EFFECTIVE, chosen, record, usual_rows
from grafana.home import Home
from influx.alert_rules import TEMPERATURE, SubjectKind, Thresholds
from influx.influxdb.flux import literal
from influx.rule import Reduce, Rule

OWN = (Reduce.SPREAD, Reduce.SILENCE)
"""Where each subject has a threshold of its own that no setting says: values are shares of it."""


def limits(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``limits``: ``subject``, ``low``, ``high`` and ``off`` of all that has others than
    ``usual``.
    """
    is_narrowed = rule.alert is TEMPERATURE
    return [
        f"usual = {record(usually(rule, kind))}",
        *chosen(rule.alert, home, until=series.UNTIL),
        EFFECTIVE,
        f"{'own' if is_narrowed else 'limits'} = union(tables: [",
        f"    chosen(kind: {literal(str(kind))}),",
        "    array.from(rows: [",
        *(f"        {row}," for row in usual_rows(_named(rule, home))),
        "    ]),",
        "])",
        "    |> effective(usual: usual)",
        *(guests.narrowed(home) if is_narrowed else ()),
    ]


def usually(rule: Rule, kind: SubjectKind) -> Thresholds:
    """Where alarms begin of a subject of which nobody has said anything; above 0 where each has its own."""
    if not rule.alert.sides or rule.reduce in OWN:
        return Thresholds(high=0)
    return rule.alert.defaults.get(kind, Thresholds())


def _named(rule: Rule, home: Home) -> dict[str, Thresholds]:
    if rule.alert is TEMPERATURE:
        return {one.name: Thresholds(one.temperature_low, one.temperature_high) for one in home.locations}
    return dict(rule.alert.by_subject)
