"""Where warnings begin, as lines over the whole window: what people set, over what the home is made with."""

from collections.abc import Mapping

from grafana.home import Home
from influx.alert_rules import AlertRule, SubjectKind, Thresholds
from influx.buckets import bucket_name
from influx.influxdb.flux import literal
from influx.schema import ALERT_SETTING

_NONE = -1_000_000_000.0
"""Stands for no threshold: null cannot be compared."""


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
    rows = [
        f'{{subject: {literal(subject)}, _field: "{side}_usual", _value: {literal(float(value))}}}'
        for subject, usual in sorted(defaults.items())
        for side, value in (("low", usual.low), ("high", usual.high))
        if value is not None
    ]
    # Never empty, or it would have no columns.
    rows.append('{subject: "", _field: "", _value: 0.0}')
    table = ",\n        ".join(rows)
    none = literal(_NONE)
    return f"""import "array"

asked = (fields) => from(bucket: {literal(bucket_name(ALERT_SETTING.bucket, home.prefix))})
    |> range(start: 0)
    |> filter(fn: (r) => r._measurement == {literal(ALERT_SETTING.name)})
    |> filter(fn: (r) => r.rule == {literal(rule.name)} and r.subject_kind == {literal(str(kind))})
    |> filter(fn: fields)
    |> last()
numbers = asked(fields: (r) => r._field == "low" or r._field == "high")
    |> keep(columns: ["subject", "_field", "_value"])
flags = asked(fields: (r) => r._field == "low_default" or r._field == "high_default" or r._field == "off")
    |> map(fn: (r) => ({{subject: r.subject, _field: r._field, _value: if r._value then 1.0 else 0.0}}))
usual = array.from(
    rows: [
        {table},
    ],
)
none = {none}
found = union(tables: [numbers, flags, usual])
    |> group(columns: ["subject"])
    |> filter(fn: (r) => r.subject != "" and r.subject =~ /^${{{variable}:regex}}$/ and {when})
    |> reduce(
        identity: {{
            low: none, high: none, lowUsual: none, highUsual: none, lowBack: 0.0, highBack: 0.0, off: 0.0,
        }},
        fn: (r, accumulator) => ({{
            low: if r._field == "low" then r._value else accumulator.low,
            high: if r._field == "high" then r._value else accumulator.high,
            lowUsual: if r._field == "low_usual" then r._value else accumulator.lowUsual,
            highUsual: if r._field == "high_usual" then r._value else accumulator.highUsual,
            lowBack: if r._field == "low_default" then r._value else accumulator.lowBack,
            highBack: if r._field == "high_default" then r._value else accumulator.highBack,
            off: if r._field == "off" then r._value else accumulator.off,
        }}),
    )
    |> filter(fn: (r) => r.off == 0.0)
    |> map(fn: (r) => ({{r with
        low: if r.lowBack == 1.0 then none else r.low,
        high: if r.highBack == 1.0 then none else r.high,
    }}))
    |> map(fn: (r) => ({{r with
        thenLow: if r.low == none then r.lowUsual else r.low,
        thenHigh: if r.high == none then r.highUsual else r.high,
    }}))
    // A low that was set above the usual high, or the other way round, counts alone.
    |> map(fn: (r) => ({{r with odd: r.thenLow != none and r.thenHigh != none and r.thenLow >= r.thenHigh}}))
line = (at) => union(
    tables: [
        found |> map(fn: (r) => ({{
            subject: r.subject, side: "lowest", _time: at, _value: if r.odd then r.low else r.thenLow,
        }})),
        found |> map(fn: (r) => ({{
            subject: r.subject, side: "highest", _time: at, _value: if r.odd then r.high else r.thenHigh,
        }})),
    ],
)

union(tables: [line(at: v.timeRangeStart), line(at: v.timeRangeStop)])
    |> filter(fn: (r) => r._value != none)
    |> map(fn: (r) => ({{r with _value: {scale}}}))
    |> group(columns: ["subject", "side"])
    |> sort(columns: ["_time"])
"""
