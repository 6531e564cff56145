"""Plans and queries as Flux for InfluxDB 2.

Every word and value becomes a literal here, and only here: no text from outside can become a program.
Whole points come back as JSON objects, one a CSV row, because CSV alone cannot say exactly what they hold:
it has one spelling for a missing and an empty string, and InfluxDB changes line breaks within strings.
"""

import re
from collections.abc import Iterable, Mapping

from influx import cursor
from influx.buckets import bucket_name
from influx.points import FieldValue, length_ns, to_datetime, to_ns
from influx.schema import MEASUREMENTS
from influx.store import RowQuery
from influx.windows import Aggregate, Plan, Source, Window
from influx.words import FieldType, Measurement

_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\$]')
_WITHOUT_BOUNDS = '|> drop(columns: ["_start", "_stop", "_measurement"])'
_AS_JSON = "|> map(fn: (r) => ({json: string(v: json.encode(v: {r with _time: int(v: r._time)}))}))"


def literal(value: FieldValue) -> str:
    """``value`` as a Flux literal of its type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # "${" would start an expression; \x24 is a dollar and nothing else.
        return '"' + _SPECIAL.sub(lambda match: f"\\x{ord(match[0]):02x}", value) + '"'
    # Flux has no literal for the lowest integer, and none with an exponent.
    return f'{"int" if isinstance(value, int) else "float"}(v: "{value!r}")'


def moment(time_ns: int) -> str:
    """A time in ns as RFC 3339, exactly; a literal of Flux, and what the delete API takes."""
    return f"{to_datetime(time_ns):%Y-%m-%dT%H:%M:%S}.{time_ns % 1_000_000_000:09d}Z"


def series(plan: Plan, prefix: str = "") -> str:
    """The query that answers ``plan``; each result is named after the number of its aggregate.

    Rows hold ``_time``, ``_value``, ``_field`` and the group's tags; InfluxDB cuts the time of a step
    that the window cuts.
    """
    return "\n".join(_series(number, source, plan, prefix) for number, source in enumerate(plan.sources))


def _series(number: int, source: Source, plan: Plan, prefix: str) -> str:
    spec = MEASUREMENTS[plan.measurement]
    name = f"source{number}"
    lines = [f"{name} = {_read(spec, source, plan.tags, prefix)}", f"    {_only('_field', plan.fields)}"]
    kinds = {spec.field(field).type for field in plan.fields}
    if FieldType.INTEGER in kinds and kinds <= {FieldType.INTEGER, FieldType.FLOAT}:
        # Sums of integers, and means made of them, would leave 64 bits in silence.
        lines.append("    |> toFloat()")
    group = [spec.tag(name).name for name in plan.group]
    merged = set(group) != set(spec.tag_names)
    if merged:
        lines.append(f"    |> group(columns: {_strings(['_field', *group])})")
    for index, aggregate in enumerate(plan.aggregates):
        lines.append(name)
        if merged and aggregate is Aggregate.LAST:
            # Of points of one time the one whose tags sort last counts, as in influx.sql.
            lines.append(f"    |> sort(columns: {_strings(['_time', *spec.tag_names])})")
        every = f"{length_ns(plan.every)}ns"
        lines += [
            f'    |> aggregateWindow(every: {every}, fn: {aggregate}, createEmpty: false, timeSrc: "_start")',
            f"    |> keep(columns: {_strings(['_time', '_value', '_field', *group])})",
            f'    |> yield(name: "{number}-{index}")',
        ]
    return "\n".join(lines)


def latest(measurement: Measurement, window: Window, tags: Mapping[str, str], prefix: str = "") -> str:
    """The query for the newest value of every field of every series, one JSON object each."""
    read = _read(measurement, Source(measurement.bucket, window), tags, prefix)
    return f'import "json"\n{read}\n    |> last()\n    {_WITHOUT_BOUNDS}\n    {_AS_JSON}'


def rows(query: RowQuery, prefix: str = "") -> str:
    """The query for one page of whole points, and one point more, one JSON object each."""
    spec = MEASUREMENTS[query.measurement]
    lines = [
        'import "json"',
        _read(spec, Source(spec.bucket, query.window), query.tags, prefix),
        f"    {_WITHOUT_BOUNDS}",
        '    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
        "    |> group()",
        *(f"    {_only(name, [value])}" for name, value in query.fields.items()),
    ]
    if query.before is not None:
        time_ns, *tags = cursor.decode(spec, query.before)
        bounds = [("_time", f"time(v: {time_ns})"), *zip(spec.tag_names, map(literal, tags), strict=True)]
        lines.append(f"    |> filter(fn: (r) => {_before(bounds)})")
    lines += [
        f"    |> sort(columns: {_strings(['_time', *spec.tag_names])}, desc: true)",
        f"    |> limit(n: {query.limit + 1})",
        f"    {_AS_JSON}",
    ]
    return "\n".join(lines)


def predicate(measurement: Measurement, tags: Mapping[str, str]) -> str:
    """What the delete API, in its own small language, calls one series."""
    named = {"_measurement": measurement.name} | {name: tags[name] for name in measurement.tag_names}
    escaped = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in named.items()}
    return " AND ".join(f'"{name}"="{value}"' for name, value in escaped.items())


def _read(spec: Measurement, source: Source, tags: Mapping[str, str | tuple[str, ...]], prefix: str) -> str:
    start, stop = (moment(to_ns(bound)) for bound in (source.window.start, source.window.stop))
    lines = [
        f"from(bucket: {literal(bucket_name(source.bucket, prefix))})",
        f"    |> range(start: {start}, stop: {stop})",
        f"    {_only('_measurement', [spec.name])}",
    ]
    for name, value in tags.items():
        lines.append(f"    {_only(spec.tag(name).name, [value] if isinstance(value, str) else value)}")
    return "\n".join(lines)


def _only(column: str, values: Iterable[FieldValue]) -> str:
    tests = " or ".join(f"r[{literal(column)}] == {literal(value)}" for value in values)
    return f"|> filter(fn: (r) => {tests or 'false'})"


def _before(bounds: list[tuple[str, str]]) -> str:
    (column, bound), *rest = bounds
    here = f"r[{literal(column)}]"
    if not rest:
        return f"{here} < {bound}"
    return f"{here} < {bound} or ({here} == {bound} and ({_before(rest)}))"


def _strings(words: Iterable[str]) -> str:
    return "[" + ", ".join(map(literal, words)) + "]"
