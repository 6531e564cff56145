"""Rollups, active minutes and baselines as SQL over the tables of the vocabulary, for SQLite.

Each function does its work within the transaction that it is called in.
"""
# ruff: noqa: S608

import sqlite3
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from influx import local_time
from influx.points import length_ns, make, to_ns
from influx.rollup import BASELINE_DAYS, rolled_fields
from influx.schema import (
    ACTIVE_MOTION,
    BASELINE,
    ENVIRONMENT,
    MEASUREMENTS,
    PET_ACTIVE_1D,
    PET_ACTIVE_15M,
    PET_ACTIVITY,
    ROLLUPS,
)
from influx.sqlite import sql
from influx.sqlite.series import OF_POINTS, OF_ROLLUPS
from influx.steps import QUARTER
from influx.windows import Aggregate, Window
from influx.words import Measurement

_QUARTER = length_ns(QUARTER)
_MINUTE = 60_000_000_000
_PARTS = (Aggregate.MEAN, Aggregate.MIN, Aggregate.MAX, Aggregate.SUM, Aggregate.COUNT)
"""Of each number, in the order that ``influx.rollup`` has them."""
_Subjects = dict[tuple[str, str], list[float]]
"""One number a day, by kind and subject."""


def roll_up(db: sqlite3.Connection, measurement: str, window: Window, zone: ZoneInfo, now: datetime) -> None:
    """As ``Store.roll_up``; days that are not over at ``now`` are left for later."""
    source, (quarter, daily) = MEASUREMENTS[measurement], ROLLUPS[measurement]
    quarters = local_time.quarters(window)
    days = [day for day in local_time.days(window, zone) if day.stop <= now]
    is_activity = source is PET_ACTIVITY
    _anew(db, quarter, quarters, _quarter_hourly(source, quarter))
    if is_activity:
        _anew(db, PET_ACTIVE_15M, quarters, _active_quarters(), ACTIVE_MOTION)
    for day in days:
        _anew(db, daily, day, _daily(source, quarter), to_ns(day.start))
        if is_activity:
            _anew(db, PET_ACTIVE_1D, day, _active_day(), to_ns(day.start))


def baseline(db: sqlite3.Connection, moment: datetime, zone: ZoneInfo) -> None:
    """As ``Store.baseline``."""
    hour = local_time.hour(moment, zone)
    db.execute(f'DELETE FROM "{BASELINE.name}" WHERE "time" >= ? AND "time" < ?', _bounds(hour))
    found = _temperatures(db, hour, zone) | _active_minutes(db, hour, zone)
    points = [
        make(
            BASELINE,
            {"kind": kind, "subject": subject},
            {"mean": statistics.fmean(days), "deviation": statistics.pstdev(days), "days": len(days)},
            hour.start,
        )
        for (kind, subject), days in found.items()
    ]
    db.executemany(sql.upsert(BASELINE), [sql.values(BASELINE, point) for point in points])


def _anew(db: sqlite3.Connection, spec: Measurement, window: Window, select: str, *parameters: float) -> None:
    """Replace what there is of ``spec`` within ``window`` by what ``select`` finds there."""
    db.execute(f'DELETE FROM "{spec.name}" WHERE "time" >= ? AND "time" < ?', _bounds(window))
    db.execute(
        f'INSERT INTO "{spec.name}" ({sql.names(sql.columns(spec))}) {select}',
        (*parameters, *_bounds(window)),
    )


def _quarter_hourly(source: Measurement, quarter: Measurement) -> str:
    numbers = [field.name for field in rolled_fields(source)]
    picked = [OF_POINTS[part].format(f'"{name}"') for name in numbers for part in _PARTS]
    return (
        f'SELECT "time" / {_QUARTER} * {_QUARTER} AS step, {sql.names(quarter.tag_names)}, '
        f'{", ".join(picked)} FROM "{source.name}" WHERE "time" >= ? AND "time" < ? '
        f"GROUP BY step, {sql.names(quarter.tag_names)} HAVING {_any_of(numbers)}"
    )


def _daily(source: Measurement, quarter: Measurement) -> str:
    picked = [
        f'sum("{field.name}_sum") / sum("{field.name}_count")'
        if part is Aggregate.MEAN
        else OF_ROLLUPS[part].format(f'"{field.name}_{part}"')
        for field in rolled_fields(source)
        for part in _PARTS
    ]
    return (
        f"SELECT ?, {sql.names(quarter.tag_names)}, {', '.join(picked)} "
        f'FROM "{quarter.name}" WHERE "time" >= ? AND "time" < ? GROUP BY {sql.names(quarter.tag_names)}'
    )


def _active_quarters() -> str:
    return (
        f'SELECT "time" / {_QUARTER} * {_QUARTER} AS step, "pet", count(DISTINCT "time" / {_MINUTE}) '
        f'FROM "{PET_ACTIVITY.name}" WHERE "motion" >= ? AND "time" >= ? AND "time" < ? GROUP BY step, "pet"'
    )


def _active_day() -> str:
    return (
        f'SELECT ?, "pet", sum("minutes") FROM "{PET_ACTIVE_15M.name}" '
        'WHERE "time" >= ? AND "time" < ? GROUP BY "pet"'
    )


def _any_of(fields: Iterable[str]) -> str:
    return " + ".join(f'count("{name}")' for name in fields) + " > 0"


def _bounds(window: Window) -> tuple[int, int]:
    return to_ns(window.start), to_ns(window.stop)


def _same_hours(hour: Window, zone: ZoneInfo) -> Iterator[tuple[Window, Window | None]]:
    """The days before, and this hour of each; None where clocks were set so that it was left out."""
    wanted = hour.start.astimezone(zone).hour
    for day in local_time.days_before(hour.start, BASELINE_DAYS, zone):
        same = [start for start in local_time.starts(day) if start.astimezone(zone).hour == wanted]
        yield day, Window(same[0], same[-1] + QUARTER) if same else None


def _temperatures(db: sqlite3.Connection, hour: Window, zone: ZoneInfo) -> _Subjects:
    """The mean temperature of each location in this hour of each of the days before."""
    found: _Subjects = defaultdict(list)
    summed = (
        f'SELECT "location", sum("temperature_sum") / sum("temperature_count") '
        f'FROM "{ROLLUPS[ENVIRONMENT.name][0].name}" '
        'WHERE "time" >= ? AND "time" < ? AND "temperature_count" > 0 GROUP BY "location"'
    )
    for _, same in _same_hours(hour, zone):
        for location, mean in db.execute(summed, _bounds(same)) if same else ():
            found["temperature", location].append(mean)
    return found


def _active_minutes(db: sqlite3.Connection, hour: Window, zone: ZoneInfo) -> _Subjects:
    """The minutes of this hour of each of the days before on which a pet was active at all."""
    found: _Subjects = defaultdict(list)
    counted = (
        f'SELECT "pet", sum(CASE WHEN "time" >= ? AND "time" < ? THEN "minutes" ELSE 0 END) '
        f'FROM "{PET_ACTIVE_15M.name}" WHERE "time" >= ? AND "time" < ? GROUP BY "pet"'
    )
    for day, same in _same_hours(hour, zone):
        for pet, minutes in db.execute(counted, (*(_bounds(same) if same else (0, 0)), *_bounds(day))):
            found["activity", pet].append(float(minutes))
    return found
