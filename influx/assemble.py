"""What sources answered, put together to the series that a plan asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain

from influx.points import length_ns, to_datetime
from influx.store import Series, Unavailable
from influx.windows import Aggregate, Plan

Run = tuple[tuple[str, ...], int, Aggregate, Sequence[int], Sequence[float]]
"""Values of the group tags, number of the field, which part; times in ns, oldest first, and their values."""
Column = dict[datetime, float]

_MERGED: dict[Aggregate, Callable[[float, float], float]] = {
    Aggregate.SUM: float.__add__,
    Aggregate.COUNT: float.__add__,
    Aggregate.MIN: min,
    Aggregate.MAX: max,
    Aggregate.LAST: lambda _, later: later,
}
"""How two values of a part within one step become one; a mean that is asked for comes in one piece."""


class InPieces(Unavailable):
    """A mean came in several pieces: points have tags that are not ours."""


def assemble(plan: Plan, runs: Iterable[Run]) -> list[Series]:
    """The series of ``plan``, ordered by their tags, rows by time, None where there is no value.

    Raises ``InPieces``, never where ``plan`` is ``in_parts``.
    """
    steps = _Steps(plan)
    found: dict[tuple[str, ...], dict[tuple[int, Aggregate], Column]] = defaultdict(dict)
    for group, field, part, times, values in runs:
        parts = found[group]
        new = list(map(steps.__getitem__, times))
        parts[field, part] = _merged(parts.get((field, part), {}), part, new, values)
    return [
        Series(dict(zip(plan.group, group, strict=True)), plan.columns, _rows(plan, parts))
        for group, parts in sorted(found.items())
    ]


def _merged(column: Column, part: Aggregate, steps: Sequence[datetime], values: Sequence[float]) -> Column:
    new = dict(zip(steps, values, strict=True))
    if len(new) == len(steps) and column.keys().isdisjoint(new):
        return column | new if column else new
    merge = _MERGED.get(part)
    if merge is None:
        raise InPieces(f"a {part} of one step came more than once")
    for step, value in zip(steps, values, strict=True):
        column[step] = merge(column[step], value) if step in column else value
    return column


class _Steps(dict[int, datetime]):
    """The beginning of the step of each time; worked out once, for there are many series."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._grid = plan.grid
        self._every = length_ns(plan.grid.every)

    def __missing__(self, time_ns: int) -> datetime:
        if self._grid.days:
            step = self._grid.floor(to_datetime(time_ns))
        else:
            # What Grid.floor says, in a third of the time: there may be thousands of steps.
            step = to_datetime(time_ns - time_ns % self._every)
        self[time_ns] = step
        return step


def _rows(
    plan: Plan, parts: dict[tuple[int, Aggregate], Column]
) -> tuple[tuple[datetime, tuple[float | None, ...]], ...]:
    columns = [
        _column(parts, field, aggregate) for field in range(len(plan.fields)) for aggregate in plan.aggregates
    ]
    # Mostly in order already, which sorting is quick with.
    first, *others = columns
    times = sorted(dict.fromkeys(chain(first, *others)) if others else first)
    return tuple(zip(times, zip(*(map(column.get, times) for column in columns), strict=True), strict=True))


def _column(parts: dict[tuple[int, Aggregate], Column], field: int, aggregate: Aggregate) -> Column:
    there = parts.get((field, aggregate), {})
    sums, counts = (parts.get((field, part), {}) for part in (Aggregate.SUM, Aggregate.COUNT))
    if aggregate is not Aggregate.MEAN or not counts:
        return there
    made = {step: total / counts[step] for step, total in sums.items() if step not in there}
    return made | there
