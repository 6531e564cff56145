"""Whether a Grafana shows what Hutch wrote within the last day: its newest reading, and its clips."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from grafana.home import Home
from hutch.grafana import data_source
from hutch.grafana.finding import Finding
from hutch.grafana.reconcile import Reconciler
from hutch.grafana.server import Server
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only
from influx.points import to_datetime
from influx.schema import ENVIRONMENT
from influx.store import Store
from influx.windows import Window

_DAY = timedelta(days=1)
_FIELD = ENVIRONMENT.field("temperature").name
_MS_NS = 10**6


def points(home: Home, server: Server, store: Store | None, now: datetime) -> Iterator[Finding]:
    """Whether it asks the InfluxDB that Hutch writes to: the newest temperature is the same.

    Raises as ``Server`` and ``Store`` do; without a ``store`` it only tells what Grafana shows.
    """
    ours = None if store is None else _ours(store, now)
    answered = data_source.answers(server, {"A": _newest(home)})["A"]
    if answered.error:
        yield Finding("points", False, answered.error, "try the same query in Grafana's page Explore")
        return
    theirs = max((int(row[0]) for row in answered.rows), default=None)
    if ours is not None and (theirs is None or theirs < ours):
        shows = "no temperature of the last day" if theirs is None else f"none after {_told(theirs, home)}"
        remedy = "let it ask the InfluxDB of [influx]: same address, organisation and buckets"
        yield Finding("points", False, f"it shows {shows}; Hutch has one of {_told(ours, home)}", remedy)
    elif theirs is None:
        told = "no temperature was written in the last day; panels of such a window stay empty"
        yield Finding("points", None, told, "`hutch registry list` shows what should speak and does not")
    else:
        yield Finding("points", True, f"it shows a temperature of {_told(theirs, home)}")


def clips(reconciler: Reconciler, now: datetime) -> Iterator[Finding]:
    """How many clips of the last day are on the graph; raises as ``Reconciler``."""
    window = Window.last(_DAY, now)
    wanted, wrong = len(reconciler.wanted(window)), reconciler.difference(window)
    if wrong.add or wrong.change or wrong.remove:
        told = (
            f"of the last day's {wanted} on the graph {len(wrong.add)} are missing, "
            f"{len(wrong.change)} are not as they should be, and {len(wrong.remove)} are too many"
        )
        remedy = "a running Hutch mends that by itself, and `hutch grafana annotations` at once"
        yield Finding("clips", False, told, remedy)
    else:
        yield Finding("clips", True, f"all {wanted} of the last day are on the graph")


def _ours(store: Store, now: datetime) -> int | None:
    found = store.latest(ENVIRONMENT.name, Window.last(_DAY, now), fields=(_FIELD,))
    return max((point.time_ns // _MS_NS for point in found), default=None)


def _newest(home: Home) -> str:
    return f"""from(bucket: {literal(bucket_name(ENVIRONMENT.bucket, home.prefix))})
    |> range(start: -1d)
    {only("_measurement", [ENVIRONMENT.name])}
    {only("_field", [_FIELD])}
    |> last()
    |> group()
    |> keep(columns: ["_time", "_value"])
"""


def _told(milliseconds: int, home: Home) -> str:
    return f"{to_datetime(milliseconds * _MS_NS).astimezone(home.zone):%Y-%m-%d %H:%M:%S}"
