"""Parquet by DuckDB: a column for the time (UTC, to the ns), each tag and each field, in their types."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from influx.archive.trouble import ArchiveError
from influx.lines import parse_line
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


@contextmanager
def write(path: Path, measurement: Measurement) -> Iterator[Callable[[Sequence[str]], None]]:
    """See ``Format.write``; raises ``ArchiveError`` where DuckDB is not installed."""
    types = [("time", "TIMESTAMP_NS"), *((name, "VARCHAR") for name in measurement.tag_names)]
    types += [(field.name, _TYPES[field.type]) for field in measurement.fields]
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
        db.execute('SELECT epoch_ns("time"), * EXCLUDE ("time") FROM read_parquet(?)', [escape(str(path))])
        there = [column[0] for column in db.description[1:]]
        names = (*measurement.tag_names, *measurement.field_names)
        if unknown := set(there) - set(names):
            raise ArchiveError(f"{path} has a column {min(unknown)!r}, which {measurement.name} has not")
        places = [1 + there.index(name) if name in there else None for name in names]
        while found := db.fetchmany(MOST_LINES):
            rows = ([row[0], *(None if place is None else row[place] for place in places)] for row in found)
            yield lines_of(measurement, rows)


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
