"""Whole rows out of a store as line protocol, as fast as plain Python goes."""

from collections.abc import Callable, Iterable, Sequence

from influx import points
from influx.points import FieldValue
from influx.words import UNKNOWN_TAG, FieldType, Measurement

Row = Sequence[FieldValue | None]
"""The time in ns, the values of ``Measurement.tag_names``, those of ``Measurement.field_names``."""

MOST_LINES = 5_000
"""How many points ``Store.lines`` gives at once: what InfluxDB likes to be sent in one request."""

# A store may give a whole float as an integer, and a boolean as 0 or 1.
_RENDER: dict[FieldType, Callable[[FieldValue], str]] = {
    FieldType.FLOAT: lambda value: repr(float(value)),
    FieldType.INTEGER: lambda value: f"{value}i",
    FieldType.STRING: points.render,
    FieldType.BOOLEAN: lambda value: "true" if value else "false",
}


def lines_of(measurement: Measurement, rows: Iterable[Row]) -> list[str]:
    """A line for each of ``rows`` that has a field."""
    names = measurement.tag_names
    first_field = 1 + len(names)
    rendering = [(f"{field.name}=", _RENDER[field.type]) for field in measurement.fields]
    heads: dict[Row, str] = {}
    lines = []
    for row in rows:
        tags = tuple(row[1:first_field])
        head = heads.get(tags)
        if head is None:
            there = (UNKNOWN_TAG if tag is None else str(tag) for tag in tags)
            head = heads[tags] = points.head(measurement.name, tuple(zip(names, there, strict=True)))
        fields = ",".join(
            [
                name + render(value)
                for (name, render), value in zip(rendering, row[first_field:], strict=True)
                if value is not None
            ]
        )
        if fields:
            lines.append(f"{head} {fields} {row[0]}")
    return lines
