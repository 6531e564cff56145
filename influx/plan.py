"""How a window is answered: from raw points, from 15-minute or from daily rollups, joined without a seam.

The coarsest source that fits the steps answers all that it has whole and ready; what remains at both ends
is answered by the next finer one, down to the raw points (docs/decisions/009-windows-joined.md).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from influx.rollup import rolled_fields
from influx.schema import MEASUREMENTS, ROLLUPS
from influx.steps import DAY, MAX_POINTS, QUARTER, Grid, fits, rounded_up, step_for
from influx.windows import DAY_READY, READABLE, Aggregate, Horizon, Plan, Source, Window, WindowError
from influx.words import FieldType, Measurement

_SHORTEST = timedelta(seconds=1)
_LONGEST = timedelta(days=366)
_EDGE = QUARTER
"""What is as old as this near the end of its retention counts as there when a step is chosen, and is left
alone when sources are joined: it may be gone before it is read."""


@dataclass(frozen=True, slots=True)
class _Level:
    """One measurement to read from: raw points (``unit`` None) or rollups of windows of ``unit``."""

    spec: Measurement
    unit: timedelta | None
    ready: timedelta = timedelta(0)


def plan(
    measurement: str,
    fields: tuple[str, ...],
    window: Window,
    *,
    horizon: Horizon,
    every: timedelta | None = None,
    aggregates: tuple[Aggregate, ...] = (Aggregate.MEAN,),
    group: tuple[str, ...] | None = None,
    tags: Mapping[str, str] | None = None,
    max_points: int = MAX_POINTS,
) -> Plan:
    """Decide how to answer "these fields over this window".

    ``every`` is the step wanted, never made shorter. It is made longer where it would give more than
    ``max_points`` rows a series, and where the window starts when raw points have expired: then it is whole
    quarter hours, or whole days where only daily rollups are left. What no rollup holds (the last value,
    text, measurements that are not rolled up) is read from raw points as far as there are any.

    ``group`` defaults to every tag of the measurement. Raises ``KeyError`` for a word the vocabulary lacks
    and ``WindowError`` for a step or a field that cannot be aggregated.
    """
    spec = MEASUREMENTS[measurement]
    group = spec.tag_names if group is None else group
    _check_fields(spec, fields, aggregates)
    for name in (*group, *(tags or {})):
        spec.tag(name)
    if every is not None and not _SHORTEST <= every <= _LONGEST:
        raise WindowError(f"a step of {every} is none; it can be from 1 s to {_LONGEST.days} days")
    levels = _levels(spec, fields, aggregates)
    grid = _grid(window, every, max_points, levels, horizon)
    # Coarsest first, and only those whose windows are whole parts of a step.
    usable = [level for level in reversed(levels) if level.unit is None or not grid.every % level.unit]
    if len(usable) == 1:
        sources = [Source(spec.name, window, _every(usable[0], grid), whole=not grid.days)]
    else:
        sources = list(_join(usable, window, grid, horizon))
    return Plan(measurement, fields, aggregates, window, grid, tuple(sources), group, dict(tags or {}))


def _check_fields(spec: Measurement, fields: tuple[str, ...], aggregates: tuple[Aggregate, ...]) -> None:
    if not fields or not aggregates:
        raise WindowError(f"nothing is asked of {spec.name}: at least one field and one aggregate it must be")
    for names in (fields, aggregates):
        if len(set(names)) < len(names):
            raise WindowError(f"of {spec.name} something is asked twice: {', '.join(names)}")
    for name in fields:
        is_number = spec.field(name).type in (FieldType.FLOAT, FieldType.INTEGER)
        others = [aggregate for aggregate in aggregates if aggregate is not Aggregate.COUNT]
        if not is_number and others:
            raise WindowError(f"{spec.name}.{name} is no number: it can be counted, but has no {others[0]}")


def _levels(spec: Measurement, fields: tuple[str, ...], aggregates: tuple[Aggregate, ...]) -> list[_Level]:
    """What holds the answer, finest first."""
    raw = _Level(spec, None)
    if spec.name not in ROLLUPS or Aggregate.LAST in aggregates:
        return [raw]
    if not set(fields) <= {field.name for field in rolled_fields(spec)}:
        return [raw]
    quarter, day = ROLLUPS[spec.name]
    return [raw, _Level(quarter, QUARTER, READABLE), _Level(day, DAY, DAY_READY)]


def _grid(
    window: Window, every: timedelta | None, max_points: int, levels: list[_Level], horizon: Horizon
) -> Grid:
    step = step_for(window.length, max_points)
    if every is not None and fits(window.length, every, max_points):
        step = every
    unit = _finest(window.start, levels, horizon).unit
    grid = Grid(step if unit is None else rounded_up(step, unit), horizon.zone)
    # A day of 23 hours may make one step more than their length says.
    while grid.days and grid.count(window.start, window.stop) > max_points:
        grid = Grid(grid.every + DAY, horizon.zone)
    return grid


def _finest(start: datetime, levels: list[_Level], horizon: Horizon) -> _Level:
    """The finest level that still has what was at ``start``, or else the one that goes back furthest."""
    for level in levels:
        if horizon.oldest(level.spec) - _EDGE <= start:
            return level
    return min(levels, key=lambda level: horizon.oldest(level.spec))


def _join(levels: list[_Level], window: Window, grid: Grid, horizon: Horizon) -> Iterator[Source]:
    """Sources for ``window``: the first level what it has whole, the others what is before and after."""
    if not levels:
        return
    level, *finer = levels
    start, stop = _reach(level, window, horizon)
    if start >= stop:
        yield from _join(finer, window, grid, horizon)
        return
    if window.start < start:
        yield from _join(finer, Window(window.start, start), grid, horizon)
    whole = level.unit == grid.every
    yield Source(level.spec.name, Window(start, stop), _every(level, grid), whole)
    if stop < window.stop:
        yield from _join(finer, Window(stop, window.stop), grid, horizon)


def _reach(level: _Level, window: Window, horizon: Horizon) -> tuple[datetime, datetime]:
    """From when to when ``level`` answers within ``window``: nowhere where the first is not the earlier."""
    kept = horizon.oldest(level.spec) + _EDGE
    if level.unit is None:
        # Of a quarter hour that has expired in part, the rollup alone still knows the whole.
        return max(window.start, Grid(QUARTER, horizon.zone).ceil(kept)), window.stop
    windows = Grid(level.unit, horizon.zone)
    return windows.ceil(max(window.start, kept)), windows.floor(min(window.stop, horizon.now - level.ready))


def _every(level: _Level, grid: Grid) -> timedelta | None:
    """What the store aggregates to: the plan's steps, or what the home's days are made of."""
    if level.unit is None:
        return QUARTER if grid.days else grid.every
    return None if grid.days or grid.every == level.unit else grid.every
