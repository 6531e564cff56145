"""The gas monitor's endpoints, with the messages that its devices send."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import gas, ingest
from api.asked import moment
from api.context import Context, Ctx
from api.problems import Problem
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


@router.post("/receive-json")
def receive_json(context: Ctx, message: gas.Message) -> dict[str, Any]:
    """Take one message of a device; the answer means that it survives a power cut."""
    ingest.accept(context, gas.to_points(message, context.default_location))
    return {"status": "success", "message": f"{len(message.sensors)} readings of {message.id} are stored."}


@router.get("/get-last-entity")
def get_last_entity(context: Ctx) -> dict[str, Any]:
    """The newest message of any device."""
    now = context.now()
    newest = context.store.rows(RowQuery(GAS.name, _kept(context), limit=1)).points
    if not newest:
        raise Problem(404, "No gas reading has come in yet.")
    node, time = newest[0].tags["node"], newest[0].time
    readings, _more = _readings(
        context, Window(time, min(time, now) + _TICK if time < now else time + _TICK), node
    )
    return gas.to_messages(readings, _batteries(context, readings))[-1]


@router.get("/get-data-from-timestamp")
def get_data_from_timestamp(
    context: Ctx,
    response: Response,
    system_time: Annotated[
        str, Query(max_length=40, description="Seconds since 1970, or ISO 8601 with a zone.")
    ],
) -> list[dict[str, Any]]:
    """Messages from `system_time` until now, oldest first.

    Where that is more than one answer holds, it has the newest, and the header `X-Truncated: true`.
    """
    start = moment(system_time, "system_time")
    kept = _kept(context)
    if start >= kept.stop:
        raise Problem(422, f"system_time {system_time} is in the future.")
    readings, more = _readings(context, Window(max(start, kept.start), kept.stop), None)
    messages = gas.to_messages(readings, _batteries(context, readings))
    if more:
        response.headers["X-Truncated"] = "true"
        messages = messages[1:]  # the oldest may have lost some of its sensors to the cut
    return messages


def _kept(context: Context) -> Window:
    now = context.now()
    return Window(now - (context.retention.readings or _EVER), now + timedelta(hours=1))


def _readings(context: Context, window: Window, node: str | None) -> tuple[list[Point], bool]:
    """The newest readings in ``window``, and whether there are more than fit."""
    return _pages(context, RowQuery(GAS.name, window, {} if node is None else {"node": node}, limit=_PAGE))


def _batteries(context: Context, readings: list[Point]) -> list[Point]:
    """What the nodes of ``readings`` said of their batteries at those moments."""
    if not readings:
        return []
    nodes = tuple(sorted({point.tags["node"] for point in readings}))
    times = [point.time for point in readings]
    window = Window(min(times), max(times) + _TICK)
    return _pages(context, RowQuery(NODE.name, window, {"node": nodes}, limit=_PAGE))[0]


def _pages(context: Context, query: RowQuery) -> tuple[list[Point], bool]:
    found: list[Point] = []
    before: str | None = None
    while True:
        page = context.store.rows(
            RowQuery(query.measurement, query.window, query.tags, limit=query.limit, before=before)
        )
        found += page.points
        before = page.next
        if before is None or len(found) >= MAX_READINGS:
            return found, before is not None
