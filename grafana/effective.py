"""Where warnings begin, in Flux: what people set, over what is usual of a subject.

As ``influx.alert_settings.effective`` has it. ``union(tables: [chosen(kind: …), table of usual]) |>
effective(usual: …)`` is a row a subject: ``subject``, ``low``, ``high`` and ``off``.
"""

from collections.abc import Mapping

from grafana.home import Home
from influx.alert_rules import AlertRule, Thresholds
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only
from influx.schema import ALERT_SETTING

NONE = 1_000_000_000.0
"""Stands for no high threshold, and less than nothing by as much for no low one: null cannot be compared."""


def record(one: Thresholds) -> str:
    """``one`` as a Flux record, as ``effective`` takes it for whom nobody has said anything."""
    low = -NONE if one.low is None else float(one.low)
    high = NONE if one.high is None else float(one.high)
    return f"{{low: {literal(low)}, high: {literal(high)}}}"


def usual_rows(usual: Mapping[str, Thresholds]) -> list[str]:
    """The rows of a table of what is usual of some subjects, for ``array.from``."""
    rows = [
        f'{{subject: {literal(subject)}, _field: "{side}_usual", _value: {literal(float(value))}}}'
        for subject, one in sorted(usual.items())
        for side, value in (("low", one.low), ("high", one.high))
        if value is not None
    ]
    # Never empty, or it would have no columns.
    return [*rows, '{subject: "", _field: "", _value: 0.0}']


def chosen(rule: AlertRule, home: Home, *, until: str = "now()") -> list[str]:
    """The Flux of ``chosen(kind)``: what people set for ``rule`` up to the Flux time ``until``."""
    flags = " or ".join(f'r._field == "{name}"' for name in ("low_default", "high_default", "off"))
    return [
        f"asked = (fields, kind) => from(bucket: {literal(bucket_name(ALERT_SETTING.bucket, home.prefix))})",
        f"    |> range(start: 0, stop: {until})",
        f"    {only('_measurement', [ALERT_SETTING.name])}",
        f"    {only('rule', [rule.name])}",
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


EFFECTIVE = f"""effective = (tables=<-, usual) => tables
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
"""The Flux of ``effective``."""
