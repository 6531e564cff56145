"""What InfluxDB's answers mean: its errors as the store's exceptions, its CSV as values."""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from influx import rfc3339
from influx.assemble import InPieces
from influx.csv_cells import reader
from influx.points import FieldValue, Point
from influx.store import Rejected, StoreError, TooLarge, Unauthorized, Unavailable
from influx.unreachable import why
from influx.words import UNKNOWN_TAG, FieldType, Measurement

_Read = TypeVar("_Read")

_REFUSALS = {400, 422}
_PASSING = {429, 500, 502, 503, 504}
"""What a proxy in front of an InfluxDB may say for it."""
_END = "\r\n"
_CHUNK = 64 * 1024
_DROPPED = re.compile(r"dropped (\d+) points|dropped=(\d+)")
"""How a partial write is told: in 2.9 the first form for points too old, the second for a type conflict."""

_OTHER_TYPE = re.compile(
    "unsupported (input type|for aggregate|binary expression)|schema collision|type conflict"
    "|cannot convert string"
)
"""How Flux tells of values of other types. Of a series that has several it sees the first type alone."""


@contextmanager
def asking(url: str, token: str = "the token") -> Iterator[None]:  # noqa: S107 -- words
    """Whatever keeps the InfluxDB at ``url`` from answering with success, as an exception of the store.

    ``token`` says whose it is, and after a semicolon what to do where it is refused. Trouble with a
    file, which names it, is none of the server's and stays an ``OSError``.
    """
    try:
        yield
    except ApiException as error:
        if not error.status:
            raise _away(url, "no TLS, or no certificate that is trusted") from error
        raise meaning(url, token, error.status, error.body, error.headers or {}) from error
    except (HTTPError, OSError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise _away(url, why(error)) from error


def _away(url: str, because: str) -> Unavailable:
    return Unavailable(
        f"InfluxDB at {url} cannot be reached ({because}); is it running, and is [influx] url right?"
    )


def meaning(
    url: str, token: str, status: int, body: str | bytes | None, headers: Mapping[str, str]
) -> StoreError:
    """The exception that an answer of InfluxDB other than success stands for; ``asking`` explains the others.

    Only what InfluxDB itself says of the data (400 and 422, with its JSON) is a refusal for good: a proxy
    in between, or a wrong address, may answer anything, and points must outlive that.
    """
    text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
    message = _message(text)
    if status in (401, 403):
        whose, _, remedy = token.partition("; ")
        told = f"{status}: {message}" if message else f"{status}"
        return Unauthorized(
            f"InfluxDB at {url} refuses {whose} with {told:.300}{'; ' if remedy else ''}{remedy}"
        )
    if status == 413:
        return TooLarge("the request is larger than InfluxDB or a proxy before it takes")
    if status in _REFUSALS and message is not None:
        dropped = _DROPPED.search(message)
        count = int(dropped[1] or dropped[2]) if dropped else None
        return Rejected(f"InfluxDB refuses with {status}: {message:.500}", count)
    said = message or " ".join(text.split())
    if message is None and status not in _PASSING:
        return Unavailable(
            f"what answers at {url} is no InfluxDB 2 (is [influx] url right?): "
            f"it answers {status}: {said:.100}"
        )
    hint = "; `hutch influx apply` makes the buckets" if status == 404 and "bucket" in (message or "") else ""
    return Unavailable(f"InfluxDB answers {status}: {said:.300}{hint}", _seconds(headers))


def _message(text: str) -> str | None:
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    known = isinstance(answer, dict) and isinstance(answer.get("code"), str)
    return str(answer.get("message", answer["code"])) if known else None


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Retry-After where it counts seconds, as InfluxDB does."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None


class OtherType(Unavailable):
    """Values in InfluxDB that are of another type than ours are in the way."""


def is_foreign(error: StoreError) -> bool:
    """Whether a query failed because of points that are not as ours: their types, or their tags."""
    return isinstance(error, OtherType | InPieces) or bool(_OTHER_TYPE.search(str(error)))


def or_strictly(read: Callable[[bool], _Read]) -> _Read:
    """What ``read`` gives; it is told to be strict where points of strangers are in the way."""
    try:
        return read(False)
    except (Rejected, Unavailable) as error:
        if not is_foreign(error):
            raise
    return read(True)


def read_csv(text: str) -> Iterator[dict[str, str]]:
    """The rows of an answer without annotations, by column; raises ``Unavailable`` for a failed query.

    Tables are parted by empty lines and begin with their columns; a query that fails when it has begun
    to answer ends in a table of errors.
    """
    header: list[str] | None = None
    for row in reader(io.StringIO(text, newline="")):
        if not row:
            header = None
        elif header is None:
            header = row
        else:
            yield _told(header, row)


def _told(header: list[str], row: list[str]) -> dict[str, str]:
    found = dict(zip(header, row, strict=True))
    if "error" in found:
        raise Unavailable(f"InfluxDB gave up on the query: {found['error']:.300}")
    return found


def text_blocks(answer: HTTPResponse) -> Iterator[str]:
    """The text of an answer while it comes in, in blocks of whole lines."""
    rest = b""
    for chunk in answer.stream(_CHUNK):
        whole, end, rest = (rest + chunk).rpartition(b"\n")
        yield (whole + end).decode()
    yield rest.decode()


def read_series(blocks: Iterable[str]) -> Iterator[tuple[dict[str, str], list[str], list[str]]]:
    """Tables whose rows differ in ``_time`` and ``_value`` alone: the first row, all times and all values.

    A table comes in several parts where blocks divide it. Raises ``Unavailable`` as ``read_csv`` does. What
    is the same in all rows is cut away as text: a row costs a third of what it costs to take all of it apart.
    No value of a tag has a line break.
    """
    header: list[str] = []
    for block in blocks:
        rest = block
        while rest:
            line, _, after = rest.partition(_END)
            row = next(reader([line]), [])
            if not row or not header:
                header, rest = row, after
                continue
            told, at = _told(header, row), header.index("_time")
            if header[at + 1] == "_value":
                pairs, rest = _pairs(rest, line, at)
                yield told, pairs[::2], pairs[1::2]
            else:
                rest = after
                yield told, [told["_time"]], [told["_value"]]


def _pairs(text: str, line: str, at: int) -> tuple[list[str], str]:
    """Time and value of each row as long as the others are as in ``line``, and the text after these rows."""
    words = line.split(",", at + 2)
    before = "".join(f"{word}," for word in words[:at])
    behind = "".join(f",{word}" for word in words[at + 2 :]) + _END
    rows = text.removeprefix(before).split(behind + before)
    rows[-1], _, rest = rows[-1].partition(behind)
    return ",".join(rows).split(","), rest


def read_json(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of an answer whose rows hold one each."""
    for row in read_csv(text):
        yield json.loads(row["json"])


time_ns = lru_cache(maxsize=8192)(rfc3339.parse)
"""The times of an answer, of which all its series have the same."""


def tags_of(measurement: Measurement, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of ``Measurement.tag_names`` in a row with a column for each tag that there is."""
    return tuple(row.get(name) or UNKNOWN_TAG for name in measurement.tag_names)


def point_of(measurement: Measurement, row: Mapping[str, Any]) -> Point:
    """The point that a JSON object with a column for each tag and field holds.

    Raises ``OtherType`` where it holds values that are not ours, or none that is.
    """
    tags = dict(zip(measurement.tag_names, tags_of(measurement, row), strict=True))
    fields = {}
    for name in measurement.field_names:
        if row.get(name) is not None:
            value = value_of(measurement, name, row[name])
            if value is None:
                raise OtherType(f"{measurement.name}.{name} holds {row[name]!r:.60}")
            fields[name] = value
    if not fields:
        raise OtherType(f"a point of {measurement.name} has no field that is known")
    return Point(measurement.name, tags, fields, row["_time"])


def value_of(measurement: Measurement, name: str, value: FieldValue) -> FieldValue | None:
    """``value`` in the type of the field; None where it is of another, or there is no such field.

    JSON has no difference between 1 and 1.0, and a whole number where we have another counts.
    """
    if name not in measurement.field_names:
        return None
    wanted = measurement.field(name).type
    if not isinstance(value, _PYTHON[wanted]) or isinstance(value, bool) is not (wanted is FieldType.BOOLEAN):
        return None
    return float(value) if wanted is FieldType.FLOAT else value


_PYTHON: Mapping[FieldType, type | tuple[type, ...]] = MappingProxyType(
    {
        FieldType.FLOAT: (int, float),
        FieldType.INTEGER: int,
        FieldType.STRING: str,
        FieldType.BOOLEAN: bool,
    }
)
