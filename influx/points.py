"""The only way to make a point, and its line protocol; ``influx.lines`` reads line protocol back.

``make`` refuses a word, a type or a value that the vocabulary lacks, so InfluxDB's field type conflicts
cannot come from Hutch. Times are integers of nanoseconds since 1970 in UTC, as line protocol has them.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import TypeVar

from influx.schema import MEASUREMENTS
from influx.words import Field, FieldType, Measurement

FieldValue = float | int | str | bool
Tags = tuple[tuple[str, str], ...]
_Number = TypeVar("_Number", int, float)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = 2**63
MAX_STRING_BYTES = 64 * 1024
"""InfluxDB 2 takes strings of field values up to 64 KB (its write API documentation)."""
MAX_TAG_CHARACTERS = 256
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class PointError(ValueError):
    """A point that the vocabulary refuses, or line protocol that is none, in one sentence."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point: a measurement, tags, at least one field, and a time in ns."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, FieldValue]
    time_ns: int

    @property
    def time(self) -> datetime:
        """The time in UTC, to the microsecond."""
        return to_datetime(self.time_ns)


def to_ns(moment: datetime) -> int:
    """Nanoseconds since 1970 of a moment with a time zone, exact to the microsecond."""
    if moment.tzinfo is None:
        raise PointError(f"the time {moment.isoformat()} has no time zone")
    return length_ns(moment - _EPOCH)


def length_ns(length: timedelta) -> int:
    """A length of time in ns, exactly."""
    return ((length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds) * 1_000


def to_datetime(time_ns: int) -> datetime:
    """The UTC moment of ``time_ns``, cut to the microsecond."""
    return _EPOCH + timedelta(microseconds=time_ns // 1_000)


def make(
    measurement: Measurement,
    tags: Mapping[str, str],
    fields: Mapping[str, FieldValue | None],
    time: datetime | int,
) -> Point:
    """Make a point, checked against the vocabulary.

    Fields that are None are left out; integers given for float fields become floats. Every tag of the
    measurement must be there. ``time`` is a moment with a time zone, or ns. Raises ``PointError``.
    """
    bounds = _float_bounds(measurement)
    checked: dict[str, FieldValue] = {}
    for name, value in fields.items():
        if value is None:
            continue
        limits = bounds.get(name)
        # Nearly every value is a float within its bounds: a NaN or an infinity is within none.
        if limits is None or type(value) is not float or not limits[0] <= value <= limits[1]:
            value = check_value(measurement, name, value)
        checked[name] = value
    if not checked:
        raise PointError(f"a point of {measurement.name} has no field")
    time_ns = time if isinstance(time, int) else to_ns(time)
    if not -_INT64 <= time_ns < _INT64:
        raise PointError(f"the time {time_ns} of a point of {measurement.name} does not fit 64 bits")
    return Point(measurement.name, _check_tags(measurement, tags), checked, time_ns)


def check(point: Point) -> Point:
    """``point`` as ``make`` would have made it (floats for float fields); raises ``PointError``."""
    measurement = MEASUREMENTS.get(point.measurement)
    if measurement is None:
        known = ", ".join(MEASUREMENTS)
        raise PointError(f"there is no measurement {point.measurement!r:.60}; there are {known}")
    return make(measurement, point.tags, point.fields, point.time_ns)


@cache
def _float_bounds(measurement: Measurement) -> dict[str, tuple[float, float]]:
    most = sys.float_info.max
    return {
        field.name: (-most if field.low is None else field.low, most if field.high is None else field.high)
        for field in measurement.fields
        if field.type is FieldType.FLOAT
    }


def _check_tags(measurement: Measurement, tags: Mapping[str, str]) -> dict[str, str]:
    try:
        return dict(_checked_tags(measurement, tuple(tags.items())))
    except TypeError:
        raise PointError(f"a tag of {measurement.name} is no string: {tags!r:.80}") from None


@lru_cache(maxsize=4096)
def _checked_tags(measurement: Measurement, given: Tags) -> Tags:
    tags = dict(given)
    names = measurement.tag_names
    if tags.keys() != set(names):
        extra = sorted(map(str, tags.keys() - set(names)))
        missing = sorted(set(names) - tags.keys())
        wrong = f"has no tag {extra[0]!r:.60}" if extra else f"needs the tag {missing[0]!r}"
        raise PointError(f"measurement {measurement.name!r} {wrong}; its tags are {', '.join(names)}")
    for name in names:
        value = tags[name]
        where = f"tag {name} of {measurement.name}"
        if not isinstance(value, str) or not value or len(value) > MAX_TAG_CHARACTERS:
            raise PointError(f"{where} needs 1 to {MAX_TAG_CHARACTERS} characters: {value!r:.60}")
        # Line protocol cannot say a tag with a line break or a backslash at its end, and InfluxDB's
        # delete API cannot name one with a NUL.
        if _CONTROL.search(value) or value.endswith("\\"):
            raise PointError(f"{where} holds a control character or ends in a backslash: {value!r:.60}")
        _encoded(where, value)
    return tuple((name, tags[name]) for name in names)


def check_value(measurement: Measurement, name: str, value: FieldValue) -> FieldValue:
    """``value`` as the field ``name`` of ``measurement`` holds it; raises ``PointError``."""
    try:
        field = measurement.field(name)
    except KeyError as error:
        raise PointError(error.args[0]) from None
    where = f"{measurement.name}.{field.name}"
    match field.type:
        case FieldType.FLOAT if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _check_float(where, field, value)
        case FieldType.INTEGER if isinstance(value, int) and not isinstance(value, bool):
            if not -_INT64 <= value < _INT64:
                raise PointError(f"{where} must fit 64 bits, {value:.6g} does not")
            return _check_bounds(where, field, value)
        case FieldType.STRING if isinstance(value, str):
            if (size := len(_encoded(where, value))) > MAX_STRING_BYTES:
                raise PointError(f"{where} may have {MAX_STRING_BYTES} bytes, not {size}")
            return value
        case FieldType.BOOLEAN if isinstance(value, bool):
            return value
    raise PointError(f"{where} must be {field.type}, not {value!r:.60}")


def _check_float(where: str, field: Field, value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not abs(number) <= sys.float_info.max:
        raise PointError(f"{where} must be a finite number, not {number}")
    return _check_bounds(where, field, number)


def _check_bounds(where: str, field: Field, number: _Number) -> _Number:
    if (field.low is not None and number < field.low) or (field.high is not None and number > field.high):
        low = "-∞" if field.low is None else f"{field.low:g}"
        high = "∞" if field.high is None else f"{field.high:g}"
        is_now = f"{where} is {number:g} {field.unit}".rstrip()
        raise PointError(f"{is_now}, and can only be from {low} to {high}")
    return number


def _encoded(where: str, value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise PointError(f"{where} is no valid Unicode: {value!r:.60}") from None


_TAG_SPECIAL = re.compile("([,= ])")
_STRING_SPECIAL = re.compile(r'(["\\])')


def line(point: Point) -> str:
    """Line protocol of ``point``, tags sorted, time in ns."""
    fields = ",".join(
        [
            f"{name}={value!r}" if type(value) is float else f"{name}={render(value)}"
            for name, value in point.fields.items()
        ]
    )
    return f"{head(point.measurement, tuple(point.tags.items()))} {fields} {point.time_ns}"


@lru_cache(maxsize=4096)
def head(measurement: str, tags: Tags) -> str:
    """What the lines of one series begin with."""
    escaped = ((name, _TAG_SPECIAL.sub(r"\\\1", value)) for name, value in sorted(tags))
    return measurement + "".join(f",{name}={value}" for name, value in escaped)


def render(value: FieldValue) -> str:
    """A field's value as line protocol spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        return repr(float(value))
    return '"' + _STRING_SPECIAL.sub(r"\\\1", value) + '"'
