"""A page of whole points from InfluxDB, newest first, with few and small questions.

Most pages are filled by the newest days: those are asked first, then what is before them, six times as long
each time. Within such a part InfluxQL reads the fields of all series side by side in the order of time and
stops when the page is full; Flux would pivot all of it in memory. But it reads every field to compare one of
them. So where a field is filtered over a long part, Flux finds time and tags of the points from that alone,
because it compares while it reads; in a moment, InfluxQL does. The points are then asked for one by one, in
one request.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import Any

from influx import cursor
from influx.buckets import bucket_name
from influx.influxdb import answers
from influx.influxdb.flux import literal, only, strings, tagged
from influx.influxdb.influxql import columns
from influx.points import FieldValue, Point, length_ns, to_ns
from influx.rfc3339 import exactly
from influx.rows_as_lines import Row
from influx.schema import MEASUREMENTS
from influx.store import RowQuery
from influx.words import UNKNOWN_TAG

FIRST, WIDER = length_ns(timedelta(days=2)), 6
"""How far back the first part goes, and how many times as long the next is; a page's window often ends a day
ahead of now.
"""
MOMENT = length_ns(timedelta(seconds=1))
"""As long as this a few points are looked for, such as one event, and not a page of many."""
_TIES = 8
"""Points more than a page that are asked for: mostly no others have the time of the last that is needed."""
_BINDABLE = str | bool
"""Values that InfluxQL compares exactly; numbers it may take for others."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of time: ``start`` included, ``stop`` not, in ns since 1970."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Question:
    """InfluxQL, and the values of what stands in it as ``$name``; they cannot become part of its text."""

    text: str
    values: dict[str, FieldValue]

    def parameters(self, database: str) -> dict[str, str]:
        """As InfluxDB's ``/query`` takes it."""
        return {"db": database, "q": self.text, "params": json.dumps(self.values)}


Ask = Callable[[Question], Iterator[Sequence[Row]]]
"""What gives the rows that InfluxQL answers."""
Find = Callable[[RowQuery, Part, int], Iterable[dict[str, Any]]]
"""What gives the objects that Flux answers to ``places_with``."""


def newest_first(query: RowQuery, ask: Ask, find: Find | None) -> Iterator[Point]:
    """The points that ``query`` asks for, whatever its limit: take as many as are needed.

    Each part is asked for when the points before it are used up. ``find`` is None where strangers have
    written values of other types, which Flux cannot compare: InfluxQL passes over them, and takes longer.
    """
    spec = MEASUREMENTS[query.measurement]
    whole = Part(to_ns(query.window.start), to_ns(query.window.stop))
    before: cursor.Place | None = None
    if query.before is not None:
        before = cursor.decode(spec, query.before)
        whole = Part(whole.start, min(whole.stop, int(before[0]) + 1))
    if not all(query.tags.values()):
        return
    for part in _widening(whole):
        for point in _of_part(query, part, ask, find):
            is_asked_for = all(point.fields.get(name) == value for name, value in query.fields.items())
            if is_asked_for and (before is None or cursor.place_of(spec, point) < before):
                yield point


def _widening(whole: Part) -> Iterator[Part]:
    """Parts of ``whole``, the newest first, each longer than the one after it."""
    stop, length = whole.stop, FIRST
    while whole.start < stop:
        start = max(whole.start, stop - length)
        yield Part(start, stop)
        stop, length = start, length * WIDER


def _of_part(query: RowQuery, part: Part, ask: Ask, find: Find | None) -> Iterator[Point]:
    most = query.limit + 1 + _TIES
    while part.start < part.stop:
        if query.fields and _is_found_first(part, find):
            places = list(_places(query, part, most, ask, find))
            times = [int(place[0] or 0) for place in places]
            rows = _collected(ask, one_by_one(query, places)) if places else []
        else:
            rows = _collected(ask, newest(query, part, most))
            times = [int(row[0] or 0) for row in rows]
        if len(times) < most:
            yield from _points(query, rows)
            return
        # Of the last time there may be more than were told.
        last = min(times)
        if last == max(times):
            rows = _collected(ask, newest(query, Part(last, last + 1), None))
            part = Part(part.start, last)
        else:
            rows = [row for row in rows if row[0] != last]
            part = Part(part.start, last + 1)
        yield from _points(query, rows)


def _is_found_first(part: Part, find: Find | None) -> bool:
    """Whether points with a field are found before they are read: in a moment, or by Flux."""
    length = part.stop - part.start
    return length <= MOMENT or (find is not None and length > FIRST)


def _places(query: RowQuery, part: Part, most: int, ask: Ask, find: Find | None) -> Iterator[Row]:
    """Time and tags of the newest points within ``part`` that have the first of the fields asked for."""
    tag_names = MEASUREMENTS[query.measurement].tag_names
    if find is not None and part.stop - part.start > FIRST:
        for found in find(query, part, most):
            yield (found["_time"], *(found.get(name) for name in tag_names))
    else:
        name = next(iter(query.fields))
        for row in _collected(ask, newest(query, part, most, name)):
            yield row[: 1 + len(tag_names)]


def _collected(ask: Ask, question: Question) -> list[Row]:
    return [row for rows in ask(question) for row in rows]


def _points(query: RowQuery, rows: list[Row]) -> list[Point]:
    """The points of ``rows``, in the order of pages; those of strangers may come in several rows."""
    spec = MEASUREMENTS[query.measurement]
    first_field = 1 + len(spec.tag_names)
    found: dict[cursor.Place, dict[str, FieldValue]] = {}
    for row in rows:
        tags = [str(tag or UNKNOWN_TAG) for tag in row[1:first_field]]
        place: cursor.Place = (int(row[0] or 0), *tags)
        fields = {
            name: value
            for name, told in zip(spec.field_names, row[first_field:], strict=True)
            if told is not None and (value := answers.value_of(spec, name, told)) is not None
        }
        if fields:
            found.setdefault(place, {}).update(fields)
    return [
        Point(spec.name, dict(zip(spec.tag_names, map(str, place[1:]), strict=True)), fields, int(place[0]))
        for place, fields in sorted(found.items(), key=itemgetter(0), reverse=True)
    ]


def newest(query: RowQuery, part: Part, most: int | None, *fields: str) -> Question:
    """The question for the newest ``most`` points within ``part``, for all their fields or ``fields``."""
    spec = MEASUREMENTS[query.measurement]
    conditions, values = [f"time >= {part.start} AND time < {part.stop}"], dict[str, FieldValue]()
    for name, wanted in query.tags.items():
        any_of = []
        for value in (wanted,) if isinstance(wanted, str) else wanted:
            values[f"v{len(values)}"] = value
            any_of.append(f'"{spec.tag(name).name}"::tag = $v{len(values) - 1}')
            if value == UNKNOWN_TAG:
                any_of.append(f"\"{name}\"::tag = ''")
        conditions.append(f"({' OR '.join(any_of)})")
    for name, exactly_this in query.fields.items():
        if isinstance(exactly_this, _BINDABLE):
            field = spec.field(name)
            conditions.append(f'"{field.name}"::{field.type} = $v{len(values)}')
            values[f"v{len(values)}"] = exactly_this
    limit = "" if most is None else f" LIMIT {most}"
    text = (
        f'SELECT {columns(spec, *fields)} FROM "{spec.name}" WHERE {" AND ".join(conditions)}'  # noqa: S608 -- words
        f" ORDER BY time DESC{limit}"
    )
    return Question(text, values)


def places_with(query: RowQuery, prefix: str, part: Part, most: int) -> str:
    """The Flux that finds time and tags of the newest ``most`` points within ``part``, by the first field."""
    spec = MEASUREMENTS[query.measurement]
    name, value = next(iter(query.fields.items()))
    lines = [
        'import "json"',
        f"from(bucket: {literal(bucket_name(spec.bucket, prefix))})",
        f"    |> range(start: {exactly(part.start)}, stop: {exactly(part.stop)})",
        f"    {only('_measurement', [spec.name])}",
        *tagged(spec, query.tags),
        f"    {only('_field', [name])}",
        f"    {only('_value', [value])}",
        # So many of each series are enough, and all that is held in memory.
        f"    |> tail(n: {most})",
        f"    |> keep(columns: {strings(['_time', *spec.tag_names])})",
        "    |> group()",
        '    |> sort(columns: ["_time"], desc: true)',
        f"    |> limit(n: {most})",
        "    |> map(fn: (r) => ({json: string(v: json.encode(v: {r with _time: int(v: r._time)}))}))",
    ]
    return "\n".join(lines)


def one_by_one(query: RowQuery, places: list[Row]) -> Question:
    """The question for the points at ``places``, a statement for each: InfluxQL knows no OR of times."""
    spec = MEASUREMENTS[query.measurement]
    texts, values = [], dict[str, FieldValue]()
    for time_ns, *tags in places:
        conditions = [f"time = {time_ns}"]
        for name, tag in zip(spec.tag_names, tags, strict=True):
            conditions.append(f'"{name}"::tag = $v{len(values)}')
            values[f"v{len(values)}"] = tag or ""
        texts.append(f'SELECT {columns(spec)} FROM "{spec.name}" WHERE {" AND ".join(conditions)}')  # noqa: S608 -- words
    return Question("; ".join(texts), values)
