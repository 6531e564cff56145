"""What several benchmarks stand on: an InfluxDB with buckets, a store, the API, medians, and memory taken."""

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import track

from influx.apply import apply
from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE
from influx.server import ServerStore
from tests.daemon import HOST, free_ports, wait_until
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


@contextmanager
def api(
    folder: Path, influx: Influx | None = None, more: str = "", environment: Mapping[str, str] = os.environ
) -> Iterator[tuple[int, int]]:
    """The API as ``hutch run`` starts it, its data in ``folder / "data"``; its port and process id.

    It keeps points in ``influx``, or in SQLite; ``more`` is appended to its configuration.
    """
    (port,) = free_ports(1)
    config = folder / f"hutch-{port}.toml"
    store = f'[influx]\nurl = "{influx.url}"\norg = "{influx.org}"\n' if influx else ""
    config.write_text(f'node = "server"\ndata_dir = "data"\n{store}[api]\nport = {port}\n{more}')
    (folder / "data").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "hutch.worker", "api", "--config", str(config)]
    token = {TOKEN_VARIABLE: influx.token} if influx else {}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env={**environment, **token})
    try:
        if not wait_until(lambda: _answers(f"http://{HOST}:{port}"), 30):
            raise SystemExit("the API did not start within 30 s")
        yield port, process.pid
    finally:
        process.communicate(timeout=30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ping", timeout=2).status_code == httpx.codes.NO_CONTENT
    except httpx.TransportError:
        return False


def by_turns(
    ways: Mapping[str, Callable[[], object]], rounds: int, console: Console
) -> dict[str, list[float]]:
    """Seconds that each of ``ways`` took in each round, by turns, after one round that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in track(range(rounds + 1), "measuring", console=console, transient=True):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - started)
    return {name: each[1:] for name, each in taken.items()}


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that ``percent`` of ``values`` do not exceed, at least two of them."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def tell(what: str, measured: float, most: float, unit: str) -> bool:
    """Print a figure beside the most that it may be; whether it is no more."""
    met = measured <= most
    ratio = measured / most
    print(f"{what:<52}{measured:>9.2f} {unit:<3} bar {most:g}: {ratio:.2f} {'met' if met else 'MISSED'}")
    return met


def peak_mb(pid: int) -> float:
    """Peak resident memory of a process so far in MB (10^6 bytes); Linux only (reads VmHWM)."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match is not None
    return int(match[1]) * 1024 / 1e6
