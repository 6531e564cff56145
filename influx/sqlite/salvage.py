"""What can still be read of a damaged file of the embedded store."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from influx import points
from influx.points import FieldValue, Point
from influx.schema import MEASUREMENTS
from influx.sqlite import sql
from influx.words import FieldType, Measurement

_LAST_ROWID = 2**62


def copy(old: sqlite3.Connection, new: sqlite3.Connection) -> int:
    """Copy every point that can be read, and that the vocabulary allows, from ``old``; returns how many."""
    # Damaged text may be no UTF-8; it must not end the reading of its neighbours.
    old.text_factory = bytes
    count = 0
    for measurement in MEASUREMENTS.values():
        statement = sql.upsert(measurement)
        for row in _readable(old, measurement):
            point = _sound(measurement, row)
            if point is not None:
                new.execute(statement, sql.values(measurement, point))
                count += 1
    return count


def _readable(db: sqlite3.Connection, measurement: Measurement) -> Iterator[tuple[Any, ...]]:
    """Every row in the order of the rowids, leaping over those that cannot be read."""
    table = f'"{measurement.name}"'
    try:
        info = db.execute("SELECT name FROM pragma_table_info(?)", (measurement.name,))
        there = {name.decode() for (name,) in info}
    except sqlite3.DatabaseError:
        return
    if not there:
        return
    columns = ", ".join(f'"{name}"' if name in there else "NULL" for name in sql.columns(measurement))
    select = f"SELECT rowid, {columns} FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid"  # noqa: S608
    last: int | None = 0
    while last is not None:
        try:
            for row in db.execute(select, (last,)):
                last = row[0]
                yield row[1:]
        except sqlite3.DatabaseError:
            last = _leap(db, select, last)
        else:
            return


def _leap(db: sqlite3.Connection, select: str, last: int) -> int | None:
    """The smallest rowid after which reading works again; None where it never does."""

    def works(rowid: int) -> bool:
        try:
            db.execute(f"{select} LIMIT 1", (rowid,)).fetchone()
        except sqlite3.DatabaseError:
            return False
        return True

    step = 1
    while not works(last + step):
        step *= 2
        if last + step > _LAST_ROWID:
            return None
    fails, good = last + step // 2, last + step
    while good - fails > 1:
        middle = (fails + good) // 2
        fails, good = (fails, middle) if works(middle) else (middle, good)
    return good


def _sound(measurement: Measurement, row: tuple[Any, ...]) -> Point | None:
    """The point of a row; None where the damage left no point that the vocabulary allows."""
    time_ns, *rest = row
    try:
        texts = [value.decode() if isinstance(value, bytes) else value for value in rest]
        tags = dict(zip(measurement.tag_names, texts, strict=False))
        fields: dict[str, FieldValue | None] = {}
        for field, value in zip(measurement.fields, texts[len(tags) :], strict=True):
            fields[field.name] = bool(value) if field.type is FieldType.BOOLEAN and value in (0, 1) else value
        return points.make(measurement, tags, fields, time_ns) if isinstance(time_ns, int) else None
    except ValueError:
        return None
