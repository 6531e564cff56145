"""Single values of a store's answer, put together to the series that a plan asked for."""

from collections.abc import Iterable

from influx.points import to_datetime
from influx.store import Series
from influx.windows import Plan

Cell = tuple[tuple[str, ...], int, int, float | None]
"""Values of the group tags, start of the step in ns, number of the plan's column, value."""


def assemble(plan: Plan, cells: Iterable[Cell]) -> list[Series]:
    """The series of ``plan``, ordered by their tags, rows by time, None where there is no value."""
    width = len(plan.columns)
    found: dict[tuple[str, ...], dict[int, list[float | None]]] = {}
    for group, step, column, value in cells:
        if value is not None:
            rows = found.setdefault(group, {})
            row = rows.get(step)
            if row is None:
                row = rows[step] = [None] * width
            row[column] = float(value)
    return [
        Series(
            dict(zip(plan.group, group, strict=True)),
            plan.columns,
            tuple((to_datetime(step), tuple(row)) for step, row in sorted(rows.items())),
        )
        for group, rows in sorted(found.items())
    ]
