"""Lines of text that a device sends, as a stream of bytes or as numbers: pure, and safe on garbage."""

import csv
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from collector.json_path import compiled, value_at
from collector.sensors.reading import Reading
from collector.units import check_unit, to_stored
from influx.config import Section
from influx.schema import ENVIRONMENT, GAS
from influx.words import FieldType, Measurement

LONGEST_LINE = 1024
"""Bytes; a longer line is garbage. It also bounds what a pattern has to search."""
_PATTERN_SECONDS = 0.1
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,2})?")
_ENDS = re.compile(rb"[\r\n]+")

_MEASUREMENTS: Mapping[str, Measurement] = {
    field.name: spec for spec in (ENVIRONMENT, GAS) for field in spec.fields if field.type is FieldType.FLOAT
}

Parse = Callable[[str], Mapping[str, float]]
"""The numbers in a line by their ``from``; empty where the line does not fit."""


class LineValue(Section):
    """One number of a line, and what it means."""

    source: str | int = Field(
        alias="from",
        description="Where it is: a group of the pattern, a JSON path, or a column from 1.",
    )
    field: str = Field(description="What it is: temperature, humidity, pressure or concentration.")
    unit: str = Field("", description="Its unit, such as F; the vocabulary's where empty (°C, %, hPa, ppm).")
    gas: str = Field("", max_length=20, description="The gas, by its formula; for a concentration.")
    channel: int = Field(0, ge=0, le=999, description="Sets apart two sensors of one gas.")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.field not in _MEASUREMENTS:
            raise ValueError(f"{self.field!r:.40} is no field; there are {', '.join(_MEASUREMENTS)}")
        if bool(self.gas) != (self.measurement is GAS):
            raise ValueError("a concentration, and only that, has a gas")
        if self.unit:
            check_unit(self.unit, self.measurement.field(self.field).unit)
        return self

    @property
    def measurement(self) -> Measurement:
        """The measurement that has the field."""
        return _MEASUREMENTS[self.field]

    @property
    def key(self) -> str:
        """``from`` as text."""
        return str(self.source)

    @property
    def series(self) -> tuple[str, str, int]:
        """What no other value may be too."""
        return (self.field, self.gas, self.channel if self.gas else 0)

    def stored(self, number: float) -> float:
        """``number`` in the unit of the vocabulary."""
        unit = self.measurement.field(self.field).unit
        return to_stored(number, self.unit or unit, unit)


class LineFormat(Section):
    """How a device's lines are read."""

    format: Literal["pattern", "json", "csv"] = Field(
        description="How a line is written: pattern, json or csv.", examples=["pattern"]
    )
    pattern: str = Field(
        "",
        max_length=500,
        description="A regular expression with a named group for each value; it may match anywhere.",
        examples=["T=(?P<t>[0-9.]+) H=(?P<h>[0-9.]+)"],
    )
    separator: str = Field(",", min_length=1, max_length=1, description="For `csv`: what parts columns.")
    values: tuple[LineValue, ...] = Field(
        min_length=1,
        max_length=32,
        description="What its numbers mean; from is a group, a JSON path such as $.t, or a column from 1.",
        examples=[
            [{"from": "t", "field": "temperature", "unit": "F"}, {"from": "h", "field": "humidity"}],
        ],
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        series = [value.series for value in self.values]
        if len(set(series)) < len(series):
            raise ValueError("two values are the same field; gases are set apart by their channel")
        if (self.format == "pattern") != bool(self.pattern):
            raise ValueError('a pattern belongs to format = "pattern", and it needs one')
        self.parser()
        return self

    def parser(self) -> Parse:
        """What reads a line; raises ``ValueError`` where pattern or values make no sense."""
        wanted = [value.key for value in self.values]
        if self.format == "pattern":
            return _pattern_parser(self.pattern, wanted)
        if self.format == "csv":
            return _csv_parser(self.separator, wanted)
        return _json_parser(wanted)

    def readings(self, numbers: Mapping[str, float]) -> Iterator[Reading]:
        """What ``numbers`` mean: the climate as one reading, and one for each gas."""
        climate: dict[str, float | None] = {}
        for value in self.values:
            if value.key not in numbers:
                continue
            number = value.stored(numbers[value.key])
            if value.gas:
                yield Reading(GAS, {value.field: number}, {"gas": value.gas, "channel": str(value.channel)})
            else:
                climate[value.field] = number
        if climate:
            yield Reading(ENVIRONMENT, climate)


class LineBuffer:
    """Bytes in as they come, whole lines out; holds at most ``LONGEST_LINE`` bytes of a line.

    ``midway`` says that the first line may have begun before: what is left of it is dropped, for a number
    without its first digits is still a number.
    """

    def __init__(self, *, midway: bool) -> None:
        self._rest = b""
        self._drop = midway

    def feed(self, data: bytes) -> list[str]:
        """The lines that ``data`` ends, without their ends and white space; empty and too long ones not."""
        *ended, self._rest = _ENDS.split(self._rest + data)
        lines = []
        for line in ended:
            if not self._drop and len(line) <= LONGEST_LINE:
                lines.append(line.decode("utf-8", "replace").strip("\0 \t"))
            self._drop = False
        if len(self._rest) > LONGEST_LINE:
            self._rest, self._drop = b"", True
        return [line for line in lines if line]


def number(value: Any) -> float | None:
    """A finite number, given as one or as text with a decimal point or comma; None for everything else."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value.strip().replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # JSON knows whole numbers of any length
        return None


def _numbers(found: Iterator[tuple[str, Any]]) -> Mapping[str, float]:
    read = ((key, number(value)) for key, value in found)
    return {key: value for key, value in read if value is not None}


def _pattern_parser(pattern: str, wanted: list[str]) -> Parse:
    # Unlike re it can be told how long to search, and lets other threads run meanwhile.
    import regex

    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"the pattern is no regular expression: {error}") from None
    missing = [key for key in wanted if key not in compiled.groupindex]
    if missing:
        raise ValueError(f"the pattern has no group {missing[0]!r}; write (?P<{missing[0]}>…)")

    def parse(line: str) -> Mapping[str, float]:
        try:
            match = compiled.search(line, timeout=_PATTERN_SECONDS)
        except TimeoutError:
            return {}
        return _numbers((key, match[key]) for key in wanted) if match else {}

    return parse


def _csv_parser(separator: str, wanted: list[str]) -> Parse:
    for key in wanted:
        if not key.isascii() or not key.isdigit() or not 1 <= int(key) <= LONGEST_LINE:
            raise ValueError(f"{key!r:.40} is no column; they are counted from 1")

    def parse(line: str) -> Mapping[str, float]:
        try:
            columns = next(csv.reader([line], delimiter=separator), [])
        except csv.Error:
            return {}
        return _numbers((key, columns[int(key) - 1]) for key in wanted if int(key) <= len(columns))

    return parse


def _json_parser(wanted: list[str]) -> Parse:
    for key in wanted:
        compiled(key)

    def parse(line: str) -> Mapping[str, float]:
        try:
            whole = json.loads(line)
        except (ValueError, RecursionError):
            return {}
        return _numbers((key, value_at(key, whole)) for key in wanted)

    return parse
