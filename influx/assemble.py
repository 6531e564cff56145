"""What sources answered, put together to the series that a plan asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain

from influx.points import length_ns, to_datetime, to_ns
from influx.store import Series, Unavailable
from influx.windows import Aggregate, Plan

Run = tuple[tuple[str, ...], int, Aggregate, Sequence[int], Sequence[float]]
"""Values of the group tags, number of the field, which part; times in ns, oldest first, and their values."""
Column = dict[int, float]
"""Values by the time of their step."""

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
    step_of = _step_of(plan)
    found: dict[tuple[str, ...], dict[tuple[int, Aggregate], Column]] = defaultdict(dict)
    for group, field, part, times, values in runs:
        parts = found[group]
        steps = list(map(step_of, times))
        parts[field, part] = _merged(parts.get((field, part), {}), part, steps, values)
    return [
        Series(dict(zip(plan.group, group, strict=True)), plan.columns, *_steps(plan, parts))
        for group, parts in sorted(found.items())
    ]


def _merged(column: Column, part: Aggregate, steps: Sequence[int], values: Sequence[float]) -> Column:
    new = dict(zip(steps, values, strict=True))
    if len(new) == len(steps) and column.keys().isdisjoint(new):
        column.update(new)
        return column
    merge = _MERGED.get(part)
    if merge is None:
        raise InPieces(f"a {part} of one step came more than once")
    for step, value in zip(steps, values, strict=True):
        column[step] = merge(column[step], value) if step in column else value
    return column


def _step_of(plan: Plan) -> Callable[[int], int]:
    """What gives the beginning of the step that a time lies in."""
    if not plan.grid.days:
        every = length_ns(plan.grid.every)
        return lambda time_ns: time_ns - time_ns % every
    # Worked out once for each time, for there are many series.
    return cache(lambda time_ns: to_ns(plan.grid.floor(to_datetime(time_ns))))


def _steps(
    plan: Plan, parts: dict[tuple[int, Aggregate], Column]
) -> tuple[tuple[int, ...], tuple[tuple[float | None, ...], ...]]:
    """The steps that have any value, and the values of each column in them."""
    columns = [
        _column(parts, field, aggregate) for field in range(len(plan.fields)) for aggregate in plan.aggregates
    ]
    # Mostly in order already, which sorting is quick with.
    first, *others = columns
    times = tuple(sorted(dict.fromkeys(chain(first, *others)) if others else first))
    return times, tuple(tuple(map(column.get, times)) for column in columns)


def _column(parts: dict[tuple[int, Aggregate], Column], field: int, aggregate: Aggregate) -> Column:
    there = parts.get((field, aggregate), {})
    sums, counts = (parts.get((field, part), {}) for part in (Aggregate.SUM, Aggregate.COUNT))
    if aggregate is not Aggregate.MEAN or not counts:
        return there
    made = {step: total / counts[step] for step, total in sums.items() if step not in there}
    return made | there
