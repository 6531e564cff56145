"""``GET /temperature/history`` of 14 days in steps of 5 minutes, beside the bare query for the same means.

Two histories, on SQLite and on InfluxDB: of a thermometer every 5 minutes, as the temperature logger has it,
and of a sensor every 10 seconds, as Hutch has it unless told otherwise. By turns: the endpoint over HTTP, its
answer received whole, of an API process as ``hutch run`` starts it; and the query that somebody would type,
over a connection that is kept, its rows as the store's own words for them (SQLite: numbers, InfluxDB: a
time as text and a number, out of its CSV). Needs ``python scripts/servers.py influxd``.
"""

import argparse
import csv
import math
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import httpx
from rich.console import Console

from benchmarks._ground import api, by_turns, tell, with_store
from influx.embedded import EmbeddedStore
from influx.points import to_ns
from tests.daemon import HOST
from tests.servers import Influx

BAR = 1.5
"""How many times as long as its bare query the endpoint may take, at the median."""
DAYS = timedelta(days=14)
FIVE = timedelta(minutes=5)
PLACES = {"every 5 min": FIVE, "every 10 s": timedelta(seconds=10)}
"""How often the sensor at a location is read."""
STEPS = DAYS // FIVE
NOW = datetime.now(UTC).replace(second=0, microsecond=0)


def lines(location: str) -> Iterator[str]:
    """The readings of a location, a little more than the fortnight of whoever asks a minute later."""
    every = PLACES[location]
    place = location.replace(" ", "\\ ")
    # Not the oldest minutes, which expire while this runs.
    for number in range((DAYS - 2 * FIVE) // every, -1, -1):
        at = NOW - number * every
        value = round(20 + 3 * math.sin(at.timestamp() / 86_400 * math.tau) + number * 7919 % 97 / 200, 2)
        yield f"environment,location={place},node=pi,sensor=usb temperature={value} {to_ns(at)}"


def of_sqlite(db: sqlite3.Connection, location: str) -> list[object]:
    """The bare query in SQL."""
    now = to_ns(datetime.now(UTC))
    return db.execute(
        "SELECT time / 300000000000 * 300000000000 AS step, avg(temperature) FROM environment"
        " WHERE location = ? AND time >= ? AND time < ? GROUP BY step ORDER BY step",
        (location, now - DAYS // timedelta(microseconds=1) * 1000, now),
    ).fetchall()


def of_influx(client: httpx.Client, location: str) -> list[object]:
    """The bare query in Flux."""
    answer = client.post(
        "/api/v2/query",
        content=f'from(bucket: "readings") |> range(start: -14d) |> filter(fn: (r) =>'
        f' r._measurement == "environment" and r._field == "temperature" and r.location == "{location}")'
        ' |> aggregateWindow(every: 5m, fn: mean, createEmpty: false, timeSrc: "_start")'
        ' |> keep(columns: ["_time", "_value"])',
        headers={"Content-Type": "application/vnd.flux"},
    )
    answer.raise_for_status()
    rows = csv.reader(answer.text.splitlines())
    _, _, _, *header = next(rows)
    assert header == ["_time", "_value"], header
    return [(row[3], float(row[4])) for row in rows if row]


def endpoint(client: httpx.Client, location: str) -> bytes:
    """The endpoint's answer."""
    answer = client.get("/temperature/history", params={"location": location})
    answer.raise_for_status()
    return answer.content


def ways(stack: ExitStack, folder: Path, server: Influx) -> dict[str, Callable[[], object]]:
    """Both ways to ask both stores, for both locations."""
    found: dict[str, Callable[[], object]] = {}
    for store, influx in (("SQLite", None), ("InfluxDB", server)):
        port, _ = stack.enter_context(api(folder / store, influx))
        client = stack.enter_context(httpx.Client(base_url=f"http://{HOST}:{port}", timeout=30))
        if influx:
            # Uncompressed, as influxdb-client asks: InfluxDB takes 4 ms to compress so many rows.
            headers = {"Authorization": f"Token {server.token}", "Accept-Encoding": "identity"}
            bare: Callable[[str], list[object]] = partial(
                of_influx,
                stack.enter_context(
                    httpx.Client(base_url=server.url, headers=headers, params={"org": server.org}, timeout=30)
                ),
            )
        else:
            path = folder / store / "data" / "points.sqlite"
            bare = partial(of_sqlite, stack.enter_context(closing(sqlite3.connect(path))))
        for location in PLACES:
            count, rows = endpoint(client, location).count(b"collected_at"), len(bare(location))
            if abs(count - STEPS) > 4 or abs(rows - STEPS) > 4:
                raise SystemExit(f"{store}, {location}: {count} steps, and its bare query has {rows} rows")
            found[f"{store}, {location}: endpoint"] = partial(endpoint, client, location)
            found[f"{store}, {location}: bare query"] = partial(bare, location)
    return found


def main() -> int:
    """Load, measure, print; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--quick", action="store_true", help="five rounds, to see that it runs")
    options = parser.parse_args()
    console = Console(stderr=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server, influx = stack.enter_context(with_store(folder))
        for store in ("SQLite", "InfluxDB"):
            (folder / store / "data").mkdir(parents=True)
        with closing(EmbeddedStore(folder / "SQLite" / "data" / "points.sqlite")) as embedded:
            for location in PLACES:
                made = lines(location)
                while batch := list(islice(made, 5000)):
                    embedded.write("environment", batch)
                    influx.write("environment", batch)
        taken = by_turns(ways(stack, folder, server), 5 if options.quick else options.rounds, console)
    medians = {name: statistics.median(each) * 1000 for name, each in taken.items()}
    met = []
    for name, spent in medians.items():
        print(f"{name:<40}{spent:>8.1f} ms")
    for name in medians:
        which, _, way = name.rpartition(": ")
        if way == "endpoint":
            ratio = medians[name] / medians[f"{which}: bare query"]
            met.append(tell(f"{which}: of the bare query", ratio, BAR, "x"))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
