"""Rules by which a subject has parts, each with an ``own`` threshold that no setting says, in Flux."""

from collections.abc import Mapping
from datetime import timedelta

from grafana.alerting import expectation, series
from grafana.home import Home
from influx.alert_rules import SubjectKind
from influx.buckets import bucket_name
from influx.config import Location
from influx.influxdb.flux import literal, only
from influx.registry import Kind, patience
from influx.rule import Rule
from influx.schema import CAMERA, ENVIRONMENT, GAS, NODE, PIPELINE
from influx.words import Measurement

_TAB = "\t"
"""Between a name and its node: no tag has one."""
_RECENTLY = timedelta(hours=1)
_LONGEST = timedelta(days=30)
"""Who was not heard of for so long counts as never heard of."""
_SIGNS: Mapping[Kind, tuple[Measurement, ...]] = {
    Kind.NODE: (NODE, PIPELINE),
    Kind.SENSOR: (ENVIRONMENT, GAS),
    Kind.CAMERA: (CAMERA,),
}


def spread(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``said``: what each sensor says that lives; how far they are apart in each field counts."""
    return [
        *_own(rule, home),
        *series.newest(rule, home, series.longest(rule, home)),
        f"    |> filter(fn: (r) => seconds(t: r._time) <= {series.patience(rule, home)})",
        "    |> map(fn: (r) => ({r with _time: at, own: own(r: r), gone: 0}))",
        f'    |> rename(columns: {{{kind}: "subject", _field: "part"}})',
    ]


def spread_before(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``was``: the same of each minute."""
    return [
        *series.filled(rule, kind, home),
        f"    |> filter(fn: (r) => r.age < {series.patience(rule, home)})",
        "    |> map(fn: (r) => ({r with own: own(r: r), gone: 0}))",
        f'    |> rename(columns: {{{kind}: "subject", _field: "part"}})',
    ]


def _own(rule: Rule, home: Home) -> list[str]:
    """``own``, how far apart sensors may be by the configuration."""

    def limit(place: Location, name: str) -> str:
        return f'r._field == "{name}" then {float(place.disagreement(name) or 0)!r}'

    anywhere = Location.model_construct(name="")
    tests = [
        f"if r.location == {literal(place.name)} and {limit(place, name)}"
        for place in home.locations
        for name in rule.fields
    ]
    tests += [f"if {limit(anywhere, name)}" for name in rule.fields]
    return [f"own = (r) => {' else '.join(tests)} else 0.0"]


def silence(rule: Rule, kind: SubjectKind, home: Home) -> list[str]:
    """The Flux of ``said``: for how long each thing was not heard, and may not be, by the registry."""
    what = Kind(kind)
    signs = [_sign(spec, what, home) for spec in _SIGNS[what]]
    every = signs[0] if len(signs) == 1 else "union(tables: [\n" + ",\n".join(signs) + ",\n])"
    slow = [
        f"if r.key == {literal(_TAB.join((thing.name, thing.node)))} then {length.total_seconds()!r}"
        for thing, length in sorted(home.patience.items())
        if thing.kind is what
    ]
    own = " else ".join([*slow, f"{patience(what, None).total_seconds()!r}"])
    return [
        *expectation.registered(what, home),
        f"    |> map(fn: (r) => ({{key: r.name + {literal(_TAB)} + r.node, since: r.since, heard: 0}}))",
        f"spoke = (start, stop) => {every}",
        "    |> group()",
        *expectation.heard(series.ago(_RECENTLY), series.ago(_LONGEST), "registered"),
        "said = union(tables: [registered, recent, older])",
        '    |> group(columns: ["key"])',
        "    |> reduce(",
        "        identity: {since: 0, heard: 0},",
        "        fn: (r, accumulator) => ({",
        "            since: accumulator.since + r.since,",
        "            heard: if r.heard > accumulator.heard then r.heard else accumulator.heard,",
        "        }),",
        "    )",
        "    |> filter(fn: (r) => r.since > 0)",
        "    |> map(fn: (r) => ({",
        f"        subject: strings.split(v: r.key, t: {literal(_TAB)})[0], part: r.key, _time: at, gone: 0,",
        "        _value: math.mMax(",
        "            x: 0.0, y: seconds(t: time(v: if r.heard > 0 then r.heard else r.since)),",
        f"        ) / {float(rule.per)!r},",
        f"        own: ({own}) / {float(rule.per)!r},",
        "    }))",
    ]


def _sign(spec: Measurement, kind: Kind, home: Home) -> str:
    """What says that things of ``kind`` are there; a camera does so only while it runs."""
    running = f'\n        {only("_field", ["state"])}\n        |> filter(fn: (r) => r._value == "running")'
    return (
        f"from(bucket: {literal(bucket_name(spec.bucket, home.prefix))})\n"
        "        |> range(start: start, stop: stop)\n"
        f"        {only('_measurement', [spec.name])}{running if spec is CAMERA else ''}\n"
        "        |> last()\n"
        f"        |> map(fn: (r) => ({{"
        f"key: r.{kind} + {literal(_TAB)} + r.node, since: 0, heard: int(v: r._time),"
        "}))"
    )
