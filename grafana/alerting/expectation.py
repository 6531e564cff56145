"""What is expected to be heard of, in Flux: the registry, and signs looked for as far back as is needed."""

from grafana.alerting import series
from grafana.home import Home
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only
from influx.registry import Kind
from influx.schema import REGISTRY


def registered(kind: Kind, home: Home) -> list[str]:
    """The Flux of ``registered``: ``name``, ``node`` and ``since`` (ns) of all that is not retired."""
    return [
        f"registry = (field) => from(bucket: {literal(bucket_name(REGISTRY.bucket, home.prefix))})",
        f"    |> range(start: 0, stop: {series.UNTIL})",
        f"    {only('_measurement', [REGISTRY.name])}",
        f"    {only('kind', [str(kind)])}",
        "    |> filter(fn: (r) => r._field == field)",
        "    |> last()",
        "registered = union(tables: [",
        '    registry(field: "since")',
        "        |> map(fn: (r) => ({",
        "            name: r.name, node: r.node, since: int(v: time(v: r._value)), gone: 0,",
        "        })),",
        '    registry(field: "retired")',
        "        |> map(fn: (r) => ({",
        "            name: r.name, node: r.node, since: 0, gone: if r._value then 1 else 0,",
        "        })),",
        "])",
        '    |> group(columns: ["name", "node"])',
        "    |> reduce(",
        "        identity: {since: 0, gone: 0},",
        "        fn: (r, accumulator) => ({",
        "            since: accumulator.since + r.since, gone: accumulator.gone + r.gone,",
        "        }),",
        "    )",
        "    |> filter(fn: (r) => r.gone == 0 and r.since > 0)",
    ]


def heard(recently: str, longest: str, expected: str) -> list[str]:
    """The Flux of ``recent`` and ``older``, which ``spoke`` gives for a window: rows with a ``key``.

    Only where a key of the stream ``expected`` spoke not ``recently`` is it looked for longer ago.
    """
    return [
        f"recent = spoke(start: {recently}, stop: {series.UNTIL})",
        'keys = recent |> group() |> findColumn(fn: (key) => true, column: "key")',
        f"missing = {expected}",
        "    |> group()",
        "    |> filter(fn: (r) => not contains(value: r.key, set: keys))",
        '    |> findColumn(fn: (key) => true, column: "key")',
        "isAll = length(arr: missing) == 0",
        "older = spoke(",
        f"    start: if isAll then 1970-01-01T00:00:00Z else {longest},",
        f"    stop: if isAll then 1970-01-01T00:00:01Z else {recently},",
        ")",
    ]
