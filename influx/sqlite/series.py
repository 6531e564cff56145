"""A plan as SQL, and what SQLite answers to it."""
# ruff: noqa: S608

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from influx.assemble import Run
from influx.points import FieldValue, length_ns
from influx.schema import MEASUREMENTS
from influx.sqlite.sql import names, place, within
from influx.windows import Aggregate, Plan, Source

OF_POINTS = {
    Aggregate.MEAN: "avg({})",
    Aggregate.MIN: "min({})",
    Aggregate.MAX: "max({})",
    # nullif: a step whose points all lack the field has no value, not a count of 0.
    Aggregate.COUNT: "nullif(count({}), 0)",
    # As a float: the sum of integers would raise an error where it leaves 64 bits.
    Aggregate.SUM: "sum(cast({} AS REAL))",
}
OF_ROLLUPS = {
    # It is asked for where there is but one.
    Aggregate.MEAN: "avg({})",
    Aggregate.MIN: "min({})",
    Aggregate.MAX: "max({})",
    Aggregate.COUNT: "sum({})",
    Aggregate.SUM: "sum({})",
}


@dataclass(frozen=True, slots=True)
class _Statement:
    """SQL with its parameters, and of which field and part the columns behind tags and time are."""

    sql: str
    parameters: tuple[FieldValue, ...]
    columns: tuple[tuple[int, Aggregate], ...]


def runs(db: sqlite3.Connection, plan: Plan) -> list[Run]:
    """The values that the sources of ``plan`` give."""
    found: list[Run] = []
    for source in plan.sources:
        for statement in _statements(plan, source):
            rows = db.execute(statement.sql, statement.parameters)
            for group, lines in groupby(rows, key=lambda row: row[: len(plan.group)]):
                times, *columns = tuple(zip(*lines, strict=True))[len(plan.group) :]
                for (field, part), values in zip(statement.columns, columns, strict=True):
                    pairs = zip(times, values, strict=True)
                    there = [(time, float(value)) for time, value in pairs if value is not None]
                    if there:
                        found.append((group, field, part, *zip(*there, strict=True)))
    return found


def _statements(plan: Plan, source: Source) -> Iterator[_Statement]:
    parts = plan.parts(source)
    plain = tuple(part for part in parts if part is not Aggregate.LAST)
    if plain:
        yield _aggregated(plan, source, plain)
    if Aggregate.LAST in parts:
        for number, name in enumerate(plan.fields):
            yield _last(plan, source, number, name)


def _aggregated(plan: Plan, source: Source, parts: tuple[Aggregate, ...]) -> _Statement:
    spec = MEASUREMENTS[source.measurement]
    raw = source.measurement == plan.measurement
    functions = OF_POINTS if raw else OF_ROLLUPS
    picked, columns = [], []
    for number, name in enumerate(plan.fields):
        for part in parts:
            field = spec.field(name if raw else f"{name}_{part}")
            picked.append(functions[part].format(f'"{field.name}"'))
            columns.append((number, part))
    condition, parameters = within(spec, source.window, plan.tags)
    order = ", ".join((*_group(plan), "step"))
    sql = (
        f'SELECT {", ".join((*_group(plan), _step(source), *picked))} FROM "{spec.name}" WHERE {condition} '
        f"GROUP BY {order} ORDER BY {order}"
    )
    return _Statement(sql, parameters, tuple(columns))


def _last(plan: Plan, source: Source, number: int, name: str) -> _Statement:
    spec = MEASUREMENTS[source.measurement]
    field = f'"{spec.field(name).name}"'
    group = [f"{tag}, " for tag in _group(plan)]
    condition, parameters = within(spec, source.window, plan.tags)
    # Of points of one time the one whose tags sort last counts, as in influx.influxdb.series.
    order = names(place(spec), " DESC")
    rank = f"row_number() OVER (PARTITION BY {''.join(group)}step ORDER BY {order}) AS rank"
    found = f'SELECT *, {_step(source)} FROM "{spec.name}" WHERE {condition} AND {field} IS NOT NULL'
    ranked = f"SELECT {''.join(group)}step, {field}, {rank} FROM ({found})"
    sql = f"SELECT {''.join(group)}step, {field} FROM ({ranked}) WHERE rank = 1 ORDER BY {''.join(group)}step"
    return _Statement(sql, parameters, ((number, Aggregate.LAST),))


def _group(plan: Plan) -> list[str]:
    spec = MEASUREMENTS[plan.measurement]
    return [f'"{spec.tag(name).name}"' for name in plan.group]


def _step(source: Source) -> str:
    if source.every is None:
        return '"time" AS step'
    every = length_ns(source.every)
    return f'"time" / {every} * {every} AS step'
