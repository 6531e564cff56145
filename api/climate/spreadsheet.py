"""Points as the rows of a spreadsheet (CSV, RFC 4180), however many, in little memory."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from influx.lines import parse_line
from influx.plan import plan
from influx.points import FieldValue, Point
from influx.rfc3339 import iso
from influx.rollup import rolled_fields
from influx.schema import ROLLUPS
from influx.store import Store
from influx.windows import Aggregate, Horizon, Window
from influx.words import Measurement

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a text for a formula by, which could send its neighbours' cells away."""
_ALL = 10**9
"""As many rows as there are."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is asked for: points of ``spec`` within ``window`` whose tags are ``tags``.

    One ``field`` of them, or all where it is None. Of a number whose points as they were read have expired
    there are rollups: quarter hours, or days at last, with mean, lowest, highest and how many.
    """

    spec: Measurement
    field: str | None
    window: Window
    tags: Mapping[str, str]

    def parts(self, horizon: Horizon) -> list[tuple[str, Window]]:
        """The measurements to read, each with its window, in the order of time."""
        if not self._is_rolled or self.window.start >= horizon.oldest(self.spec):
            return [(self.spec.name, self.window)]
        assert self.field is not None
        steps = plan(
            self.spec.name,
            (self.field,),
            self.window,
            horizon=horizon,
            aggregates=(Aggregate.MIN, Aggregate.MEAN, Aggregate.MAX),
            max_points=_ALL,
        )
        return [(source.measurement, source.window) for source in steps.sources]

    @property
    def _is_rolled(self) -> bool:
        rolled = {field.name for field in rolled_fields(self.spec)}
        return self.spec.name in ROLLUPS and self.field in rolled

    def chunks(self, store: Store, horizon: Horizon) -> Iterator[str]:
        """The rows with a header as text, a few thousand at once. Raises what ``Store.lines`` does."""
        parts = self.parts(horizon)
        fields = self._fields(parts)
        yield _text([["time", *self.spec.tag_names, *fields]])
        for measurement, window in parts:
            names = tuple(fields) if measurement == self.spec.name else self._rolled_names(len(fields))
            for lines in store.lines(measurement, window):
                yield _text(self._rows(map(parse_line, lines), names))

    def _fields(self, parts: list[tuple[str, Window]]) -> list[str]:
        if self.field is None:
            return list(self.spec.field_names)
        if all(measurement == self.spec.name for measurement, _ in parts):
            return [self.field]
        return [self.field, f"{self.field}_min", f"{self.field}_max", f"{self.field}_count"]

    def _rolled_names(self, count: int) -> tuple[str, ...]:
        return tuple(f"{self.field}_{kind}" for kind in ("mean", "min", "max", "count"))[:count]

    def _rows(self, points: Iterable[Point], names: tuple[str, ...]) -> Iterator[list[str]]:
        for point in points:
            if any(point.tags[name] != value for name, value in self.tags.items()):
                continue
            values = [point.fields.get(name) for name in names]
            if any(value is not None for value in values):
                tags = (_cell(point.tags[name]) for name in self.spec.tag_names)
                yield [iso(point.time), *tags, *map(_cell, values)]


def _cell(value: FieldValue | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else repr(value)
        case str() if value.startswith(_FORMULA):
            return f"'{value}"
    return str(value)


def _text(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
