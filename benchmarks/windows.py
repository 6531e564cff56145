"""Windows over one year of ten series a minute in a real InfluxDB, beside raw points and bare Flux queries.

5.2 million points are loaded through the store, and their rollups made by it. Then, by turns: the store's
answer to a plan, and bare queries for the same picture, whose answers are received and not looked at. Twelve
panels of a dashboard ask at the same time. The server's peak memory through all of it is told, with
``influx/influxd.toml`` and with InfluxDB's own settings. Linux only (reads VmHWM).
Needs ``python scripts/servers.py influxd``.
"""

import argparse
import gc
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.dialect import Dialect
from rich.console import Console
from rich.progress import track

from benchmarks._ground import by_turns, peak_mb, tell
from influx.apply import apply
from influx.buckets import BUCKETS
from influx.config import InfluxSection, Retention
from influx.connect import TOKEN_VARIABLE
from influx.plan import plan
from influx.points import to_ns
from influx.rfc3339 import exactly
from influx.schema import MEASUREMENTS
from influx.server import ServerStore
from influx.store import Series
from influx.windows import Aggregate, Horizon, Plan, Window
from tests.servers import Influx

SERIES, DAYS, PANELS = 10, 365, 12
MINUTE, DAY, YEAR = timedelta(minutes=1), timedelta(days=1), timedelta(days=DAYS)
FASTER_THAN_RAW, OF_BARE, PANELS_SECONDS, MEMORY = 3, 1.3, 1.0, 400
ZONE = ZoneInfo("Europe/Zurich")
FOREVER = Retention(**dict.fromkeys(BUCKETS))
NOW = datetime.now(UTC).replace(second=30, microsecond=0)


class OwnDefaults(Influx):
    """InfluxDB as it is when nobody sets anything about its memory."""

    def environment(self) -> dict[str, str]:
        """Without the settings for a small machine."""
        return {}


def lines(day: datetime) -> Iterator[str]:
    """One day of all series, a minute apart, as they come in."""
    for minute in range(1440):
        at = day + minute * MINUTE
        if at >= NOW:
            return
        swing = 3 * math.sin(minute / 1440 * math.tau)
        for number in range(SERIES):
            value = round(18 + number / 2 + swing + (minute * 7919 + number * 31) % 97 / 200, 3)
            yield f"environment,location=den,node=pi,sensor=s{number} temperature={value} {to_ns(at)}"


def load(store: ServerStore, console: Console) -> None:
    """Write the year day by day, and roll it up week by week."""
    first = (NOW - YEAR).replace(hour=0, minute=0, second=0)
    days = [first + number * DAY for number in range(DAYS + 1)]
    for day in track(days, "loading", console=console, transient=True):
        made = lines(day)
        while batch := list(islice(made, 5000)):
            store.write("environment", batch)
    for week in track(days[::7], "rolling up", console=console, transient=True):
        store.roll_up("environment", Window(week, min(week + 7 * DAY, NOW)), ZONE)


def picture(length: timedelta, aggregates: tuple[Aggregate, ...], *, raw: bool = False) -> Plan:
    """The plan of a window that ends now; ``raw``: of a time at which no rollup was ready."""
    horizon = Horizon(NOW - YEAR if raw else NOW, FOREVER, ZONE)
    window = Window.last(length, NOW)
    return plan("environment", ("temperature",), window, horizon=horizon, aggregates=aggregates)


def bare(asked: Plan, measurement: str, *fields: str, zone: str = "UTC") -> str:
    """What somebody would type for the means of ``asked`` who knows which bucket to look in."""
    start, stop = (exactly(to_ns(moment)) for moment in (asked.window.start, asked.window.stop))
    query = f"""
        import "timezone"
        option location = timezone.location(name: "{zone}")
        from(bucket: "{MEASUREMENTS[measurement].bucket}")
          |> range(start: {start}, stop: {stop})
          |> filter(fn: (r) => r._measurement == "{measurement}")
          |> filter(fn: (r) => {" or ".join(f'r._field == "{field}"' for field in fields)})
          |> aggregateWindow(
              every: {"1d" if asked.grid.days else f"{asked.every // timedelta(seconds=1)}s"},
              fn: {"mean" if len(fields) == 1 else "sum"},
              createEmpty: false,
          )
    """
    if len(fields) == 1:
        return query
    total, count = fields
    return f"""{query}
          |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
          |> map(fn: (r) => ({{r with _value: r.{total} / float(v: r.{count})}}))
    """


def peers(asked: Plan) -> dict[str, str]:
    """Bare queries for ``asked``: means of means are not exact, days of UTC not those of the home, and daily
    rollups lack today.
    """
    if not asked.grid.days:
        return {"bare Flux, raw points": bare(asked, "environment", "temperature")}
    zone, mean = ZONE.key, "temperature_mean"
    sums = ("temperature_sum", "temperature_count")
    return {
        "bare Flux, raw points": bare(asked, "environment", "temperature", zone=zone),
        "bare Flux, raw points, days of UTC": bare(asked, "environment", "temperature"),
        "bare Flux, 15-minute sums and counts": bare(asked, "environment_15m", *sums, zone=zone),
        "bare Flux, 15-minute means": bare(asked, "environment_15m", mean, zone=zone),
        "bare Flux, daily means": bare(asked, "environment_1d", mean, zone=zone),
    }


def same(ours: list[Series], theirs: list[Series]) -> bool:
    """Whether two answers draw the same picture."""
    return [one.tags for one in ours] == [other.tags for other in theirs] and all(
        at == when and math.isclose(a or 0, b or 0, rel_tol=1e-9)
        for one, other in zip(ours, theirs, strict=True)
        for (at, (a,)), (when, (b,)) in zip(one.rows, other.rows, strict=True)
    )


def measure(server: Influx, store: ServerStore, rounds: int, console: Console) -> dict[str, float]:
    """Seconds of every way to answer every window, medians of ``rounds`` by turns."""
    found: dict[str, float] = {}
    with (
        InfluxDBClient(server.url, server.token, org=server.org, timeout=60_000) as client,
        ThreadPoolExecutor(PANELS) as panels,
    ):

        def ask(query: str) -> None:
            answer = client.query_api().query_raw(query, dialect=Dialect(annotations=[]))
            if not answer.data:
                raise SystemExit("the bare query has an empty answer")

        def dashboard(panel: Plan) -> None:
            list(panels.map(store.series, [panel] * PANELS))

        for name, length in (("a year", YEAR), ("24 h", DAY)):
            mean, raw = picture(length, (Aggregate.MEAN,)), picture(length, (Aggregate.MEAN,), raw=True)
            band = picture(length, (Aggregate.MIN, Aggregate.MEAN, Aggregate.MAX))
            if not same(store.series(mean), store.series(raw)):
                raise SystemExit(f"{name}: raw points and the plan's sources draw different pictures")
            ways: dict[str, Callable[[], object]] = {
                "windows": partial(store.series, mean),
                **{peer: partial(ask, query) for peer, query in peers(mean).items()},
                "windows, min, mean and max": partial(store.series, band),
            }
            # By themselves: what twelve at once leave behind would burden whoever came next.
            panel = {f"{PANELS} panels at once": partial(dashboard, mean)}
            taken = by_turns(ways, rounds, console) | by_turns(panel, rounds, console)
            found |= {f"{name}: {way}": statistics.median(each) for way, each in taken.items()}
    return found


def run(kind: type[Influx], rounds: int, console: Console) -> tuple[dict[str, float], float, float]:
    """Load a new server and measure; returns seconds, and MB after loading and after all."""
    with tempfile.TemporaryDirectory() as folder:
        server = kind(Path(folder))
        try:
            server.start()
            server.set_up()
            config = InfluxSection(url=server.url, org=server.org, retention=FOREVER)
            apply(config, environment={TOKEN_VARIABLE: server.token})
            timeout = timedelta(minutes=2)
            with closing(ServerStore(server.url, server.org, server.token, timeout=timeout)) as store:
                started = time.perf_counter()
                load(store, console)
                loaded = peak_mb(server.pid)
                console.print(f"loaded in {time.perf_counter() - started:.0f} s")
                # As the API does: what stays for ever is not looked at again for what is gone.
                gc.freeze()
                return measure(server, store, rounds, console), loaded, peak_mb(server.pid)
        finally:
            server.stop()


def report(found: dict[str, float]) -> bool:
    """Print what each way takes, what it is of the plan's, and the bars; whether all are met."""
    for name, seconds in found.items():
        ours = found[f"{name.partition(':')[0]}: windows"]
        print(f"{name:<48}{seconds * 1000:>8.1f} ms{ours / seconds:>8.2f} x")
    year, day = found["a year: windows"], found["24 h: windows"]
    raw, daily = (found[f"a year: bare Flux, {what}"] for what in ("raw points", "daily means"))
    met = [
        tell("a year, of raw points", year / raw, 1 / FASTER_THAN_RAW, "x"),
        tell("a year, of daily means", year / daily, OF_BARE, "x"),
        tell("24 h, of raw points", day / found["24 h: bare Flux, raw points"], OF_BARE, "x"),
    ]
    for window in ("a year", "24 h"):
        panels = found[f"{window}: {PANELS} panels at once"]
        met.append(tell(f"{PANELS} panels of {window}", panels, PANELS_SECONDS, "s"))
    return all(met)


def main() -> int:
    """Measure with both kinds of settings and print the tables; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--without-defaults", action="store_true", help="leave InfluxDB's own settings out")
    options = parser.parse_args()
    console = Console(stderr=True)
    found, loaded, most = run(Influx, options.rounds, console)
    met = report(found)
    print(f"peak memory of InfluxDB after loading{loaded:>15.0f} MB")
    met = tell("peak memory of InfluxDB after all", most, MEMORY, "MB") and met
    if not options.without_defaults:
        _, loaded, theirs = run(OwnDefaults, options.rounds, console)
        print(f"with its own settings after loading{loaded:>17.0f} MB")
        print(f"with its own settings after all{theirs:>21.0f} MB: {theirs / most:.1f} times as much")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
