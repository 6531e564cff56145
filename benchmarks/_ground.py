"""What several benchmarks stand on: an InfluxDB with buckets and a store, and how much memory was taken."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from influx.apply import apply
from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE
from influx.server import ServerStore
from tests.servers import Influx, influxd


@contextmanager
def with_buckets(folder: Path) -> Iterator[Influx]:
    """A new InfluxDB with its data in ``folder / "influxd"`` and the buckets of the defaults."""
    (folder / "influxd").mkdir()
    with influxd(folder / "influxd") as server:
        section = InfluxSection(url=server.url, org=server.org)
        apply(section, environment={TOKEN_VARIABLE: server.token})
        yield server


@contextmanager
def with_store(folder: Path) -> Iterator[tuple[Influx, ServerStore]]:
    """The same, and a store in it."""
    with (
        with_buckets(folder) as server,
        closing(ServerStore(server.url, server.org, server.token)) as store,
    ):
        yield server, store


def peak_mb(pid: int) -> float:
    """Peak resident memory of a process so far in MB (10^6 bytes); Linux only (reads VmHWM)."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match is not None
    return int(match[1]) * 1024 / 1e6
