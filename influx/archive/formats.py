"""The formats of an archive's files: line protocol in and out, whatever lies between."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from influx.archive import csv_file, lp_file, parquet_file
from influx.words import Measurement

Add = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how its files' names end, and how points of one measurement get into a file and out.

    ``write`` makes the file in a context that gives what adds lines to it; it is whole when the context
    ends without an error. ``read`` gives the lines back in lists, in their order; it checks nothing
    against the vocabulary but takes types from it.
    """

    suffix: str
    write: Callable[[Path, Measurement], AbstractContextManager[Add]]
    read: Callable[[Path, Measurement], Iterator[list[str]]]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "lp": Format(".lp.gz", lp_file.write, lp_file.read),
        "csv": Format(".csv.gz", csv_file.write, csv_file.read),
        "parquet": Format(".parquet", parquet_file.write, parquet_file.read),
    }
)
