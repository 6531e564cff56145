"""What InfluxDB's answers mean: its errors as the store's exceptions, its CSV as values."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from influx.points import FieldValue, Point, to_ns
from influx.store import Rejected, StoreError, TooLarge, Unauthorized, Unavailable
from influx.words import FieldType, Measurement

_REFUSALS = {400, 422}
_HEADERS = (["result", "table"], ["error", "reference"], ["reference"])
"""The second and third name in the line of names before a table of values, and of errors."""
_CHUNK = 64 * 1024
_DROPPED = re.compile(r"dropped (\d+) points|dropped=(\d+)")
"""How a partial write is told: in 2.9 the first form for points too old, the second for a type conflict."""


@contextmanager
def asking(url: str) -> Iterator[None]:
    """Whatever keeps the InfluxDB at ``url`` from answering with success, as an exception of the store."""
    try:
        yield
    except ApiException as error:
        if not error.status:
            raise Unavailable(f"{url}: {error.reason}") from error
        raise meaning(error.status, error.body, error.headers or {}) from error
    except (HTTPError, OSError) as error:
        raise Unavailable(f"{url}: {error}") from error


def meaning(status: int, body: str | bytes | None, headers: Mapping[str, str]) -> StoreError:
    """The exception that an answer of InfluxDB other than success stands for.

    Only what InfluxDB itself says of the data (400 and 422, with its JSON) is a refusal for good: a proxy
    in between, or a wrong address, may answer anything, and points must outlive that.
    """
    text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
    message = _message(text)
    if status in (401, 403):
        return Unauthorized(f"InfluxDB refuses the token with {status}: {message or text:.300}")
    if status == 413:
        return TooLarge("the request is larger than InfluxDB or a proxy before it takes")
    if status in _REFUSALS and message is not None:
        dropped = _DROPPED.search(message)
        count = int(dropped[1] or dropped[2]) if dropped else None
        return Rejected(f"InfluxDB refuses with {status}: {message:.500}", count)
    hint = "; `hutch influx apply` makes the buckets" if status == 404 and "bucket" in (message or "") else ""
    return Unavailable(f"InfluxDB answers {status}: {message or text:.300}{hint}", _seconds(headers))


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


def text_lines(answer: HTTPResponse) -> Iterator[str]:
    """The lines of an answer, while it comes in, each with its end."""
    rest = b""
    for chunk in answer.stream(_CHUNK):
        whole, end, rest = (rest + chunk).rpartition(b"\n")
        yield from io.StringIO((whole + end).decode(), newline="")
    yield from io.StringIO(rest.decode(), newline="")


def read_tables(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
    """The tables of an answer without annotations: the name of the result, and the values of each column.

    They come while the answer does, one at a time; those that follow each other with the same name and number
    are one. Raises ``Unavailable`` for a query that fails when it has begun to answer: that ends in a table
    of errors.
    """
    header: list[str] = []
    for key, rows in groupby(filter(None, csv.reader(lines)), itemgetter(slice(1, 3))):
        if key in _HEADERS:
            *_, header = rows
            continue
        columns = dict(zip(header, zip(*rows, strict=True), strict=True))
        if "error" in columns:
            raise Unavailable(f"InfluxDB gave up on the query: {columns['error'][0]:.300}")
        yield columns["result"][0], columns


def read_csv(text: str) -> Iterator[dict[str, str]]:
    """The rows of an answer without annotations, by column; raises ``Unavailable`` for a failed query."""
    for _, columns in read_tables(io.StringIO(text, newline="")):
        for row in zip(*columns.values(), strict=True):
            yield dict(zip(columns, row, strict=True))


def read_json(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of an answer whose rows hold one each."""
    for row in read_csv(text):
        yield json.loads(row["json"])


@lru_cache(maxsize=8192)
def time_ns(text: str) -> int:
    """A time of an answer (RFC 3339, UTC) in ns, exactly."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return to_ns(datetime.fromisoformat(seconds + "Z")) + int(fraction.ljust(9, "0"))


def point_of(measurement: Measurement, row: Mapping[str, Any]) -> Point:
    """The point that a JSON object with a column for each tag and field holds."""
    tags = {name: row[name] for name in measurement.tag_names}
    fields = {
        field.name: value_of(measurement, field.name, row[field.name])
        for field in measurement.fields
        if row.get(field.name) is not None
    }
    return Point(measurement.name, tags, fields, row["_time"])


def value_of(measurement: Measurement, name: str, value: FieldValue) -> FieldValue:
    """``value`` in the type of the field: JSON has no difference between 1 and 1.0."""
    return float(value) if measurement.field(name).type is FieldType.FLOAT else value
