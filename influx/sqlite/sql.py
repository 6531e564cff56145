"""Queries as SQL for SQLite: one wide table a measurement, tags and fields as columns.

Plans are rendered in ``influx.sqlite.series``.
Only words of the vocabulary become part of the text; every value is a parameter.
"""
# ruff: noqa: S608

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from influx import cursor
from influx.points import FieldValue, Point, to_ns
from influx.schema import MEASUREMENTS
from influx.store import DensityQuery, RowQuery
from influx.windows import Window
from influx.words import UNKNOWN_TAG, Field, FieldType, Measurement

_COLUMN_TYPES = {
    FieldType.FLOAT: "REAL",
    FieldType.INTEGER: "INTEGER",
    FieldType.STRING: "TEXT",
    FieldType.BOOLEAN: "INTEGER",
}

FILTERED = {"pet_event": "clip_state"}
"""The field of a measurement that pages are filtered by over a long time: it has an index of its own."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its parameters."""

    sql: str
    parameters: tuple[FieldValue, ...] = ()


def names(words: Iterable[str], order: str = "") -> str:
    """Words of the vocabulary as a list of columns, each with ``order`` behind it."""
    return ", ".join(f'"{word}"{order}' for word in words)


def place(measurement: Measurement) -> tuple[str, ...]:
    """The columns that pages are sorted by: the time, then the tags."""
    return ("time", *measurement.tag_names)


def columns(measurement: Measurement) -> tuple[str, ...]:
    """All columns of a measurement's table: the time, the tags, the fields."""
    return (*place(measurement), *measurement.field_names)


def column(field: Field) -> str:
    """The definition of the column of ``field``."""
    return f'"{field.name}" {_COLUMN_TYPES[field.type]}'


def create(measurement: Measurement) -> tuple[str, ...]:
    """The statements that make the table of ``measurement`` and its indexes where they are missing."""
    tags = [f'"{name}" TEXT NOT NULL' for name in measurement.tag_names]
    fields = [column(field) for field in measurement.fields]
    key = f"PRIMARY KEY ({names((*measurement.tag_names, 'time'))})"
    name = measurement.name
    return (
        f'CREATE TABLE IF NOT EXISTS "{name}" ("time" INTEGER NOT NULL, {", ".join([*tags, *fields, key])})',
        *indexes(measurement),
    )


def indexes(measurement: Measurement) -> tuple[str, ...]:
    """The statements that make the indexes of ``measurement`` where they are missing."""
    columns: dict[str, tuple[str, ...]] = {"time": ("time",)}
    columns |= {field: (field, *measurement.tag_names, "time") for field in _filtered(measurement)}
    name = measurement.name
    return tuple(
        f'CREATE INDEX IF NOT EXISTS "{name}_{column}" ON "{name}" ({names(key)})'
        for column, key in columns.items()
    )


def _filtered(measurement: Measurement) -> tuple[str, ...]:
    field = FILTERED.get(measurement.name)
    return () if field is None else (field,)


def rebuild(measurement: Measurement, there: Collection[str]) -> tuple[str, ...]:
    """The statements that give a table made for fewer tags the new ones, ``unknown`` in the old points.

    The tags are the table's key, which SQLite cannot change. ``there`` are the columns the table has.
    """
    old, name = f"{measurement.name} before", measurement.name
    kept = [column for column in columns(measurement) if column in there]
    missing = [tag for tag in measurement.tag_names if tag not in there]
    unknown = "".join(f", '{UNKNOWN_TAG}'" for _ in missing)
    into = f'"{name}" ({names([*kept, *missing])})'
    return (
        *(f'DROP INDEX IF EXISTS "{name}_{column}"' for column in ("time", *_filtered(measurement))),
        f'ALTER TABLE "{name}" RENAME TO "{old}"',
        *create(measurement),
        f'INSERT OR REPLACE INTO {into} SELECT {names(kept)}{unknown} FROM "{old}"',
        f'DROP TABLE "{old}"',
    )


def upsert(measurement: Measurement) -> str:
    """The statement that stores one point, given as ``values``: fields that it lacks stay as they are."""
    every = columns(measurement)
    key = names((*measurement.tag_names, "time"))
    merged = [f'"{name}" = coalesce(excluded."{name}", "{name}")' for name in measurement.field_names]
    return (
        f'INSERT INTO "{measurement.name}" ({names(every)}) VALUES ({", ".join("?" * len(every))}) '
        f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(merged)}"
    )


def values(measurement: Measurement, point: Point) -> tuple[FieldValue | None, ...]:
    """What stands in each column for ``point``."""
    tags = [point.tags[name] for name in measurement.tag_names]
    return (point.time_ns, *tags, *map(point.fields.get, measurement.field_names))


def point_of(measurement: Measurement, row: Sequence[FieldValue | None]) -> Point:
    """The point that a row of all columns holds."""
    (point,) = points_of(measurement, [row])
    return point


def points_of(measurement: Measurement, rows: Iterable[Sequence[Any]]) -> Iterator[Point]:
    """The points that ``rows`` of all columns hold; what all of many share is looked up once."""
    name, tag_names = measurement.name, measurement.tag_names
    first_field = 1 + len(tag_names)
    field_names = measurement.field_names
    booleans = [field.name for field in measurement.fields if field.type is FieldType.BOOLEAN]
    for row in rows:
        values = zip(field_names, row[first_field:], strict=True)
        fields = {field: value for field, value in values if value is not None}
        for field in booleans:
            if field in fields:
                fields[field] = bool(fields[field])
        yield Point(name, dict(zip(tag_names, row[1:first_field], strict=True)), fields, row[0])


def next_series(measurement: Measurement, fields: tuple[str, ...] = ()) -> str:
    """The statement that finds the tags of the series after the one whose tags are the parameters.

    One look into the index; DISTINCT would read every point. Values of ``fields``, which the points must
    have, come before the tags; the index holds them first.
    """
    key = names((*measurement.tag_names, "time"))
    after = ", ".join("?" for _ in measurement.tag_names)
    equal = "".join(f'"{measurement.field(name).name}" = ? AND ' for name in fields)
    return (
        f'SELECT {names(measurement.tag_names)} FROM "{measurement.name}" '
        f"WHERE {equal}({key}) > ({after}, {2**63 - 1}) ORDER BY {key} LIMIT 1"
    )


def newest(measurement: Measurement, field: str, window: Window, tags: Mapping[str, str]) -> Statement:
    """The time and the newest value of ``field`` in the one series that ``tags`` name."""
    where, parameters = within(measurement, window, tags)
    return Statement(
        f'SELECT "time", "{field}" FROM "{measurement.name}" WHERE {where} AND "{field}" IS NOT NULL '
        'ORDER BY "time" DESC LIMIT 1',
        parameters,
    )


def rows(query: RowQuery) -> Statement:
    """The rows of one page, all columns, and one row more where there is a next page."""
    measurement = MEASUREMENTS[query.measurement]
    where, parameters = within(measurement, query.window, query.tags)
    for name, value in query.fields.items():
        where += f' AND "{measurement.field(name).name}" = ?'
        parameters += (value,)
    if query.before is not None:
        before = cursor.decode(measurement, query.before)
        where += f" AND ({names(place(measurement))}) < ({', '.join('?' * len(before))})"
        # SQLite begins at the first bound of the time that it is given, so that must be the nearest.
        start, stop, *others = parameters
        parameters = (start, min(int(stop), int(before[0]) + 1), *others, *before)
    return Statement(
        f'SELECT {names(columns(measurement))} FROM "{measurement.name}" WHERE {where} '
        f"ORDER BY {names(place(measurement), ' DESC')} LIMIT ?",
        (*parameters, query.limit + 1),
    )


def density(query: DensityQuery) -> Statement:
    """The column and row of each cell of the grid that has points, and how many."""
    spec = MEASUREMENTS[query.measurement]
    x, y = (f'"{spec.field(name).name}"' for name in (query.x, query.y))
    where, parameters = within(spec, query.window, query.tags)
    cell = "max(0, min(? - 1, CAST({} * ? AS INTEGER)))"
    return Statement(
        f'SELECT {cell.format(x)} AS "column", {cell.format(y)} AS "row", count(*) FROM "{spec.name}" '
        f"WHERE {where} AND {x} IS NOT NULL AND {y} IS NOT NULL GROUP BY 1, 2",
        (query.columns, query.columns, query.rows, query.rows, *parameters),
    )


def following(measurement: Measurement, window: Window, after: cursor.Place | None, limit: int) -> Statement:
    """The rows of all columns, oldest first, of at most ``limit`` points within ``window``.

    They are those that come ``after`` a point whose time and tags these are, or the first.
    """
    where, parameters = within(measurement, window, {})
    if after is not None:
        where += f" AND ({names(place(measurement))}) > ({', '.join('?' * len(after))})"
        parameters += after
    return Statement(
        f'SELECT {names(columns(measurement))} FROM "{measurement.name}" WHERE {where} '
        f"ORDER BY {names(place(measurement))} LIMIT ?",
        (*parameters, limit),
    )


def delete(measurement: Measurement) -> str:
    """The statement that deletes one point, given its ``cursor.place_of``."""
    where = " AND ".join(f'"{name}" = ?' for name in place(measurement))
    return f'DELETE FROM "{measurement.name}" WHERE {where}'


def expire(measurement: Measurement) -> str:
    """The statement that deletes the oldest points before a time, given that time and how many at most."""
    old = f'SELECT rowid FROM "{measurement.name}" WHERE "time" < ? ORDER BY "time" LIMIT ?'
    return f'DELETE FROM "{measurement.name}" WHERE rowid IN ({old})'


def within(
    spec: Measurement, window: Window, tags: Mapping[str, str | tuple[str, ...]]
) -> tuple[str, tuple[FieldValue, ...]]:
    """The condition, with its parameters, of points within ``window`` that have these values of tags."""
    conditions = ['"time" >= ?', '"time" < ?']
    parameters: list[FieldValue] = [to_ns(window.start), to_ns(window.stop)]
    for name, value in tags.items():
        any_of = (value,) if isinstance(value, str) else value
        conditions.append(f'"{spec.tag(name).name}" IN ({", ".join("?" * len(any_of))})')
        parameters.extend(any_of)
    return " AND ".join(conditions), tuple(parameters)
