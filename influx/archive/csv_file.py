"""CSV, gzipped: a column for the time (ISO 8601, UTC), each tag and each field, without types: the vocabulary
has them.

An empty cell is a missing value. So that an empty string is something else, a string that is empty or
begins with a double quote has one more double quote before it.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from influx import points
from influx.archive.trouble import ArchiveError
from influx.archive.zipped import Pieces, in_lists, longest, unzipped, zipped
from influx.csv_cells import reader
from influx.lines import parse_line
from influx.points import FieldValue, Point
from influx.rfc3339 import exactly, parse
from influx.words import FieldType, Measurement


@contextmanager
def write(path: Path, measurement: Measurement) -> Iterator[Callable[[Sequence[str]], None]]:
    """See ``Format.write``."""
    with zipped(path, newline="") as file:
        # Line breaks of two characters, because only then a lone one of either kind is quoted.
        table = csv.writer(file, lineterminator="\r\n")
        table.writerow(("time", *measurement.tag_names, *measurement.field_names))

        def add(lines: Sequence[str]) -> None:
            table.writerows(_cells(measurement, parse_line(line)) for line in lines)

        yield add


def _cells(measurement: Measurement, point: Point) -> list[str]:
    tags = (point.tags.get(name, "") for name in measurement.tag_names)
    fields = (_cell(point.fields.get(name)) for name in measurement.field_names)
    return [exactly(point.time_ns), *tags, *fields]


def _cell(value: FieldValue | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}' if value[:1] in ("", '"') else value
    return repr(value)


def read(path: Path, measurement: Measurement) -> Iterator[list[str]]:
    """See ``Format.read``."""
    with unzipped(path, newline="") as file:
        yield from in_lists(_lines(Pieces(file, longest(measurement)), measurement))


def _lines(pieces: Pieces, measurement: Measurement) -> Iterator[str]:
    table = reader(pieces)
    try:
        columns = next(table, [])
        for name in ("time", *measurement.tag_names):
            if name not in columns:
                raise ArchiveError(f"it has no column {name!r}, which {measurement.name} needs")
        for row in table:
            pieces.ended()
            yield points.line(_point(measurement, dict(zip(columns, row, strict=True))))
    except UnicodeDecodeError:
        raise  # of the file, not of a row
    except (csv.Error, ValueError) as error:
        raise ArchiveError(f"line {table.line_num} is not as an export writes it: {error!s:.200}") from None


def _point(measurement: Measurement, row: dict[str, str]) -> Point:
    time_ns = parse(row.pop("time"))
    tags = {name: row.pop(name) for name in measurement.tag_names}
    kinds = {field.name: field.type for field in measurement.fields}
    fields = {name: _VALUE[kinds.get(name, FieldType.STRING)](text) for name, text in row.items() if text}
    return Point(measurement.name, tags, fields, time_ns)


_VALUE: Mapping[FieldType, Callable[[str], FieldValue]] = MappingProxyType(
    {
        FieldType.FLOAT: float,
        FieldType.INTEGER: int,
        FieldType.BOOLEAN: lambda text: text == "true",
        FieldType.STRING: lambda text: text[1:] if text[0] == '"' else text,
    }
)
