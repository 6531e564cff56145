"""The store in a SQLite file: what Hutch uses where no InfluxDB is configured."""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from influx import cursor, points
from influx.assemble import assemble
from influx.buckets import oldest_ns
from influx.config import Retention
from influx.lines import parse_line
from influx.points import Point, PointError
from influx.rows_as_lines import MOST_LINES, lines_of
from influx.schema import MEASUREMENTS
from influx.sqlite import pages, salvage, sql
from influx.sqlite import rollups as sql_rollups
from influx.sqlite import series as series_sql
from influx.sqlite.file import SqliteFile
from influx.store import DensityQuery, Page, Rejected, RowQuery, Series, Tags
from influx.windows import Plan, Window
from influx.words import Measurement

EXPIRED_AT_ONCE = 5_000
"""Points that one transaction deletes at most, so that nobody waits long for the file."""


class EmbeddedStore:
    """A ``Store`` in the SQLite file at ``path``, for any number of threads and processes at once.

    A point older than ``retention`` keeps is refused, as InfluxDB does; ``now`` gives seconds since 1970.
    A damaged file is put aside as ``<name>.damaged-<time>`` (the newest two), and what can be read of it is
    kept. Raises ``Unavailable`` where the file can be neither opened nor made.
    """

    tends_itself = False

    def __init__(
        self, path: Path, *, retention: Retention | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._retention = retention or Retention()
        self._now = now
        self._file = SqliteFile(path, _prepare, salvage.copy)

    def write(self, measurement: str, lines: Sequence[str]) -> None:
        """See ``Store.write``; where a line is refused, none is stored."""
        spec = _known(measurement)
        oldest = oldest_ns(spec.bucket, self._now(), self._retention)
        rows = [sql.values(spec, _checked(spec, line, oldest)) for line in lines]
        self._file.write(lambda db: db.executemany(sql.upsert(spec), rows))

    def series(self, plan: Plan) -> list[Series]:
        """See ``Store.series``."""
        return assemble(plan, self._file.read(lambda db: series_sql.runs(db, plan)))

    def latest(
        self, measurement: str, window: Window, tags: Tags | None = None, fields: Collection[str] = ()
    ) -> list[Point]:
        """See ``Store.latest``."""
        spec = MEASUREMENTS[measurement]
        return self._file.read(lambda db: _latest(db, spec, window, tags or {}, fields))

    def rows(self, query: RowQuery) -> Page:
        """See ``Store.rows``."""
        spec = MEASUREMENTS[query.measurement]
        found = self._file.read(lambda db: pages.rows(db, query))
        page = tuple(sql.points_of(spec, found[: query.limit]))
        more = len(found) > len(page)
        return Page(page, cursor.encode(cursor.place_of(spec, page[-1])) if more else None)

    def density(self, query: DensityQuery) -> dict[tuple[int, int], int]:
        """See ``Store.density``."""
        statement = sql.density(query)
        found = self._file.read(lambda db: db.execute(statement.sql, statement.parameters).fetchall())
        return {(column, row): count for column, row, count in found}

    def lines(self, measurement: str, window: Window) -> Iterator[list[str]]:
        """See ``Store.lines``; no part of it keeps the file from being written."""
        spec, after = MEASUREMENTS[measurement], None
        while found := self._following(spec, window, after):
            yield lines_of(spec, found)
            after = found[-1][: 1 + len(spec.tag_names)]

    def _following(self, spec: Measurement, window: Window, after: cursor.Place | None) -> list[Any]:
        if after is not None:
            window = replace(window, start=points.to_datetime(int(after[0])))
        statement = sql.following(spec, window, after, MOST_LINES)
        return self._file.read(lambda db: db.execute(statement.sql, statement.parameters).fetchall())

    def delete(self, measurement: str, tags: Mapping[str, str], time_ns: int) -> None:
        """See ``Store.delete``."""
        spec = MEASUREMENTS[measurement]
        place = (time_ns, *(tags[name] for name in spec.tag_names))
        self._file.write(lambda db: db.execute(sql.delete(spec), place))

    def roll_up(self, measurement: str, window: Window, zone: ZoneInfo) -> None:
        """See ``Store.roll_up``."""
        now = points.to_datetime(int(self._now()) * 1_000_000_000)
        self._file.write(lambda db: sql_rollups.roll_up(db, measurement, window, zone, now))

    def baseline(self, hour: datetime, zone: ZoneInfo) -> None:
        """See ``Store.baseline``."""
        self._file.write(lambda db: sql_rollups.baseline(db, hour, zone))

    def expire(self, now: float) -> dict[str, int]:
        """See ``Store.expire``."""
        counts = {}
        for spec in MEASUREMENTS.values():
            oldest = oldest_ns(spec.bucket, now, self._retention)
            if oldest is not None and (count := self._expire(spec, oldest)):
                counts[spec.name] = count
        return counts

    def _expire(self, spec: Measurement, oldest: int) -> int:
        total, statement = 0, sql.expire(spec)
        while True:
            count = self._file.write(lambda db: db.execute(statement, (oldest, EXPIRED_AT_ONCE)).rowcount)
            total += count
            if count < EXPIRED_AT_ONCE:
                return total

    def close(self) -> None:
        """See ``Store.close``."""
        self._file.close()


def _prepare(db: sqlite3.Connection) -> None:
    for spec in MEASUREMENTS.values():
        table, *indexes = sql.create(spec)
        db.execute(table)
        there = {row[0] for row in db.execute("SELECT name FROM pragma_table_info(?)", (spec.name,))}
        if not there.issuperset(sql.place(spec)):
            for statement in sql.rebuild(spec, there):
                db.execute(statement)
            continue
        for field in spec.fields:
            if field.name not in there:
                db.execute(f'ALTER TABLE "{spec.name}" ADD COLUMN {sql.column(field)}')
        for index in indexes:
            db.execute(index)


def _known(measurement: str) -> Measurement:
    try:
        return MEASUREMENTS[measurement]
    except KeyError:
        raise Rejected(f"there is no measurement {measurement!r:.60}") from None


def _checked(spec: Measurement, line: str, oldest: int | None) -> Point:
    try:
        point = points.check(parse_line(line))
    except PointError as error:
        raise Rejected(str(error)) from None
    if point.measurement != spec.name:
        raise Rejected(f"a line of {point.measurement} among those of {spec.name}")
    if oldest is not None and point.time_ns < oldest:
        raise Rejected(f"a point of {spec.name} at {point.time_ns} ns is older than {spec.bucket} keeps")
    return point


def _latest(
    db: sqlite3.Connection, spec: Measurement, window: Window, tags: Tags, fields: Collection[str]
) -> list[Point]:
    names = [spec.field(name).name for name in fields] or spec.field_names
    found: list[Point] = []
    for series in series_sql.every_series(db, spec, tags):
        newest = {}
        for name in names:
            statement = sql.newest(spec, name, window, series)
            row = db.execute(statement.sql, statement.parameters).fetchone()
            if row is not None:
                newest[name] = row
        if newest:
            time_ns = max(at for at, _ in newest.values())
            values = (newest[name][1] if name in newest else None for name in spec.field_names)
            found.append(sql.point_of(spec, (time_ns, *series.values(), *values)))
    return found
