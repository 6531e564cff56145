"""How far each hour was from what is usual at that hour of the home's day, in Flux."""

from grafana.alerting import series
from grafana.home import Home
from grafana.queries import days_of, leaving_out
from influx.alert_rules import SubjectKind
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only
from influx.measured import LEAST_DAYS, LEAST_DEVIATION
from influx.rule import Rule
from influx.schema import BASELINE
from influx.windows import READABLE


def now(rule: Rule, _kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``said``, of the last hour that is over and rolled up."""
    never = {"subject": rule.never.get("pet", ())}
    return [
        f"option location = {days_of(home)}",
        f"running = date.truncate(t: {series.ago(READABLE)}, unit: 1h)",
        "hour = date.truncate(t: date.sub(d: 1ns, from: running), unit: 1h)",
        f"first = date.truncate(t: date.sub(d: {series.flux(series.REMEMBERED)}, from: hour), unit: 1h)",
        *series.named("minutes", series.read(rule, home, "first", "running")),
        "    |> filter(fn: expected)",
        "    |> map(fn: (r) => ({",
        "        subject: r.pet, part: r._field,",
        "        _time: date.truncate(t: r._time, unit: 1h), _value: float(v: r._value),",
        "    }))",
        f"usual_ = from(bucket: {literal(bucket_name(BASELINE.bucket, home.prefix))})",
        "    |> range(start: first, stop: running)",
        f"    {only('_measurement', [BASELINE.name])}",
        f"    {only('kind', ['activity'])}",
        *leaving_out(BASELINE, never),
        "    |> map(fn: (r) => ({",
        "        subject: r.subject, part: r._field, _time: r._time, _value: float(v: r._value),",
        "    }))",
        "hours = union(tables: [minutes, usual_])",
        '    |> group(columns: ["subject", "_time"])',
        _HOURS,
        "said = hours",
        "    |> filter(fn: (r) => r._time == hour)",
        "    |> map(fn: (r) => ({r with _time: at}))",
    ]


def before(_rule: Rule, _kind: SubjectKind, _home: Home) -> list[str]:
    """The Flux of ``was``, of the hours before that."""
    return [
        "was = hours",
        "    |> filter(fn: (r) => r._time < hour and contains(value: r.subject, set: undecided))",
    ]


_HOURS = f"""    |> reduce(
        identity: {{minutes: 0.0, mean: 0.0, deviation: 0.0, days: 0.0}},
        fn: (r, accumulator) => ({{
            minutes: if r.part == "minutes" then accumulator.minutes + r._value else accumulator.minutes,
            mean: if r.part == "mean" then r._value else accumulator.mean,
            deviation: if r.part == "deviation" then r._value else accumulator.deviation,
            days: if r.part == "days" then r._value else accumulator.days,
        }}),
    )
    |> filter(fn: (r) => r.days >= {literal(float(LEAST_DAYS))})
    |> map(fn: (r) => ({{
        subject: r.subject,
        _time: r._time,
        _value: math.abs(x: r.minutes - r.mean) / math.mMax(x: r.deviation, y: {literal(LEAST_DEVIATION)}),
        gone: 0,
    }}))
    |> group(columns: ["subject"])"""
