"""All points of a stretch of time from InfluxDB, in InfluxQL.

Flux gives whole points only by a pivot, series after series, and holds what it pivots in memory. InfluxQL
reads the fields of all series side by side in the order of time and streams them, 5,000 points of JSON
a line; JSON, because CSV has one spelling for a missing and an empty string.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from influx.points import to_ns
from influx.rows_as_lines import MOST_LINES, Row
from influx.store import Unavailable
from influx.windows import Window
from influx.words import Measurement

STREAM = {"epoch": "ns", "chunked": "true", "chunk_size": str(MOST_LINES)}
"""The parameters of ``/query`` that make it answer as ``rows`` reads it."""


def every_point(measurement: Measurement, window: Window) -> str:
    """The query for all points within ``window``, the columns of a ``Row`` in their order."""
    start, stop = to_ns(window.start), to_ns(window.stop)
    return f'SELECT {columns(measurement)} FROM "{measurement.name}" WHERE time >= {start} AND time < {stop}'  # noqa: S608 -- words of the vocabulary


def columns(measurement: Measurement, *fields: str) -> str:
    """The columns of a ``Row`` in their order, without the time, which InfluxQL always gives first.

    Only of ``fields``, where they are given.
    """
    named = [f'"{name}"::tag' for name in measurement.tag_names]
    # By their types: values of others, which a stranger may have written, are as if they were not there.
    named += [
        f'"{field.name}"::{field.type}' for field in measurement.fields if not fields or field.name in fields
    ]
    return ", ".join(named)


def rows(answer: Iterable[bytes]) -> Iterator[list[Row]]:
    """The rows of each line of an answer.

    Raises ``Unavailable`` where InfluxDB gives up, or the answer ends before it is whole.
    """
    more = False
    for line in answer:
        try:
            told: dict[str, Any] = json.loads(line)
        except ValueError:
            raise Unavailable(f"InfluxDB's answer is broken off: {line[-80:]!r}") from None
        (result,) = told.get("results") or [told]
        if "error" in result:
            raise Unavailable(f"InfluxDB gave up on the query: {result['error']:.300}")
        for series in result.get("series", ()):
            more = series.get("partial", False)
            yield series["values"]
    if more:
        raise Unavailable("InfluxDB's answer ended before it was whole")
