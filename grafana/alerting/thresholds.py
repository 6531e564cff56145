"""Where alarms begin, in Flux: what people set, over what the rule and the home's configuration say.

As ``influx.alert_settings.effective`` has it.
"""

from grafana.alerting import guests, series
from grafana.alerting.guests import NONE
from grafana.home import Home
from influx.alert_rules import TEMPERATURE, SubjectKind, Thresholds
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only
from influx.rule import Reduce, Rule
from influx.schema import ALERT_SETTING

OWN = (Reduce.SPREAD, Reduce.SILENCE)
"""Where each subject has a threshold of its own that no setting says: values are shares of it."""


def limits(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``limits``: ``subject``, ``low``, ``high`` and ``off`` of all that has others than
    ``usual``.
    """
    is_narrowed = rule.alert is TEMPERATURE
    return [
        f"usual = {_record(usually(rule, kind))}",
        *_set(rule, home),
        _EFFECTIVE,
        f"{'own' if is_narrowed else 'limits'} = union(tables: [",
        f"    chosen(kind: {literal(str(kind))}),",
        "    array.from(rows: [",
        *(f"        {row}," for row in _rows(rule, home)),
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


def _record(one: Thresholds) -> str:
    low = -NONE if one.low is None else float(one.low)
    high = NONE if one.high is None else float(one.high)
    return f"{{low: {literal(low)}, high: {literal(high)}}}"


def _named(rule: Rule, home: Home) -> dict[str, Thresholds]:
    if rule.alert is TEMPERATURE:
        return {one.name: Thresholds(one.temperature_low, one.temperature_high) for one in home.locations}
    return dict(rule.alert.by_subject)


def _rows(rule: Rule, home: Home) -> list[str]:
    rows = [
        f'{{subject: {literal(subject)}, _field: "{side}_usual", _value: {literal(float(value))}}}'
        for subject, one in sorted(_named(rule, home).items())
        for side, value in (("low", one.low), ("high", one.high))
        if value is not None
    ]
    # Never empty, or it would have no columns.
    return [*rows, '{subject: "", _field: "", _value: 0.0}']


def _set(rule: Rule, home: Home) -> list[str]:
    flags = " or ".join(f'r._field == "{name}"' for name in ("low_default", "high_default", "off"))
    return [
        f"asked = (fields, kind) => from(bucket: {literal(bucket_name(ALERT_SETTING.bucket, home.prefix))})",
        f"    |> range(start: 0, stop: {series.UNTIL})",
        f"    {only('_measurement', [ALERT_SETTING.name])}",
        f"    {only('rule', [rule.alert.name])}",
        "    |> filter(fn: (r) => r.subject_kind == kind)",
        "    |> filter(fn: fields)",
        "    |> last()",
        "chosen = (kind) => union(tables: [",
        '    asked(kind: kind, fields: (r) => r._field == "low" or r._field == "high")',
        '        |> keep(columns: ["subject", "_field", "_value"]),',
        f"    asked(kind: kind, fields: (r) => {flags})",
        "        |> map(fn: (r) => ({",
        "            subject: r.subject, _field: r._field, _value: if r._value then 1.0 else 0.0,",
        "        })),",
        "])",
    ]


_EFFECTIVE = f"""effective = (tables=<-, usual) => tables
    |> group(columns: ["subject"])
    |> reduce(
        identity: {{
            low: {literal(-NONE)}, high: {literal(NONE)}, usualLow: usual.low, usualHigh: usual.high,
            lowBack: 0.0, highBack: 0.0, off: 0.0,
        }},
        fn: (r, accumulator) => ({{
            low: if r._field == "low" then r._value else accumulator.low,
            high: if r._field == "high" then r._value else accumulator.high,
            usualLow: if r._field == "low_usual" then r._value else accumulator.usualLow,
            usualHigh: if r._field == "high_usual" then r._value else accumulator.usualHigh,
            lowBack: if r._field == "low_default" then r._value else accumulator.lowBack,
            highBack: if r._field == "high_default" then r._value else accumulator.highBack,
            off: if r._field == "off" then r._value else accumulator.off,
        }}),
    )
    |> map(fn: (r) => ({{r with
        low: if r.lowBack == 1.0 then {literal(-NONE)} else r.low,
        high: if r.highBack == 1.0 then {literal(NONE)} else r.high,
    }}))
    |> map(fn: (r) => ({{r with
        thenLow: if r.low == {literal(-NONE)} then r.usualLow else r.low,
        thenHigh: if r.high == {literal(NONE)} then r.usualHigh else r.high,
    }}))
    // A low that was set above the usual high, or the other way round, counts alone.
    |> map(fn: (r) => ({{
        subject: r.subject,
        low: if r.thenLow < r.thenHigh then r.thenLow else r.low,
        high: if r.thenLow < r.thenHigh then r.thenHigh else r.high,
        off: r.off == 1.0,
        _time: time(v: 0),
    }}))"""
