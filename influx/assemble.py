"""What sources answered, put together to the series that a plan asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from influx.points import to_datetime
from influx.store import Series
from influx.windows import Aggregate, Plan

Run = tuple[tuple[str, ...], int, Aggregate, Iterable[tuple[int, float]]]
"""Values of the group tags, number of the field, which part, and the part's values with their times in ns,
oldest first."""
Column = dict[datetime, float]

_MERGED: dict[Aggregate, Callable[[float, float], float]] = {
    Aggregate.SUM: float.__add__,
    Aggregate.COUNT: float.__add__,
    Aggregate.MIN: min,
    Aggregate.MAX: max,
    Aggregate.LAST: lambda _, later: later,
}
"""How two values of a part within one step become one; a mean that is asked for comes in one piece."""


def assemble(plan: Plan, runs: Iterable[Run]) -> list[Series]:
    """The series of ``plan``, ordered by their tags, rows by time, None where there is no value."""
    steps = _Steps(plan)
    found: dict[tuple[str, ...], dict[tuple[int, Aggregate], Column]] = defaultdict(lambda: defaultdict(dict))
    for group, field, part, values in runs:
        column = found[group][field, part]
        merged = _MERGED.get(part)
        for time_ns, value in values:
            step = steps[time_ns]
            if merged is not None and step in column:
                value = merged(column[step], value)
            column[step] = value
    return [
        Series(dict(zip(plan.group, group, strict=True)), plan.columns, _rows(plan, parts))
        for group, parts in sorted(found.items())
    ]


class _Steps(dict[int, datetime]):
    """The beginning of the step of each time; worked out once, for there are many series."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._grid = plan.grid

    def __missing__(self, time_ns: int) -> datetime:
        step = self[time_ns] = self._grid.floor(to_datetime(time_ns))
        return step


def _rows(
    plan: Plan, parts: dict[tuple[int, Aggregate], Column]
) -> tuple[tuple[datetime, tuple[float | None, ...]], ...]:
    columns = [
        _column(parts, field, aggregate) for field in range(len(plan.fields)) for aggregate in plan.aggregates
    ]
    times = sorted(set().union(*columns))
    return tuple(zip(times, zip(*(map(column.get, times) for column in columns), strict=True), strict=True))


def _column(parts: dict[tuple[int, Aggregate], Column], field: int, aggregate: Aggregate) -> Column:
    if aggregate is not Aggregate.MEAN or (field, aggregate) in parts:
        return parts.get((field, aggregate), {})
    sums, counts = parts.get((field, Aggregate.SUM), {}), parts.get((field, Aggregate.COUNT), {})
    return {step: total / counts[step] for step, total in sums.items()}
