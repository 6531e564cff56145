"""Rollups, active minutes and baselines as SQL over the tables of the vocabulary, for SQLite.

Each function does its work within the transaction that it is called in.
"""
# ruff: noqa: S608

import sqlite3
import statistics
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import chain
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
from influx.steps import QUARTER
from influx.windows import Window
from influx.words import Measurement

_QUARTER = length_ns(QUARTER)
_MINUTE = 60_000_000_000
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
    picked = chain.from_iterable(
        # nullif: a window whose points all lack the field has no count of it, not one of 0.
        # As a float: the sum of integers would raise an error where it leaves 64 bits.
        (f'avg("{n}")', f'min("{n}")', f'max("{n}")', f'sum(cast("{n}" AS REAL))', f'nullif(count("{n}"), 0)')
        for n in numbers
    )
    return (
        f'SELECT "time" / {_QUARTER} * {_QUARTER} AS step, {sql.names(quarter.tag_names)}, '
        f'{", ".join(picked)} FROM "{source.name}" WHERE "time" >= ? AND "time" < ? '
        f"GROUP BY step, {sql.names(quarter.tag_names)} HAVING {_any_of(numbers)}"
    )


def _daily(source: Measurement, quarter: Measurement) -> str:
    picked = chain.from_iterable(
        (f"{total} / {count}", f'min("{name}_min")', f'max("{name}_max")', total, count)
        for name in (field.name for field in rolled_fields(source))
        for total, count in [(f'sum("{name}_sum")', f'sum("{name}_count")')]
    )
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


def _temperatures(db: sqlite3.Connection, hour: Window, zone: ZoneInfo) -> _Subjects:
    """The mean temperature of each location in this hour of each of the days before."""
    found: _Subjects = defaultdict(list)
    wanted = hour.start.astimezone(zone).hour
    summed = (
        f'SELECT "location", sum("temperature_sum") / sum("temperature_count") '
        f'FROM "{ROLLUPS[ENVIRONMENT.name][0].name}" '
        'WHERE "time" >= ? AND "time" < ? AND "temperature_count" > 0 GROUP BY "location"'
    )
    for day in local_time.days_before(hour.start, BASELINE_DAYS, zone):
        same = [start for start in local_time.starts(day) if start.astimezone(zone).hour == wanted]
        if same:
            window = Window(same[0], same[-1] + QUARTER)
            for location, mean in db.execute(summed, _bounds(window)):
                found["temperature", location].append(mean)
    return found


def _active_minutes(db: sqlite3.Connection, hour: Window, zone: ZoneInfo) -> _Subjects:
    """The minutes of this hour of each of the days before on which a pet was active at all."""
    found: _Subjects = defaultdict(list)
    wanted = hour.start.astimezone(zone).hour
    counted = (
        f'SELECT "pet", sum(CASE WHEN "time" >= ? AND "time" < ? THEN "minutes" ELSE 0 END) '
        f'FROM "{PET_ACTIVE_15M.name}" WHERE "time" >= ? AND "time" < ? GROUP BY "pet"'
    )
    for day in local_time.days_before(hour.start, BASELINE_DAYS, zone):
        same = [start for start in local_time.starts(day) if start.astimezone(zone).hour == wanted]
        window = (same[0], same[-1] + QUARTER) if same else (day.start, day.start)
        for pet, minutes in db.execute(counted, (*map(to_ns, window), *_bounds(day))):
            found["activity", pet].append(float(minutes))
    return found
