"""Where warnings begin, as lines over the whole window: what people set, over what the home is made with."""

from collections.abc import Mapping

from grafana.effective import EFFECTIVE, NONE, chosen, record, usual_rows
from grafana.home import Home
from influx.alert_rules import AlertRule, SubjectKind, Thresholds
from influx.influxdb.flux import literal


def limits(
    home: Home,
    rule: AlertRule,
    kind: SubjectKind,
    variable: str,
    defaults: Mapping[str, Thresholds],
    *,
    when: str = "true",
    scale: str = "r._value",
) -> str:
    """The query for the thresholds of ``rule``: ``_time``, ``_value``, ``subject`` and ``side``.

    Of the subjects that the dashboard's ``variable`` names, as ``influx.alert_settings.effective`` has it.
    """
    table = ",\n        ".join(usual_rows(defaults))
    lines = "\n".join(chosen(rule, home))
    return f"""import "array"

{lines}
{EFFECTIVE}
usual = array.from(
    rows: [
        {table},
    ],
)
found = union(tables: [chosen(kind: {literal(str(kind))}), usual])
    |> filter(fn: (r) => r.subject != "" and r.subject =~ /^${{{variable}:regex}}$/ and {when})
    |> effective(usual: {record(Thresholds())})
    |> filter(fn: (r) => not r.off)
line = (at) => union(
    tables: [
        found
            |> filter(fn: (r) => r.low > {literal(-NONE)})
            |> map(fn: (r) => ({{subject: r.subject, side: "lowest", _time: at, _value: r.low}})),
        found
            |> filter(fn: (r) => r.high < {literal(NONE)})
            |> map(fn: (r) => ({{subject: r.subject, side: "highest", _time: at, _value: r.high}})),
    ],
)

union(tables: [line(at: v.timeRangeStart), line(at: v.timeRangeStop)])
    |> map(fn: (r) => ({{r with _value: {scale}}}))
    |> group(columns: ["subject", "side"])
    |> sort(columns: ["_time"])
"""
