"""How long ago something was seen or written down, in Flux; what never was is as old as the wish for it."""

from datetime import timedelta

from grafana.alerting import expectation, series
from grafana.home import Home
from influx.alert_rules import HOME, SubjectKind
from influx.buckets import bucket_name, keeps
from influx.influxdb.flux import literal, only
from influx.registry import Kind
from influx.rule import Rule
from influx.schema import ALERT_SETTING, PET_EVENT

_EVER = timedelta(days=3660)


def age(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``said``: the age of the newest point of each subject since it ended."""
    ended = "int(v: r._time)"
    if rule.measurement is PET_EVENT:
        ended += " + int(v: r._value * 1000000000.0)"
    named = literal(HOME) if kind is SubjectKind.HOME else f"r.{kind}"
    long = keeps(rule.measurement.bucket, home.retention) or _EVER
    return [
        *_since(rule, kind, home),
        "spoke = (start, stop) =>",
        *(f"    {line}" for line in series.read(rule, home, "start", "stop")),
        "        |> last()",
        "        |> filter(fn: expected)",
        f"        |> map(fn: (r) => ({{key: {named}, set: 0, since: 0, heard: {ended}}}))",
        "        |> group()",
        *expectation.heard(series.ago(rule.back), series.ago(long), "since"),
        "said = union(tables: [since, recent, older])",
        '    |> group(columns: ["key"])',
        "    |> reduce(",
        "        identity: {set: 0, since: 0, heard: 0},",
        "        fn: (r, accumulator) => ({",
        "            set: if r.set > accumulator.set then r.set else accumulator.set,",
        "            since: if r.since > accumulator.since then r.since else accumulator.since,",
        "            heard: if r.heard > accumulator.heard then r.heard else accumulator.heard,",
        "        }),",
        "    )",
        # Without a camera nothing can be seen, and that is no alarm.
        *(["    |> filter(fn: (r) => r.since > 0)"] if kind is SubjectKind.HOME else []),
        "    |> map(fn: (r) => ({r with",
        "        from: if r.heard > 0 then r.heard else if r.since > 0 then r.since else r.set,",
        "    }))",
        "    |> map(fn: (r) => ({",
        "        subject: r.key, _time: at, gone: 0,",
        f"        _value: math.mMax(x: 0.0, y: seconds(t: time(v: r.from))) / {float(rule.per)!r},",
        "    }))",
        '    |> group(columns: ["subject"])',
    ]


def _since(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``since``: what should be heard of: it is registered, or somebody set a threshold."""
    match kind:
        case SubjectKind.HOME:
            return [
                *expectation.registered(Kind.CAMERA, home),
                "    |> group()",
                '    |> min(column: "since")',
                "since = registered",
                f"    |> map(fn: (r) => ({{key: {literal(HOME)}, set: 0, since: r.since, heard: 0}}))",
            ]
        case SubjectKind.PET:
            return [
                *_set(rule, kind, home),
                *expectation.registered(Kind.PET, home),
                "since = union(tables: [",
                "    wanted,",
                "    registered |> map(fn: (r) => ({key: r.name, set: 0, since: r.since, heard: 0})),",
                "])",
                "    |> group()",
            ]
    return [*_set(rule, kind, home), "since = wanted"]


def _set(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    retired = f'    |> filter(fn: (r) => not contains(value: "{kind}\\t" + r.subject, set: retired))'
    can_be = kind in (SubjectKind.PET, SubjectKind.CAMERA) and rule.measurement is PET_EVENT
    return [
        f"wanted = from(bucket: {literal(bucket_name(ALERT_SETTING.bucket, home.prefix))})",
        f"    |> range(start: 0, stop: {series.UNTIL})",
        f"    {only('_measurement', [ALERT_SETTING.name])}",
        f"    {only('rule', [rule.alert.name])}",
        f"    {only('subject_kind', [str(kind)])}",
        "    |> last()",
        *([retired] if can_be else []),
        "    |> map(fn: (r) => ({key: r.subject, set: int(v: r._time), since: 0, heard: 0}))",
        "    |> group()",
    ]
