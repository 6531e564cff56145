"""What is expected to be heard of, and when it was: the registry joined with the last signs."""

from grafana.home import Home
from influx.buckets import bucket_name
from influx.influxdb.flux import literal
from influx.registry import Kind, patience
from influx.schema import (
    CAMERA,
    CAPTURED_EVENT_TYPES,
    ENVIRONMENT,
    GAS,
    NODE,
    PET_EVENT,
    PIPELINE,
    REGISTRY,
)

_LOOK_BACK = "30d"
"""Of what was not heard of for so long the age is not told."""


def silence(home: Home, *, wrong_alone: bool = False) -> str:
    """The query for a row a thing: ``kind``, ``name``, ``node``, ``heard``, ``age`` in s, and ``state``.

    ``state`` is ``ok``, ``silent`` or ``never``; what is retired is left out. ``wrong_alone`` leaves out what
    is ok.
    """
    asked = " and ".join(f"r.event_type != {literal(each)}" for each in sorted(CAPTURED_EVENT_TYPES))
    limit = "".join(
        f"if r.kind == {literal(str(kind))} then {literal(patience(kind, None).total_seconds())} else "
        for kind in Kind
    )
    signs = [
        _sign(home, ENVIRONMENT.name, ENVIRONMENT.bucket, "", Kind.SENSOR),
        _sign(home, GAS.name, GAS.bucket, "", Kind.SENSOR),
        _sign(home, NODE.name, NODE.bucket, "", Kind.NODE),
        _sign(home, PIPELINE.name, PIPELINE.bucket, "", Kind.NODE),
        _sign(home, CAMERA.name, CAMERA.bucket, '|> filter(fn: (r) => r._field == "fps")', Kind.CAMERA),
        _sign(
            home,
            PET_EVENT.name,
            PET_EVENT.bucket,
            f'|> filter(fn: (r) => r._field == "duration" and {asked})',
            Kind.PET,
        ),
    ]
    tables = ",\n".join(f"    {sign}" for sign in signs)
    only_wrong = '\n    |> filter(fn: (r) => r.state != "ok")' if wrong_alone else ""
    return f"""expected = from(bucket: {literal(bucket_name(REGISTRY.bucket, home.prefix))})
    |> range(start: 0)
    |> filter(fn: (r) => r._measurement == {literal(REGISTRY.name)} and r._field == "retired")
    |> last()
    |> map(fn: (r) => ({{
        kind: r.kind, name: r.name, node: r.node, heard: 0, known: if r._value then 0 else 1,
    }}))
signs = union(tables: [
{tables},
])

union(tables: [expected, signs])
    |> group(columns: ["kind", "name"])
    |> reduce(
        identity: {{heard: 0, known: 0, node: ""}},
        fn: (r, accumulator) => ({{
            heard: if r.heard > accumulator.heard then r.heard else accumulator.heard,
            known: if r.known > accumulator.known then r.known else accumulator.known,
            node: if r.known > 0 then r.node else accumulator.node,
        }}),
    )
    |> filter(fn: (r) => r.known > 0)
    |> map(fn: (r) => ({{r with age: float(v: int(v: now()) - r.heard) / 1000000000.0}}))
    |> map(fn: (r) => ({{
        kind: r.kind,
        name: r.name,
        node: r.node,
        heard: time(v: r.heard),
        age: r.age,
        state: if r.heard == 0 then "never" else if r.age > ({limit}0.0) then "silent" else "ok",
    }})){only_wrong}
    |> group()
    |> sort(columns: ["state", "kind", "name"], desc: false)
"""


def _sign(home: Home, measurement: str, bucket: str, more: str, kind: Kind) -> str:
    return (
        f"from(bucket: {literal(bucket_name(bucket, home.prefix))}) |> range(start: -{_LOOK_BACK})\n"
        f"        |> filter(fn: (r) => r._measurement == {literal(measurement)}) {more}\n"
        f"        |> last() |> group()\n"
        f'        |> map(fn: (r) => ({{kind: {literal(str(kind))}, name: r.{kind}, node: "", '
        "heard: int(v: r._time), known: 0}))"
    )
