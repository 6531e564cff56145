"""A window of time, and the neutral plan that says which sources, steps and aggregates answer it.

Nobody writes a query by hand: ``influx.plan`` decides, ``influx.influxdb.series`` renders it as Flux and
``influx.sqlite.series`` as SQL, and ``influx.assemble`` puts the answers together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from influx.buckets import AHEAD, keeps
from influx.config import Retention
from influx.schema import MEASUREMENTS
from influx.steps import Grid
from influx.words import Measurement

READY = timedelta(minutes=5)
"""How long after its end the 15-minute rollup of a window begins to be made: what comes later is late."""
READABLE = READY + timedelta(minutes=5)
"""How long after its end it is there; until then raw points tell what was in it."""
DAY_READY = timedelta(minutes=90)
"""How long after midnight the rollup of the home's day that ended is there."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LONG_AGO = _EARLIEST - timedelta(days=2)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


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


_PARTS = {Aggregate.MEAN: (Aggregate.SUM, Aggregate.COUNT)}


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


ALL_TIME = Window(_EARLIEST, _LATEST)
"""Whatever is stored."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """What a plan must know of the home: what time it is, how long buckets keep, and where its days begin."""

    now: datetime
    retention: Retention
    zone: ZoneInfo

    def oldest(self, measurement: Measurement) -> datetime:
        """The time of the oldest point of ``measurement`` that is still kept; before 1970 for ever."""
        length = keeps(measurement.bucket, self.retention)
        return _LONG_AGO if length is None else max(_LONG_AGO, self.now - length)

    def kept(self, measurement: Measurement) -> Window:
        """All the time of which there may be points of ``measurement``, and what clocks ahead may send."""
        return Window(max(_EARLIEST, self.oldest(measurement)), self.now + AHEAD)


@dataclass(frozen=True, slots=True)
class Source:
    """The points that answer one stretch of a plan: those of ``measurement`` within ``window``.

    The store aggregates them in steps of ``every``, from the Unix epoch; None: it gives each rollup as it is.
    ``whole``: what it gives of one series is all that there is of a step.
    """

    measurement: str
    window: Window
    every: timedelta | None
    whole: bool = False

    @property
    def bucket(self) -> str:
        """The bucket that they are in."""
        return MEASUREMENTS[self.measurement].bucket


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read: ``fields`` of ``measurement`` within ``window``, aggregated in the steps of ``grid``.

    The first step may start before the window's start but holds only values from within it. ``tags`` keeps
    only points with these values; ``group`` names the tags that set series apart (points that differ only in
    other tags are aggregated together). ``sources`` are what is read for it, in time order; none where
    nothing is kept of that time.
    """

    measurement: str
    fields: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]
    window: Window
    grid: Grid
    sources: tuple[Source, ...]
    group: tuple[str, ...]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def every(self) -> timedelta:
        """The length of a step."""
        return self.grid.every

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the values in each row: the field, or ``<field>_<aggregate>`` where there are several."""
        if len(self.aggregates) == 1:
            return self.fields
        return tuple(f"{name}_{aggregate}" for name in self.fields for aggregate in self.aggregates)

    @property
    def is_apart(self) -> bool:
        """Whether each series of the answer is one of the store: no points of several are aggregated."""
        return {*self.group, *self.tags} >= set(MEASUREMENTS[self.measurement].tag_names)

    def in_parts(self) -> "Plan":
        """The same where no source gives all that there is of a step, which takes longer."""
        return replace(self, sources=tuple(replace(source, whole=False) for source in self.sources))

    def parts(self, source: Source) -> tuple[Aggregate, ...]:
        """What is asked of ``source``: the aggregates, or what they can be put together from.

        The mean of a step is asked for where it comes in one piece, and otherwise made of sums and counts.
        """
        if source.whole and self.is_apart:
            return self.aggregates
        parts = [_PARTS.get(aggregate, (aggregate,)) for aggregate in self.aggregates]
        return tuple(dict.fromkeys(part for each in parts for part in each))
