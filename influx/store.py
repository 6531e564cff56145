"""The Store protocol: what Hutch asks of a database, and how a database says no.

Two implementations keep it, ``influx.embedded`` (SQLite) and ``influx.server`` (InfluxDB 2); one suite
in ``tests/influx`` holds both to it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from influx import points
from influx.points import FieldValue, Point
from influx.schema import MEASUREMENTS
from influx.windows import Plan, Window


class StoreError(Exception):
    """Something the store answered that is not an answer to the question."""


class Unavailable(StoreError):
    """The store cannot be reached or cannot serve now; the same call may succeed later.

    ``retry_after`` is the number of seconds the store asked to be left alone, or None.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unauthorized(StoreError):
    """The store refuses the token; nothing is wrong with what was sent."""


class TooLarge(StoreError):
    """The request has more lines or bytes than the store takes at once; send it in parts."""


class Rejected(StoreError):
    """The store will never take something in this batch, and the message says what.

    Which lines of the batch were at fault may be unknown: the caller finds out by sending less.
    ``count`` is how many they were, where the store says so, or None.
    """

    def __init__(self, reason: str, count: int | None = None) -> None:
        super().__init__(reason)
        self.count = count


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: the tags that set it apart, and its steps, oldest first.

    ``times`` are their starts in ns since 1970; ``columns`` hold the values of each of ``fields`` at these
    times, in the plan's order, None where the step has none. Steps without any value are left out.
    """

    tags: Mapping[str, str]
    fields: tuple[str, ...]
    times: tuple[int, ...]
    columns: tuple[tuple[float | None, ...], ...]

    @property
    def rows(self) -> tuple[tuple[datetime, tuple[float | None, ...]], ...]:
        """The same row by row: the start of a step in UTC, and a value a field.

        Where there may be thousands of steps, numbers are several times as quick.
        """
        return tuple(zip(map(points.to_datetime, self.times), zip(*self.columns, strict=True), strict=True))


Tags = Mapping[str, str | tuple[str, ...]]
"""Values of tags that points must have; of a tuple, any will do."""


@dataclass(frozen=True, slots=True)
class DensityQuery:
    """Points of ``measurement`` within ``window`` that have these ``tags``, on a grid.

    ``x`` and ``y`` are fields from 0 to 1: left to right in ``columns``, and top to bottom in ``rows``. What
    lies beyond is counted at the edge, and a point that lacks either nowhere.
    """

    measurement: str
    window: Window
    tags: Mapping[str, str]
    x: str
    y: str
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class RowQuery:
    """Whole points of one measurement, newest first, for instance a page of events.

    ``tags`` and ``fields`` keep only points with exactly these values. ``before`` is the cursor of the page
    wanted, as the page before gave it.
    """

    measurement: str
    window: Window
    tags: Tags = field(default_factory=dict)
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    limit: int = 50
    before: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be asked: ``KeyError`` for a word, ``PointError`` for a value of another type,
        ``ValueError`` for a page without room.
        """
        spec = MEASUREMENTS[self.measurement]
        for name in self.tags:
            spec.tag(name)
        for name in self.fields:
            spec.field(name)
        checked = {name: points.check_value(spec, name, value) for name, value in self.fields.items()}
        object.__setattr__(self, "fields", checked)
        if self.limit < 1:
            raise ValueError(f"a page of {self.limit} points is none")


@dataclass(frozen=True, slots=True)
class Page:
    """Points newest first, and the cursor of the next older page (None where this is the last)."""

    points: tuple[Point, ...]
    next: str | None


class Store(Protocol):
    """Where points live. Every method may raise ``Unavailable`` or ``Unauthorized``.

    A store may be used from several threads at once.
    """

    @property
    def tends_itself(self) -> bool:
        """Whether the store makes due rollups and deletes what has expired, without being told to."""
        ...

    def write(self, measurement: str, lines: Sequence[str]) -> None:
        """Store lines of line protocol with ns timestamps, all of one measurement, durably and idempotently.

        A line whose measurement, tags and time are already there overwrites the fields that it names
        and leaves the others. Returns when the store has accepted all of them; raises ``Rejected`` where
        at least one line will never be taken (others of the batch may have been), ``TooLarge`` where the
        batch must be sent in parts.
        """
        ...

    def series(self, plan: Plan) -> list[Series]:
        """What ``plan`` asks for, one ``Series`` a combination of its group tags, rows in time order."""
        ...

    def latest(
        self, measurement: str, window: Window, tags: Tags | None = None, fields: Collection[str] = ()
    ) -> list[Point]:
        """The newest value of every field of every series within ``window``, one ``Point`` a series.

        The point's time is that of its newest field; a field that was never written in the window is absent.
        ``tags`` keeps only series with these values, ``fields`` leaves out all other fields: an answer takes
        as long as it has series and fields. Points come in the order of their tags.
        """
        ...

    def rows(self, query: RowQuery) -> Page:
        """One page of whole points. The cursor is opaque, and paging never skips or repeats a point
        that was there throughout, even where many share one time. Raises ``CursorError`` for a cursor
        that no page gave.
        """
        ...

    def density(self, query: DensityQuery) -> dict[tuple[int, int], int]:
        """How many points lie in each cell of a grid, by its column and row; empty cells are left out."""
        ...

    def lines(self, measurement: str, window: Window) -> Iterator[list[str]]:
        """All points within ``window`` as line protocol with ns timestamps, oldest first, however many.

        They come in lists of at most ``rows_as_lines.MOST_LINES``; memory does not grow with their number.
        A point that was there throughout comes exactly once. ``Unavailable`` may be raised half-way.
        """
        ...

    def delete(self, measurement: str, tags: Mapping[str, str], time_ns: int) -> None:
        """Delete the one point with exactly these tags and this time; nothing where there is none."""
        ...

    def roll_up(self, measurement: str, window: Window, zone: ZoneInfo) -> None:
        """Make the rollups anew of every quarter hour of UTC and day of ``zone`` that ``window`` touches.

        ``measurement`` is one of ``schema.ROLLED``; with ``pet_activity`` go the active minutes. A day is
        made from its quarter hours, once it is over. Where nothing is left to roll up, the old rollups go:
        ask only for what raw points still cover wholly. Doing it again changes nothing.
        """
        ...

    def baseline(self, hour: datetime, zone: ZoneInfo) -> None:
        """Make anew what is usual in that hour of the day of ``zone`` that the moment ``hour`` lies in."""
        ...

    def expire(self, now: float) -> dict[str, int]:
        """Delete what is older than its bucket keeps at ``now``, in seconds since 1970; returns how many
        points of which measurement. Nothing where the store does so by itself.
        """
        ...

    def close(self) -> None:
        """Give back connections and files; the store may not be used afterwards."""
        ...


def every_row(store: Store, query: RowQuery) -> Iterator[Point]:
    """All that ``query`` asks for, page after page of its ``limit``; raises as a ``Store``."""
    while True:
        page = store.rows(query)
        yield from page.points
        if page.next is None:
            return
        query = replace(query, before=page.next)
