"""A thousand nodes at one reading a minute through the API into one InfluxDB: how far behind each is.

Nodes start spread over the minute, and open a connection for each reading. Behind is the time from
the reading to the first look that finds it in InfluxDB, which is looked at four times a second: every figure
includes up to a quarter of a second of looking, and the look itself. Also run with all nodes in the same
instant of each minute (``--together``), as clocks that are set by the network would have it.
Needs ``python scripts/servers.py influxd``. Linux only (reads VmHWM).
"""

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil

from benchmarks._ground import api, peak_mb, with_buckets
from tests.daemon import HOST
from tests.servers import Influx

BAR = 5.0
"""Seconds that no node may be behind."""
VALUES = "temperature=21.5,humidity=40.5"
LOOK = 0.25
SETTLE = 15.0
"""Seconds that the last readings get to arrive."""
NS = 1_000_000_000


async def _node(number: int, port: int, start: float, period: float, until: float) -> int:
    """One node: a reading at each of its turns; says how many were not acknowledged."""
    lost, due = 0, start
    while due < until:
        await asyncio.sleep(max(0.0, due - time.time()))
        lost += not await _send(
            port, f"environment,location=den,node=n{number},sensor=s {VALUES} {time.time_ns()}"
        )
        due += period
    return lost


async def _send(port: int, line: str) -> bool:
    """Send a line as a small device does, over a connection for it alone; whether it was acknowledged.

    By hand, because a thousand of httpx's requests take this one process two seconds.
    """
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(
        f"POST /api/v2/write?org=hutch&bucket=readings HTTP/1.1\r\nHost: {HOST}:{port}\r\n"
        f"Connection: close\r\nContent-Length: {len(line)}\r\n\r\n{line}".encode()
    )
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer.startswith(b"HTTP/1.1 204 ")


def play_nodes(port: int, count: int, start: float, seconds: float, period: float, together: bool) -> None:
    """All nodes, in a process of their own; ends with 1 where a reading was not acknowledged."""

    async def all_nodes() -> int:
        turns = [start if together else start + period * number / count for number in range(count)]
        playing = (_node(number, port, turn, period, start + seconds) for number, turn in enumerate(turns))
        return sum(await asyncio.gather(*playing))

    lost = asyncio.run(all_nodes())
    print(f"client: {lost} readings not acknowledged", flush=True)
    sys.exit(bool(lost))


@dataclass
class Arrivals:
    """Which readings were found, by node and time, and how many seconds after they were read."""

    behind: dict[tuple[str, int], float] = field(default_factory=dict)

    def look(self, client: httpx.Client, influx: Influx, since: datetime) -> None:
        """Note what came since the last look."""
        query = (
            f'from(bucket: "readings") |> range(start: {since:%Y-%m-%dT%H:%M:%SZ}, stop: 1h)'
            ' |> filter(fn: (r) => r._measurement == "environment" and r._field == "temperature")'
            ' |> keep(columns: ["_time", "node"]) |> group()'
        )
        answer = client.post(
            f"/api/v2/query?org={influx.org}",
            content=query,
            headers={"Content-Type": "application/vnd.flux", "Authorization": f"Token {influx.token}"},
        )
        answer.raise_for_status()
        seen = time.time_ns()
        for row in answer.text.splitlines():
            cells = row.split(",")
            if len(cells) < 5 or not cells[-1].startswith("n") or cells[-1] == "node":
                continue
            key = (cells[-1], _nanoseconds(cells[-2]))
            self.behind.setdefault(key, (seen - key[1]) / NS)


def _nanoseconds(text: str) -> int:
    """Nanoseconds since 1970 of a time as Flux writes it."""
    whole, _, part = text.removesuffix("Z").partition(".")
    seconds = datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()
    return int(seconds) * NS + int(part.ljust(9, "0") or "0")


def used(pid: int) -> tuple[float, float]:
    """Peak resident memory in MB (10^6 bytes) and processor seconds so far."""
    times = psutil.Process(pid).cpu_times()
    return peak_mb(pid), times.user + times.system


def measure(asked: argparse.Namespace, influx: Influx, port: int, parts: dict[str, int]) -> bool:
    """Play, look, print; whether the bar was held."""
    seconds = asked.minutes * 60
    start = time.time() + 5
    since = datetime.fromtimestamp(start, UTC) - timedelta(seconds=1)
    expected = asked.nodes * asked.minutes * 60 // asked.period
    arrivals = Arrivals()
    before = {part: used(pid)[1] for part, pid in parts.items()}
    play = (port, asked.nodes, start, seconds, asked.period, asked.together)
    client = multiprocessing.get_context("spawn").Process(target=play_nodes, args=play)
    client.start()
    assert client.pid is not None
    parts = {**parts, "client": client.pid}
    pause, memory = threading.Event(), dict[str, tuple[float, float]]()
    with httpx.Client(base_url=influx.url, timeout=30) as looker:
        while time.time() < start + seconds + SETTLE and len(arrivals.behind) < expected:
            arrivals.look(looker, influx, max(since, datetime.now(UTC) - timedelta(seconds=60)))
            memory |= {
                part: used(pid) for part, pid in parts.items() if psutil.pid_exists(pid) and client.is_alive()
            }
            pause.wait(LOOK)
    client.join(60)
    if not arrivals.behind:
        raise SystemExit("nothing arrived")
    behind = sorted(arrivals.behind.values())
    how = "all at once" if asked.together else "spread over the minute"
    print(f"{asked.nodes} nodes, a reading each {asked.period} s for {asked.minutes} min, {how}")
    print(f"readings {expected}, arrived {len(behind)}, client ended with {client.exitcode}")
    cuts = statistics.quantiles(behind, n=100)
    print(f"behind: p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s, max {behind[-1]:.2f} s; bar {BAR:g} s,")
    print(f"ratio {behind[-1] / BAR:.2f}")
    print(f"{'part':<10}{'peak MB':>9}{'CPU % of a core':>17}")
    for part, (peak, spent) in memory.items():
        print(f"{part:<10}{peak:>9.0f}{(spent - before.get(part, 0)) / (seconds + 5) * 100:>17.1f}")
    return behind[-1] <= BAR and len(behind) == expected and client.exitcode == 0


def main() -> None:
    """Start everything, measure, end with 1 where the bar was not held."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--nodes", type=int, default=1000)
    arguments.add_argument("--minutes", type=int, default=3)
    arguments.add_argument("--period", type=int, default=60, help="seconds between the readings of a node")
    arguments.add_argument("--together", action="store_true", help="all nodes read in the same instant")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with with_buckets(folder) as influx, api(folder, influx) as (port, pid):
            held = measure(asked, influx, port, {"api": pid, "influxd": influx.pid})
    raise SystemExit(not held)


if __name__ == "__main__":
    main()
