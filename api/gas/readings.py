"""Readings of gas out of the store, with what their devices said of their batteries at those moments."""

from dataclasses import replace
from datetime import timedelta

from api.context import Context
from influx.buckets import AHEAD
from influx.points import Point
from influx.schema import GAS, NODE
from influx.store import RowQuery
from influx.windows import Window

MAX_READINGS = 20_000
"""Readings of gas that one answer holds at most: the newest of the window asked for."""
TICK = timedelta(milliseconds=1)
"""Messages are told apart by their time to the millisecond."""
PAGE = 500


def readings(context: Context, query: RowQuery, most: int) -> tuple[list[Point], bool]:
    """The newest points that ``query`` finds, at most ``most``, and whether there are more."""
    found: list[Point] = []
    while True:
        page = context.store.rows(query)
        found += page.points
        if page.next is None or len(found) >= most:
            return found[:most], page.next is not None or len(found) > most
        query = replace(query, before=page.next)


def batteries(context: Context, found: list[Point]) -> list[Point]:
    """What the nodes of ``found``, which is newest first, said of their batteries at those moments."""
    if not found:
        return []
    nodes = tuple(sorted({point.tags["node"] for point in found}))
    window = Window(found[-1].time, found[0].time + TICK)
    return readings(context, RowQuery(NODE.name, window, {"node": nodes}, limit=PAGE), MAX_READINGS)[0]


def newest(context: Context, length: timedelta) -> list[Point]:
    """The newest readings of the last ``length`` with their batteries, one page at most."""
    now = context.now()
    query = RowQuery(GAS.name, Window(now - length, now + AHEAD), limit=PAGE)
    found = list(context.store.rows(query).points)
    return found + batteries(context, found)
