"""A window of time, and the neutral plan that says which source, step and aggregates answer it.

Nobody writes a query by hand: ``plan`` decides, ``influx.flux`` renders it as Flux and
``influx.sql`` as SQL. For now every plan reads raw points; rollups join here later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from influx.schema import MEASUREMENTS
from influx.words import FieldType, Measurement

MAX_POINTS = 1500
"""More steps than a screen has columns only cost time: at most this many rows a series."""

_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800)
STEPS = tuple(timedelta(seconds=seconds) for seconds in _SECONDS)
"""Step lengths people read easily; all divide a UTC day, or are whole days."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_SHORTEST = timedelta(seconds=1)
_LONGEST = timedelta(days=366)


class WindowError(ValueError):
    """A window that is nonsense, in one sentence."""


class Aggregate(StrEnum):
    """How the values within a step become one."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    COUNT = "count"
    SUM = "sum"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` (included) to ``stop`` (excluded), both with a time zone; kept in UTC."""

    start: datetime
    stop: datetime

    def __post_init__(self) -> None:
        """Refuse what is no window; raises ``WindowError``."""
        for name in ("start", "stop"):
            moment: datetime = getattr(self, name)
            if moment.tzinfo is None:
                raise WindowError(
                    f"{name} {moment.isoformat()} has no time zone; write it like 2026-05-28T14:00:00Z"
                )
            if not _EARLIEST <= moment <= _LATEST:
                raise WindowError(f"{name} {moment.isoformat()} is outside the years 1970 to 2200")
            object.__setattr__(self, name, moment.astimezone(UTC))
        if self.start >= self.stop:
            raise WindowError(
                f"the window must start before it stops: {self.start.isoformat()} to {self.stop.isoformat()}"
            )

    @classmethod
    def last(cls, length: timedelta, now: datetime) -> "Window":
        """The window of ``length`` that ends at ``now``."""
        return cls(now - length, now)

    @property
    def length(self) -> timedelta:
        """From start to stop."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Source:
    """A bucket that answers one stretch of a plan."""

    bucket: str
    window: Window


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read: ``fields`` of ``measurement``, aggregated in steps of ``every``, from ``sources``.

    Steps are aligned to the Unix epoch in UTC; the first may start before the window's start but holds
    only values from within it. ``tags`` keeps only points with these values; ``group`` names the tags
    that set series apart (points that differ only in other tags are aggregated together).
    """

    measurement: str
    fields: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]
    every: timedelta
    sources: tuple[Source, ...]
    group: tuple[str, ...]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the values in each row: the field, or ``<field>_<aggregate>`` where there are several."""
        if len(self.aggregates) == 1:
            return self.fields
        return tuple(f"{name}_{aggregate}" for name in self.fields for aggregate in self.aggregates)


def step_for(length: timedelta, max_points: int = MAX_POINTS) -> timedelta:
    """The shortest readable step that cuts any window of ``length`` into at most ``max_points`` rows.

    Longer than a week it is the least number of whole days. Raises ``ValueError`` for fewer than 2 points:
    however long the step, a window can touch two.
    """
    if max_points < 2:
        raise ValueError(f"a window cannot be cut into at most {max_points} rows; 2 are the least")
    for step in STEPS:
        if _fits(length, step, max_points):
            return step
    day = timedelta(days=1)
    return day * -(-(length - timedelta.resolution) // (day * (max_points - 1)))


def _fits(length: timedelta, step: timedelta, max_points: int) -> bool:
    # Steps are aligned to the clock, so a window of n steps can touch n + 1 of them; its stop it does not.
    return step * (max_points - 1) >= length - timedelta.resolution


def plan(
    measurement: str,
    fields: tuple[str, ...],
    window: Window,
    *,
    every: timedelta | None = None,
    aggregates: tuple[Aggregate, ...] = (Aggregate.MEAN,),
    group: tuple[str, ...] | None = None,
    tags: Mapping[str, str] | None = None,
    max_points: int = MAX_POINTS,
) -> Plan:
    """Decide how to answer "these fields over this window".

    ``every`` is the step wanted; it is made longer where it would give more than ``max_points`` rows a
    series, never shorter. ``group`` defaults to every tag of the measurement. Raises ``KeyError`` for a
    word the vocabulary lacks and ``WindowError`` for a step or a field that cannot be aggregated.
    """
    spec = MEASUREMENTS[measurement]
    group = spec.tag_names if group is None else group
    _check_fields(spec, fields, aggregates)
    for name in (*group, *(tags or {})):
        spec.tag(name)
    if every is not None and not _SHORTEST <= every <= _LONGEST:
        raise WindowError(f"a step of {every} is none; it can be from 1 s to {_LONGEST.days} days")
    step = step_for(window.length, max_points)
    if every is not None and _fits(window.length, every, max_points):
        step = every
    return Plan(
        measurement, fields, aggregates, step, (Source(spec.bucket, window),), group, dict(tags or {})
    )


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
