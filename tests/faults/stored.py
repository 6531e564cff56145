"""What really lies in an InfluxDB, read without any code of Hutch, and buckets of one's own there."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from influx.apply import apply
from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE
from influx.lines import parse_line
from influx.points import Point
from influx.schema import MEASUREMENTS
from influx.server import ServerStore
from tests.influx.conftest import FOREVER
from tests.servers import Influx

Row = tuple[int, tuple[tuple[str, str], ...], tuple[tuple[str, object], ...]]
"""Time in ns, tags, fields; both by name."""
_prefixes = (f"faults{number}_" for number in itertools.count())


def row_of(point: Point) -> Row:
    return point.time_ns, tuple(sorted(point.tags.items())), tuple(sorted(point.fields.items()))


def rows_of(lines: Iterable[str]) -> set[Row]:
    """The rows that lines of line protocol become."""
    return {row_of(parse_line(line)) for line in lines}


@dataclass(frozen=True)
class Home:
    """Buckets on a server, which keep everything for ever."""

    server: Influx
    config: InfluxSection

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs that writes there."""
        return {TOKEN_VARIABLE: self.server.token}

    def store(self, now: Callable[[], float] = time.time) -> ServerStore:
        prefix = self.config.bucket_prefix
        return ServerStore(self.config.url, self.config.org, self.server.token, prefix=prefix, now=now)

    def rows(self, measurement: str = "environment") -> list[Row]:
        """Every row of ``measurement``, as often as InfluxDB tells it."""
        spec = MEASUREMENTS[measurement]
        return [
            _row(spec.tag_names, dict(zip(series["columns"], values, strict=True)))
            for series in self.ask(f'SELECT * FROM "{measurement}"', spec.bucket)
            for values in series["values"]
        ]

    def ask(self, query: str, bucket: str = "readings") -> list[dict[str, Any]]:
        """What a query in InfluxQL finds."""
        answer = httpx.get(
            f"{self.server.url}/query",
            params={"db": self.config.bucket_prefix + bucket, "q": query, "epoch": "ns"},
            headers={"Authorization": f"Token {self.server.token}"},
            timeout=60,
        )
        (result,) = answer.raise_for_status().json()["results"]
        assert "error" not in result, result
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def write_config(self, path: Path, text: str = "") -> None:
        """Make a configuration file for processes that write there, with ``text`` for the rest of it."""
        path.write_text(
            f"{text}\n[influx]\nurl = '{self.config.url}'\norg = '{self.config.org}'\n"
            f"bucket_prefix = '{self.config.bucket_prefix}'\ntimeout = 2\n"
        )


def home_on(server: Influx) -> Home:
    """New buckets on ``server``."""
    config = InfluxSection(url=server.url, org=server.org, bucket_prefix=next(_prefixes), retention=FOREVER)
    done = apply(config, environment={TOKEN_VARIABLE: server.token})
    assert all(found.mended for found in done), [str(found) for found in done]
    return Home(server, config)


def once(rows: list[Row]) -> set[Row]:
    """The rows, each of which must be there once, and be the only one of its tags and time."""
    twice = [key for key, count in Counter(row[:2] for row in rows).items() if count > 1]
    assert not twice, f"{len(twice)} points are there more than once, such as {twice[0]}"
    return set(rows)


def _row(tags: tuple[str, ...], columns: dict[str, object]) -> Row:
    time = columns.pop("time")
    assert isinstance(time, int)
    there = {name: value for name, value in columns.items() if value is not None}
    return (
        time,
        tuple(sorted((name, str(there.pop(name))) for name in tags if name in there)),
        tuple(sorted(there.items())),
    )
