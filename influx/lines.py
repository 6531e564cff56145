"""Reading line protocol: text from anywhere becomes points, or a sentence on what is wrong with a line.

The rules are those of InfluxDB 2 itself, tried on it: in names and tags a backslash only escapes a comma,
an equals sign or a space that follows it and else stands for itself; in strings it escapes ``"`` and ``\\``.
See https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from influx.points import FieldValue, Point, PointError, Tags

PRECISIONS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
"""Nanoseconds of each unit that InfluxDB 2 takes for times."""
OLD_PRECISIONS = {
    **PRECISIONS,
    "n": 1,
    "u": 1_000,
    "µ": 1_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
"""The same for InfluxDB 1, which says some of them otherwise and has more."""

_LONGEST_REMEMBERED = 512
"""Characters of a head that is kept for the next line of its series: every head that devices send is shorter,
and what anybody sends takes a few MB at most."""

_KEY = r"(?:\\[,= ]|[^,= \n])++"
_NAME = re.compile(r"(?:\\[, ]|[^, \n])++")
_TAG = re.compile(rf",({_KEY})=({_KEY})")
_STRING = r'"(?:[^"\\]|\\.)*+"'
_FIELD = re.compile(rf'({_KEY})=({_STRING}|[^", \n]++)', re.DOTALL)
_HEAD = re.compile(r"(?:\\ |[^ \n])*+")
_STRINGS = re.compile(rf'(?:{_STRING}|[^"])*+', re.DOTALL)
_STRING_REST = re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)
_TIME = re.compile(r"-?[0-9]{1,20}")
_INTEGER = re.compile(r"([+-]?[0-9]{1,20})[iu]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_UNESCAPE_KEY = re.compile(r"\\([,= ])")
_UNESCAPE_STRING = re.compile(r'\\(["\\])')
_BOOLEANS = dict.fromkeys(("t", "T", "true", "True", "TRUE"), True)
_BOOLEANS |= dict.fromkeys(("f", "F", "false", "False", "FALSE"), False)
# The head up to the first space that is not escaped, then fields, whose strings may hold line breaks.
_ROW = re.compile(rf"(?:\\[^\n]|[^\\ \n])*+(?:{_STRING}|[^\"\n])*+", re.DOTALL)


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


def ends_in_string(piece: str, *, begun: bool) -> bool:
    """Whether a string is open at the end of ``piece``, which ends where a point or a line of a string does.

    ``begun`` says that one was open where it begins. Each piece is looked at once, however many make a point.
    """
    if '"' not in piece:
        return begun
    if begun:
        string = _STRING_REST.match(piece)
        if string is None:
            return True
        position = string.end()
    else:
        position = _end(_HEAD, piece, 0)
    return _end(_STRINGS, piece, position) < len(piece)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _split(text: str) -> Iterator[tuple[int, str]]:
    number, position, strings_end = 1, 0, True
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        row = text[position:end].strip()
        if row and not row.startswith("#"):
            if strings_end:
                whole = _ROW.match(text, position)
                # Every quote behind one that opens a string without an end is escaped, so none of the
                # strings they open ends either: looking for those ends again would take quadratic time.
                strings_end = whole is not None and text[whole.end() : whole.end() + 1] in ("", "\n")
                if whole is not None and strings_end:
                    end = whole.end()
            yield number, text[position:end].strip(" \t\r")
        number += text.count("\n", position, end) + 1
        position = end + 1


def parse_line(text: str, *, precision: str = "ns", now_ns: int | None = None) -> Point:
    """The point that one line of line protocol says, unchecked against the vocabulary.

    A line without a time gets ``now_ns``. Raises ``PointError`` naming what is wrong with the line.
    """
    if "\\" not in text and '"' not in text:
        head, _, rest = text.partition(" ")
        body, _, time = rest.lstrip(" ").partition(" ")
    else:
        head, body, time = _cut(text)
    measurement, tags = _parse_head(head)
    return Point(measurement, dict(tags), _parse_fields(body), _parse_time(time, precision, now_ns))


def time_of(line: str) -> int | None:
    """The time at the end of ``line``; None where there is no number. Nothing else of it is read."""
    text = line.rpartition(" ")[2]
    return int(text) if text.removeprefix("-").isdecimal() else None


def later_than(lines: Iterable[str], time_ns: int) -> list[tuple[str, int]]:
    """Those of ``lines`` whose time lies after ``time_ns``, and that time."""
    # As text first: this runs for every line on its way to the store. A time of as many digits compares as
    # its number does, a longer one has a digit where the space is, and a shorter one is earlier anyway.
    bound = f" {time_ns}"
    size = len(bound)
    found = ((line, time_of(line)) for line in lines if line[-size:] > bound)
    return [(line, at) for line, at in found if at is not None and at > time_ns]


def _cut(text: str) -> tuple[str, str, str]:
    """Head, fields and time of a line that holds backslashes or quotes, which may hide spaces."""
    name = _NAME.match(text)
    position = name.end() if name else 0
    while tag := _TAG.match(text, position):
        position = tag.end()
    head, rest = text[:position], text[position:].lstrip(" ")
    position = 0
    while field := _FIELD.match(rest, position):
        position = field.end()
        if rest[position : position + 1] != ",":
            break
        position += 1
    return head, rest[:position], rest[position:]


def _parse_head(head: str) -> tuple[str, Tags]:
    return _remembered_head(head) if len(head) <= _LONGEST_REMEMBERED else _read_head(head)


@lru_cache(maxsize=4096)
def _remembered_head(head: str) -> tuple[str, Tags]:
    return _read_head(head)


def _read_head(head: str) -> tuple[str, Tags]:
    name = _NAME.match(head)
    if name is None:
        raise PointError(f"no measurement at the start of the line: {head!r:.80}")
    position = name.end()
    tags: dict[str, str] = {}
    while tag := _TAG.match(head, position):
        key = _UNESCAPE_KEY.sub(r"\1", tag[1])
        if key in tags:
            raise PointError(f"the tag {key!r:.60} stands twice: {head!r:.80}")
        tags[key] = _UNESCAPE_KEY.sub(r"\1", tag[2])
        position = tag.end()
    if position < len(head):
        raise PointError(f"no tag=value at character {position + 1}: {head!r:.80}")
    return _UNESCAPE_KEY.sub(r"\1", name[0]), tuple(tags.items())


def _parse_fields(body: str) -> dict[str, FieldValue]:
    fields: dict[str, FieldValue] = {}
    if "\\" not in body and '"' not in body:
        for item in body.split(","):
            name, _, value = item.partition("=")
            if not name or not value or "=" in value:
                raise PointError(f"no field=value where the fields stand: {item!r:.80}")
            fields[name] = _parse_value(value)
        return fields
    position = 0
    while True:
        field = _FIELD.match(body, position)
        if field is None:
            raise PointError(f"no field=value where the fields stand: {body[position:]!r:.80}")
        fields[_UNESCAPE_KEY.sub(r"\1", field[1])] = _parse_value(field[2])
        position = field.end()
        if position == len(body):
            return fields
        if body[position] != ",":
            raise PointError(f"a comma or the time must follow a field: {body[position:]!r:.80}")
        position += 1


def _parse_value(text: str) -> FieldValue:
    if _NUMBER.fullmatch(text):
        return float(text)
    if integer := _INTEGER.fullmatch(text):
        return int(integer[1])
    if text.startswith('"'):
        return _UNESCAPE_STRING.sub(r"\1", text[1:-1])
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    raise PointError(f"{text!r:.40} is no field value; strings stand in double quotes")


def _parse_time(text: str, precision: str, now_ns: int | None) -> int:
    text = text.strip(" \t\r")
    if _TIME.fullmatch(text):
        return int(text) * OLD_PRECISIONS[precision]
    if text:
        raise PointError(f"the time must be a whole number of {precision}, not {text!r:.40}")
    if now_ns is None:
        raise PointError("the line has no time")
    return now_ns
