"""The only way to make a point, and line protocol both ways.

``make`` refuses a word, a type or a value that the vocabulary lacks, so InfluxDB's field type conflicts
cannot come from Hutch. Times are integers of nanoseconds since 1970 in UTC, as line protocol has them.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from influx.schema import MEASUREMENTS, Field, FieldType, Measurement

FieldValue = float | int | str | bool

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = 2**63
MAX_STRING_BYTES = 64 * 1024
"""InfluxDB 2 takes strings of field values up to 64 KB (its write API documentation)."""
MAX_TAG_CHARACTERS = 256


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
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000_000 + delta.microseconds * 1_000


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
    checked_tags = _check_tags(measurement, tags)
    checked: dict[str, FieldValue] = {}
    for name, value in fields.items():
        if value is not None:
            checked[name] = _check_value(measurement, _field(measurement, name), value)
    if not checked:
        raise PointError(f"a point of {measurement.name} has no field")
    time_ns = time if isinstance(time, int) else to_ns(time)
    if not -_INT64 <= time_ns < _INT64:
        raise PointError(f"the time {time_ns} of a point of {measurement.name} does not fit 64 bits")
    return Point(measurement.name, checked_tags, checked, time_ns)


def check(point: Point) -> Point:
    """``point`` as ``make`` would have made it (floats for float fields); raises ``PointError``."""
    measurement = MEASUREMENTS.get(point.measurement)
    if measurement is None:
        raise PointError(
            f"there is no measurement {point.measurement!r}; there are {', '.join(MEASUREMENTS)}"
        )
    return make(measurement, point.tags, point.fields, point.time_ns)


def _check_tags(measurement: Measurement, tags: Mapping[str, str]) -> dict[str, str]:
    names = measurement.tag_names
    if len(tags) != len(names) or any(name not in tags for name in names):
        extra = sorted(set(tags) - set(names))
        missing = sorted(set(names) - set(tags))
        wrong = f"has no tag {extra[0]!r}" if extra else f"needs the tag {missing[0]!r}"
        raise PointError(f"measurement {measurement.name!r} {wrong}; its tags are {', '.join(names)}")
    for name in names:
        value = tags[name]
        if not isinstance(value, str) or not value or len(value) > MAX_TAG_CHARACTERS:
            raise PointError(
                f"tag {name} of {measurement.name} needs 1 to {MAX_TAG_CHARACTERS} characters: {value!r:.60}"
            )
        if "\n" in value or "\r" in value or value.endswith("\\"):
            raise PointError(
                f"tag {name} of {measurement.name} holds a line break or ends in a backslash: {value!r:.60}"
            )
    return {name: tags[name] for name in names}


def _field(measurement: Measurement, name: str) -> Field:
    try:
        return measurement.field(name)
    except KeyError as error:
        raise PointError(error.args[0]) from None


def _check_value(measurement: Measurement, field: Field, value: FieldValue) -> FieldValue:
    where = f"{measurement.name}.{field.name}"
    match field.type:
        case FieldType.FLOAT if isinstance(value, (int, float)) and not isinstance(value, bool):
            number = float(value)
            if not math.isfinite(number):
                raise PointError(f"{where} must be a finite number, not {number}")
            _check_bounds(where, field, number)
            return number
        case FieldType.INTEGER if isinstance(value, int) and not isinstance(value, bool):
            if not -_INT64 <= value < _INT64:
                raise PointError(f"{where} must fit 64 bits, {value} does not")
            _check_bounds(where, field, value)
            return value
        case FieldType.STRING if isinstance(value, str):
            if len(value.encode()) > MAX_STRING_BYTES:
                raise PointError(f"{where} may have {MAX_STRING_BYTES} bytes, not {len(value.encode())}")
            return value
        case FieldType.BOOLEAN if isinstance(value, bool):
            return value
    raise PointError(f"{where} must be {field.type}, not {value!r:.60}")


def _check_bounds(where: str, field: Field, number: float) -> None:
    if (field.low is not None and number < field.low) or (field.high is not None and number > field.high):
        low = "-∞" if field.low is None else f"{field.low:g}"
        high = "∞" if field.high is None else f"{field.high:g}"
        raise PointError(
            f"{where} is {number:g} {field.unit}".rstrip() + f", and can only be from {low} to {high}"
        )


_TAG_ESCAPE = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
_STRING_ESCAPE = str.maketrans({'"': '\\"', "\\": "\\\\"})


def line(point: Point) -> str:
    """Line protocol of ``point``, tags sorted, time in ns."""
    tags = "".join(f",{name}={value.translate(_TAG_ESCAPE)}" for name, value in sorted(point.tags.items()))
    fields = ",".join(f"{name}={_render(value)}" for name, value in point.fields.items())
    return f"{point.measurement}{tags} {fields} {point.time_ns}"


def _render(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        return repr(value)
    return f'"{value.translate(_STRING_ESCAPE)}"'


# Line protocol: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
_KEY = r"(?:\\.|[^\\,= \n])+"
_NAME = re.compile(r"(?:\\.|[^\\, \n])+")
_TAG = re.compile(rf",({_KEY})=({_KEY})")
_FIELD = re.compile(rf'({_KEY})=("(?:\\.|[^"\\])*"|[^", \n]+)')
_TIME = re.compile(r" +(-?\d+)[ \r]*$")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$")
_UNESCAPE_KEY = re.compile(r"\\([,= ])")
_UNESCAPE_STRING = re.compile(r'\\(["\\])')
_TRUE = frozenset({"t", "T", "true", "True", "TRUE"})
_FALSE = frozenset({"f", "F", "false", "False", "FALSE"})
PRECISIONS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}


def parse_line(text: str, *, precision: str = "ns", now_ns: int | None = None) -> Point:
    """The point that one line of line protocol says, unchecked against the vocabulary.

    A line without a time gets ``now_ns``. Raises ``PointError`` naming what is wrong with the line.
    """
    name = _NAME.match(text)
    if name is None:
        raise PointError(f"no measurement at the start of the line: {text!r:.80}")
    position = name.end()
    tags: dict[str, str] = {}
    while tag := _TAG.match(text, position):
        tags[_UNESCAPE_KEY.sub(r"\1", tag[1])] = _UNESCAPE_KEY.sub(r"\1", tag[2])
        position = tag.end()
    if text[position : position + 1] != " ":
        raise PointError(f"a space and fields must follow the tags: {text!r:.80}")
    position = len(text) - len(text[position:].lstrip(" "))
    fields: dict[str, FieldValue] = {}
    while True:
        match = _FIELD.match(text, position)
        if match is None:
            raise PointError(f"no field=value at character {position}: {text!r:.80}")
        fields[_UNESCAPE_KEY.sub(r"\1", match[1])] = _parse_value(match[2])
        position = match.end()
        if text[position : position + 1] != ",":
            break
        position += 1
    return Point(
        _UNESCAPE_KEY.sub(r"\1", name[0]), tags, fields, _parse_time(text[position:], precision, now_ns)
    )


def _parse_time(rest: str, precision: str, now_ns: int | None) -> int:
    if rest.strip():
        match = _TIME.match(rest)
        if match is None:
            raise PointError(f"the time must be a whole number, not {rest.strip()!r:.40}")
        return int(match[1]) * PRECISIONS[precision]
    if now_ns is None:
        raise PointError("the line has no time")
    return now_ns


def _parse_value(text: str) -> FieldValue:
    if text.startswith('"'):
        return _UNESCAPE_STRING.sub(r"\1", text[1:-1])
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text[-1] in "iu" and text[:-1].lstrip("+-").isdigit():
        return int(text[:-1])
    if _NUMBER.match(text):
        return float(text)
    raise PointError(f"{text!r:.40} is no field value; strings stand in double quotes")


def parse(
    text: str, *, precision: str = "ns", now_ns: int | None = None
) -> Iterator[tuple[int, Point | PointError]]:
    """Every line of ``text`` with its number from 1, as a point or as what is wrong with it.

    Empty lines and comments (``#``) are passed over. Line breaks within quoted strings belong to the string.
    """
    for number, row in _split(text):
        try:
            yield number, parse_line(row, precision=precision, now_ns=now_ns)
        except PointError as error:
            yield number, error


def _split(text: str) -> Iterator[tuple[int, str]]:
    number, pending, first = 0, "", 0
    for row in text.split("\n"):
        number += 1
        if not pending and (not row.strip() or row.lstrip().startswith("#")):
            continue
        pending, first = (f"{pending}\n{row}", first) if pending else (row, number)
        if _quotes(pending) % 2 == 0:
            yield first, pending.strip("\r")
            pending = ""
    if pending:
        yield first, pending


def _quotes(row: str) -> int:
    return len(re.findall(r'(?<!\\)(?:\\\\)*"', row))
