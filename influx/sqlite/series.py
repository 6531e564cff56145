"""A plan as SQL, and what SQLite answers to it."""
# ruff: noqa: S608

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import compress, groupby, takewhile
from operator import itemgetter

from influx.assemble import Run
from influx.points import FieldValue, length_ns
from influx.schema import MEASUREMENTS
from influx.sqlite.sql import names, next_series, place, within
from influx.windows import Aggregate, Plan, Source
from influx.words import Measurement

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
        for group, part in _parts(db, plan, source):
            for statement in _statements(part, source):
                found += _read(db, statement, group, len(part.group))
    return found


def every_series(
    db: sqlite3.Connection, spec: Measurement, tags: Mapping[str, str | tuple[str, ...]]
) -> Iterator[dict[str, str]]:
    """The tags of each series that has ``tags``, in their order: one look into the index each."""
    wanted = {
        spec.tag(name).name: (value,) if isinstance(value, str) else value for name, value in tags.items()
    }
    # The last tag is always looked for: what is found comes after the place where the search begins.
    first = [wanted.get(name, ()) for name in spec.tag_names[:-1]]
    known = tuple(values[0] for values in takewhile(lambda values: len(values) == 1, first))
    statement = next_series(spec)
    row = (*known, *[""] * (len(spec.tag_names) - len(known)))
    while (row := db.execute(statement, row).fetchone()) and row[: len(known)] == known:
        series = dict(zip(spec.tag_names, row, strict=True))
        if all(series[name] in any_of for name, any_of in wanted.items()):
            yield series


def _parts(db: sqlite3.Connection, plan: Plan, source: Source) -> Iterator[tuple[tuple[str, ...], Plan]]:
    """What is asked for one after the other: values of group tags, and the plan without these.

    Series that are not aggregated together are read one by one, each in the order of the index: sorting them
    apart takes as long again.
    """
    if not plan.is_apart:
        yield (), plan
        return
    for series in every_series(db, MEASUREMENTS[source.measurement], plan.tags):
        yield tuple(series[name] for name in plan.group), replace(plan, group=(), tags=series)


def _read(
    db: sqlite3.Connection, statement: _Statement, known: tuple[str, ...], length: int
) -> Iterator[Run]:
    """The answer to ``statement``; its rows begin with ``length`` group tags beside those that are known."""
    rows = db.execute(statement.sql, statement.parameters)
    for group, lines in groupby(rows, key=itemgetter(slice(length))):
        times, *columns = tuple(zip(*lines, strict=True))[length:]
        for (field, part), values in zip(statement.columns, columns, strict=True):
            there = [value is not None for value in values]
            at, numbers = tuple(compress(times, there)), tuple(map(float, compress(values, there)))
            if at:
                yield (*known, *group), field, part, at, numbers


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
