"""The gas monitor's endpoints, with the messages that its devices send."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import gas, ingest
from api.access.rights import Right, needs
from api.asked import moment
from api.context import Context, Ctx
from api.problems import Problem
from influx.buckets import AHEAD
from influx.points import Point
from influx.schema import GAS, NODE
from influx.store import RowQuery
from influx.windows import Window

router = APIRouter(tags=["gas"])

_EVER = timedelta(days=730)
_TICK = timedelta(milliseconds=1)
_PAGE = 500
MAX_READINGS = 20_000
"""Readings of gas that one answer holds at most: the newest of the window asked for."""

SystemTime = Annotated[str, Query(max_length=40, description="Seconds since 1970, or ISO 8601 with a zone.")]
Limit = Annotated[int, Query(ge=1, le=MAX_READINGS, description="Readings in the answer.")]


@router.post("/receive-json", dependencies=[needs(Right.INGEST)])
def receive_json(context: Ctx, message: gas.Message) -> dict[str, Any]:
    """Take one message of a device; the answer means that it survives a power cut."""
    ingest.accept(context, gas.to_points(message, context.default_location))
    count = len(message.sensors)
    stored = "1 reading of {} is stored." if count == 1 else f"{count} readings of {{}} are stored."
    return {"status": "success", "message": stored.format(message.id)}


@router.get("/get-last-entity", dependencies=[needs(Right.VIEW)])
def get_last_entity(context: Ctx) -> dict[str, Any]:
    """The newest message of any device."""
    newest = context.store.rows(RowQuery(GAS.name, _kept(context), limit=1)).points
    if not newest:
        raise Problem(404, "No gas reading has come in yet.")
    node, time = newest[0].tags["node"], newest[0].time
    query = RowQuery(GAS.name, Window(time, time + _TICK), {"node": node}, limit=_PAGE)
    readings, _more = _pages(context, query, MAX_READINGS)
    return gas.to_messages(readings, _batteries(context, readings))[-1]


@router.get("/get-data-from-timestamp", dependencies=[needs(Right.VIEW)])
def get_data_from_timestamp(
    context: Ctx, response: Response, system_time: SystemTime, limit: Limit = MAX_READINGS
) -> list[dict[str, Any]]:
    """Messages from `system_time` until now, oldest first.

    Where they have more readings than `limit`, it is the newest, and the header `X-Truncated: true` says so.
    """
    start, kept = moment(system_time, "system_time"), _kept(context)
    if start >= kept.stop:
        raise Problem(422, f"system_time {system_time} is in the future.")
    query = RowQuery(GAS.name, Window(max(start, kept.start), kept.stop), limit=_PAGE)
    readings, more = _pages(context, query, limit)
    if more:
        response.headers["X-Truncated"] = "true"
        readings = _whole(readings)
    return gas.to_messages(readings, _batteries(context, readings))


def _kept(context: Context) -> Window:
    now = context.now()
    return Window(now - (context.retention.readings or _EVER), now + AHEAD)


def _whole(readings: list[Point]) -> list[Point]:
    """``readings`` without the oldest moment, of which the cut may have left a part (unless it is all)."""
    oldest = readings[-1].time_ns
    return [point for point in readings if point.time_ns != oldest] or readings


def _batteries(context: Context, readings: list[Point]) -> list[Point]:
    """What the nodes of ``readings`` said of their batteries at those moments."""
    if not readings:
        return []
    nodes = tuple(sorted({point.tags["node"] for point in readings}))
    window = Window(readings[-1].time, readings[0].time + _TICK)
    return _pages(context, RowQuery(NODE.name, window, {"node": nodes}, limit=_PAGE), MAX_READINGS)[0]


def _pages(context: Context, query: RowQuery, most: int) -> tuple[list[Point], bool]:
    """The newest points that ``query`` finds, at most ``most``, and whether there are more."""
    found: list[Point] = []
    while True:
        page = context.store.rows(query)
        found += page.points
        if page.next is None or len(found) >= most:
            return found[:most], page.next is not None or len(found) > most
        query = replace(query, before=page.next)
