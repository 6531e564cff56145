"""Queries as Flux for InfluxDB 2; ``influx.influxdb.series`` renders plans.

Every word and value becomes a literal here, and only here: no text from outside can become a program.
Whole points come back as JSON objects, one a CSV row, because CSV alone cannot say exactly what they hold:
it has one spelling for a missing and an empty string, and InfluxDB changes line breaks within strings.
"""

import re
from collections.abc import Collection, Iterable, Mapping

from influx.buckets import bucket_name
from influx.points import FieldValue, to_ns
from influx.rfc3339 import exactly
from influx.windows import Window
from influx.words import UNKNOWN_TAG, Measurement

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


def latest(
    spec: Measurement,
    window: Window,
    tags: Mapping[str, str | tuple[str, ...]],
    fields: Collection[str],
    prefix: str = "",
) -> str:
    """The query for the newest value of each of ``fields``, or of all, of every series: JSON objects."""
    newest = stream(spec, window, tags, prefix)
    if fields:
        newest += f"\n    {only('_field', [spec.field(name).name for name in fields])}"
    return f'import "json"\n{newest}\n    |> last()\n    {_WITHOUT_BOUNDS}\n    {_AS_JSON}'


def predicate(measurement: Measurement, tags: Mapping[str, str]) -> str:
    """What the delete API, in its own small language, calls one series."""
    named = {"_measurement": measurement.name} | {name: tags[name] for name in measurement.tag_names}
    escaped = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in named.items()}
    return " AND ".join(f'"{name}"="{value}"' for name, value in escaped.items())


def stream(spec: Measurement, window: Window, tags: Mapping[str, str | tuple[str, ...]], prefix: str) -> str:
    """The beginning of a query: the points of ``spec`` within ``window`` that have these values of tags."""
    start, stop = (exactly(to_ns(bound)) for bound in (window.start, window.stop))
    lines = [
        f"from(bucket: {literal(bucket_name(spec.bucket, prefix))})",
        f"    |> range(start: {start}, stop: {stop})",
        f"    {only('_measurement', [spec.name])}",
    ]
    return "\n".join([*lines, *tagged(spec, tags)])


def tagged(spec: Measurement, tags: Mapping[str, str | tuple[str, ...]]) -> list[str]:
    """The steps of a query that keep rows with these values of tags."""
    return [
        f"    {_tagged(spec.tag(name).name, [value] if isinstance(value, str) else value)}"
        for name, value in tags.items()
    ]


def _tagged(tag: str, values: Collection[str]) -> str:
    """The step that keeps rows with one of ``values`` of ``tag``, or without it where one is ``unknown``."""
    step = only(tag, values)
    return f"{step[:-1]} or not exists r[{literal(tag)}])" if UNKNOWN_TAG in values else step


def only(column: str, values: Iterable[FieldValue]) -> str:
    """The step of a query that keeps rows with one of ``values`` in ``column``."""
    tests = " or ".join(f"r[{literal(column)}] == {literal(value)}" for value in values)
    return f"|> filter(fn: (r) => {tests or 'false'})"


def strings(words: Iterable[str]) -> str:
    """``words`` as a Flux array."""
    return "[" + ", ".join(map(literal, words)) + "]"
