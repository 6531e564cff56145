"""A page of whole points from SQLite, however many points its filters pass over.

A page without filters, or of a short time, is read in the order of time until it is full. For any other
each series that has the tags is read by itself, newest first, through the index that holds it in the order
of time, and the series are merged: what is read is a point of each series and those of the page, never what
other pets did in between. A field that pages are filtered by has an index of that kind (``sql.FILTERED``).
"""
# ruff: noqa: S608

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from heapq import merge
from itertools import islice
from typing import Any

from influx import cursor
from influx.points import to_ns
from influx.schema import MEASUREMENTS
from influx.sqlite import sql
from influx.store import RowQuery

SHORT = timedelta(hours=1)
"""A window of which every point is looked at sooner than every series is looked up."""

Row = tuple[Any, ...]


def rows(db: sqlite3.Connection, query: RowQuery) -> list[Row]:
    """The rows of the page, all columns, and one row more where there is a next page."""
    measurement = MEASUREMENTS[query.measurement]
    by_field = sql.FILTERED.get(measurement.name)
    state = {name: value for name, value in query.fields.items() if name == by_field}
    if query.window.length <= SHORT or not (query.tags or state):
        statement = sql.rows(query)
        return db.execute(statement.sql, statement.parameters).fetchall()
    each = [_newest_first(db, query, state, series) for series in _series(db, query, state)]
    last = 1 + len(measurement.tag_names)
    with closing(merge(*each, key=lambda row: row[:last], reverse=True)) as merged:
        return list(islice(merged, query.limit + 1))


def _series(db: sqlite3.Connection, query: RowQuery, state: dict[str, Any]) -> list[tuple[str, ...]]:
    """The tags of each series that there is and that ``query`` asks for."""
    measurement = MEASUREMENTS[query.measurement]
    wanted = [
        (measurement.tag_names.index(name), (value,) if isinstance(value, str) else value)
        for name, value in query.tags.items()
    ]
    found: list[tuple[str, ...]] = []
    statement = sql.next_series(measurement, tuple(state))
    series = tuple("" for _ in measurement.tag_names)
    while series := db.execute(statement, (*state.values(), *series)).fetchone():
        if all(series[place] in values for place, values in wanted):
            found.append(series)
    return found


def _newest_first(
    db: sqlite3.Connection, query: RowQuery, state: dict[str, Any], series: tuple[str, ...]
) -> Iterator[Row]:
    """The rows of one series in the window and before the cursor; read as they are taken."""
    measurement = MEASUREMENTS[query.measurement]
    start, stop = to_ns(query.window.start), to_ns(query.window.stop)
    if query.before is not None:
        time_ns, *tags = cursor.decode(measurement, query.before)
        # Of the points of the cursor's time those whose tags come before its own are still to come.
        stop = min(stop, int(time_ns) + (series < tuple(tags)))
    others = {name: value for name, value in query.fields.items() if name not in state}
    names = (*state, *measurement.tag_names, *others)
    where = " AND ".join(f'"{name}" = ?' for name in names)
    found = db.execute(
        f'SELECT {sql.names(sql.columns(measurement))} FROM "{measurement.name}" '
        f'WHERE {where} AND "time" >= ? AND "time" < ? ORDER BY "time" DESC',
        (*state.values(), *series, *others.values(), start, stop),
    )
    with closing(found):
        yield from found
