"""What a store must answer, worked out in plain Python from the words of the protocol alone."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from influx.points import FieldValue, Point, to_ns
from influx.schema import MEASUREMENTS
from influx.store import RowQuery, Series
from influx.windows import Aggregate, Plan, Window

Key = tuple[str, tuple[str, ...], int]


class Reference:
    """Points by measurement, tags and time; every question is answered by looking at all of them."""

    def __init__(self) -> None:
        self.points: dict[Key, dict[str, FieldValue]] = {}

    def write(self, point: Point) -> None:
        self.points.setdefault(key(point), {}).update(point.fields)

    def delete(self, point: Point) -> None:
        self.points.pop(key(point), None)

    def series(self, plan: Plan) -> list[Series]:
        cells: dict[tuple[str, ...], dict[datetime, dict[str, list[tuple[int, tuple[str, ...], Any]]]]] = {}
        for point in self.found(plan.measurement, plan.window, plan.tags):
            group = tuple(point.tags[name] for name in plan.group)
            step = start_of_step(plan, point.time)
            for name in plan.fields:
                if name in point.fields:
                    values = cells.setdefault(group, {}).setdefault(step, {}).setdefault(name, [])
                    values.append((point.time_ns, tuple(point.tags.values()), point.fields[name]))
        return [
            Series(
                dict(zip(plan.group, group, strict=True)),
                plan.columns,
                tuple(map(to_ns, sorted(steps))),
                tuple(zip(*(row(plan, values) for _, values in sorted(steps.items())), strict=True)),
            )
            for group, steps in sorted(cells.items())
        ]

    def latest(self, measurement: str, window: Window, tags: Mapping[str, str]) -> list[Point]:
        newest: dict[tuple[str, ...], dict[str, tuple[int, FieldValue]]] = {}
        for point in self.found(measurement, window, tags):
            fields = newest.setdefault(tuple(point.tags.values()), {})
            for name, value in point.fields.items():
                if name not in fields or point.time_ns > fields[name][0]:
                    fields[name] = (point.time_ns, value)
        names = MEASUREMENTS[measurement].tag_names
        return [
            Point(
                measurement,
                dict(zip(names, series, strict=True)),
                {name: value for name, (_, value) in fields.items()},
                max(at for at, _ in fields.values()),
            )
            for series, fields in sorted(newest.items())
        ]

    def rows(self, query: RowQuery) -> list[Point]:
        found = self.found(query.measurement, query.window, query.tags)
        kept = [p for p in found if all(p.fields.get(name) == value for name, value in query.fields.items())]
        return sorted(kept, key=lambda point: (point.time_ns, tuple(point.tags.values())), reverse=True)

    def found(
        self, measurement: str, window: Window, tags: Mapping[str, str | tuple[str, ...]]
    ) -> list[Point]:
        names = MEASUREMENTS[measurement].tag_names
        wanted = {name: (value,) if isinstance(value, str) else value for name, value in tags.items()}
        found = [
            Point(name, dict(zip(names, values, strict=True)), fields, at)
            for (name, values, at), fields in self.points.items()
            if name == measurement and to_ns(window.start) <= at < to_ns(window.stop)
        ]
        return [p for p in found if all(p.tags[name] in values for name, values in wanted.items())]


def start_of_step(plan: Plan, moment: datetime) -> datetime:
    """Days are counted from a Monday, by the dates of the home; all else in seconds from the epoch."""
    days, rest = divmod(plan.every, timedelta(days=1))
    if rest:
        return moment - (moment - datetime(1970, 1, 1, tzinfo=UTC)) % plan.every
    local = moment.astimezone(plan.grid.zone).date()
    first = local - timedelta(days=(local - date(1, 1, 1)).days % days)
    return datetime(first.year, first.month, first.day, tzinfo=plan.grid.zone).astimezone(UTC)


def key(point: Point) -> Key:
    return point.measurement, tuple(value for _, value in sorted(point.tags.items())), point.time_ns


def row(plan: Plan, values: Mapping[str, list[tuple[int, tuple[str, ...], Any]]]) -> tuple[float | None, ...]:
    cells = [(values.get(name), aggregate) for name in plan.fields for aggregate in plan.aggregates]
    return tuple(None if found is None else aggregated(found, aggregate) for found, aggregate in cells)


def aggregated(found: list[tuple[int, tuple[str, ...], Any]], aggregate: Aggregate) -> float:
    numbers = [value for _, _, value in found]
    match aggregate:
        case Aggregate.MEAN:
            return math.fsum(numbers) / len(numbers)
        case Aggregate.MIN:
            return float(min(numbers))
        case Aggregate.MAX:
            return float(max(numbers))
        case Aggregate.COUNT:
            return float(len(numbers))
        case Aggregate.SUM:
            return math.fsum(numbers)
        case Aggregate.LAST:
            return float(max(found)[2])


def same(ours: list[Series], theirs: list[Series]) -> bool:
    """Whether two answers agree, sums and means to within the rounding of their order."""
    return [about(series) for series in ours] == [about(series) for series in theirs] and all(
        close(a, b)
        for one, other in zip(ours, theirs, strict=True)
        for (_, left), (_, right) in zip(one.rows, other.rows, strict=True)
        for a, b in zip(left, right, strict=True)
    )


def about(series: Series) -> tuple[dict[str, str], tuple[str, ...], list[datetime]]:
    return dict(series.tags), series.fields, [at for at, _ in series.rows]


def close(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
