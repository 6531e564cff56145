"""Parquet by DuckDB: a column for the time (UTC, to the ns), each tag and each field, in their types."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from influx.archive.trouble import ArchiveError
from influx.lines import parse_line
from influx.points import MAX_STRING_BYTES
from influx.rows_as_lines import MOST_LINES, lines_of
from influx.words import FieldType, Measurement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TYPES = {
    FieldType.FLOAT: "DOUBLE",
    FieldType.INTEGER: "BIGINT",
    FieldType.STRING: "VARCHAR",
    FieldType.BOOLEAN: "BOOLEAN",
}


_DESCRIBE = "DESCRIBE SELECT * FROM read_parquet(?)"
_MOST_BYTES = 8 * 1024 * 1024
"""Of the strings of the rows that are fetched at once."""


def _types(measurement: Measurement) -> list[tuple[str, str]]:
    """The columns and DuckDB's names of their types."""
    tags = ((name, "VARCHAR") for name in measurement.tag_names)
    return [
        ("time", "TIMESTAMP_NS"),
        *tags,
        *((field.name, _TYPES[field.type]) for field in measurement.fields),
    ]


@contextmanager
def write(path: Path, measurement: Measurement) -> Iterator[Callable[[Sequence[str]], None]]:
    """See ``Format.write``; raises ``ArchiveError`` where DuckDB is not installed."""
    types = _types(measurement)
    with closing(_duckdb(path)) as db:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in types)
        db.execute(f"CREATE TABLE point ({columns})")
        # A list a column, which DuckDB takes apart again: a hundred times as fast as a statement a point.
        lists = ", ".join(f"unnest(?::{kind}[])" for _, kind in types[1:])
        insert = f"INSERT INTO point SELECT make_timestamp_ns(unnest(?::BIGINT[])), {lists}"

        def add(lines: Sequence[str]) -> None:
            found = [parse_line(line) for line in lines]
            values: list[list[object]] = [[point.time_ns for point in found]]
            values += [[point.tags.get(name) for point in found] for name in measurement.tag_names]
            values += [[point.fields.get(name) for point in found] for name in measurement.field_names]
            db.execute(insert, values)

        yield add
        db.table("point").write_parquet(str(path), compression="zstd")


def read(path: Path, measurement: Measurement) -> Iterator[list[str]]:
    """See ``Format.read``; raises ``ArchiveError`` where DuckDB is not installed."""
    with closing(_duckdb(path)) as db:
        # DuckDB can be asked about only when it is there.
        from duckdb import Error

        try:
            yield from _read(db, escape(str(path)), measurement)
        except (Error, ValueError, TypeError, OverflowError) as error:
            raise ArchiveError(f"it is not as an export writes it: {error!s:.200}") from None


def _read(db: "DuckDBPyConnection", path: str, measurement: Measurement) -> Iterator[list[str]]:
    columns = {str(name): str(kind) for name, kind, *_ in db.execute(_DESCRIBE, [path]).fetchall()}
    _check(columns, measurement)
    at_once = _rows_at_once(db, path, [name for name, kind in columns.items() if kind == "VARCHAR"])
    db.execute('SELECT epoch_ns("time"), * EXCLUDE ("time") FROM read_parquet(?)', [path])
    there = [column[0] for column in db.description[1:]]
    names = (*measurement.tag_names, *measurement.field_names)
    places = [1 + there.index(name) if name in there else None for name in names]
    while found := db.fetchmany(at_once):
        rows = ([row[0], *(None if place is None else row[place] for place in places)] for row in found)
        yield lines_of(measurement, rows)


def _check(columns: Mapping[str, str], measurement: Measurement) -> None:
    """Raise ``ArchiveError`` where ``columns``, with their types, are not those of ``measurement``."""
    names = ("time", *measurement.tag_names)
    if unknown := columns.keys() - {*names, *measurement.field_names}:
        raise ArchiveError(f"it has a column {min(unknown)!r:.60}, which {measurement.name} has not")
    if missing := [name for name in names if name not in columns]:
        raise ArchiveError(f"it has no column {missing[0]!r}, which {measurement.name} needs")
    # One of lists could hold anything, however large.
    for name, kind in columns.items():
        if kind not in (("TIMESTAMP_NS",) if name == "time" else _TYPES.values()):
            raise ArchiveError(f"its column {name!r} is of a type that no export writes: {kind:.60}")


def _rows_at_once(db: "DuckDBPyConnection", path: str, strings: Sequence[str]) -> int:
    """How many rows memory holds; raises ``ArchiveError`` for a string that is longer than any can be."""
    sizes = ", ".join(f'max(strlen("{name}"))' for name in strings)
    query = f"SELECT {sizes or 0} FROM read_parquet(?)"  # noqa: S608 -- names that _check let through
    found = db.execute(query, [path]).fetchone() or ()
    bytes_most = [size or 0 for size in found]
    if max(bytes_most, default=0) > MAX_STRING_BYTES:
        raise ArchiveError(f"a string in it is longer than any can be: {MAX_STRING_BYTES} bytes")
    return max(1, min(MOST_LINES, _MOST_BYTES // max(1, sum(bytes_most))))


def _duckdb(path: Path) -> "DuckDBPyConnection":
    try:
        import duckdb
    except ImportError:
        raise ArchiveError("Parquet needs DuckDB; install it with: pip install -e '.[parquet]'") from None
    # What does not fit lies beside the file meanwhile, on the disk that was chosen for it.
    spill = path.with_name(f".{path.name}.spill")
    return duckdb.connect(
        config={
            "memory_limit": "256MB",
            "threads": 2,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": "false",
        }
    )
