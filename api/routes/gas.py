"""The gas monitor's endpoints, with the messages that its devices send."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.access import own_node
from api.access.caller import Who
from api.access.rights import Right, needs
from api.context import Ctx
from api.gas import messages
from api.gas import readings as gas_readings
from api.gas.readings import MAX_READINGS, PAGE, TICK
from api.ingest import intake
from api.problems import Problem
from api.questions import moment
from influx.points import Point
from influx.schema import GAS
from influx.store import RowQuery
from influx.windows import Window

router = APIRouter(tags=["gas"])

SystemTime = Annotated[str, Query(max_length=40, description="Seconds since 1970, or ISO 8601 with a zone.")]
Limit = Annotated[int, Query(ge=1, le=MAX_READINGS, description="Readings in the answer.")]


@router.post("/receive-json", dependencies=[needs(Right.INGEST)])
def receive_json(request: Request, context: Ctx, who: Who, message: messages.Message) -> dict[str, Any]:
    """Take one message of a device; the answer means that it survives a power cut."""
    if who.node is not None and message.id != who.node:
        raise Problem(403, f"{own_node.foreign(who, message.id)}.")
    made = messages.to_points(message, context.default_location)
    intake.accept(context, made)
    request.app.state.gas_live.hear(made)
    count = len(message.sensors)
    stored = "1 reading of {} is stored." if count == 1 else f"{count} readings of {{}} are stored."
    return {"status": "success", "message": stored.format(message.id)}


@router.get("/get-last-entity", dependencies=[needs(Right.VIEW)])
def get_last_entity(context: Ctx) -> dict[str, Any]:
    """The newest message of any device."""
    newest = context.store.rows(RowQuery(GAS.name, context.horizon.kept(GAS), limit=1)).points
    if not newest:
        raise Problem(404, "No gas reading has come in yet.")
    node, time = newest[0].tags["node"], newest[0].time
    query = RowQuery(GAS.name, Window(time, time + TICK), {"node": node}, limit=PAGE)
    readings, _more = gas_readings.readings(context, query, MAX_READINGS)
    return messages.to_messages(readings, gas_readings.batteries(context, readings))[-1]


@router.get("/get-data-from-timestamp", dependencies=[needs(Right.VIEW)])
def get_data_from_timestamp(
    context: Ctx, response: Response, system_time: SystemTime, limit: Limit = MAX_READINGS
) -> list[dict[str, Any]]:
    """Messages from `system_time` until now, oldest first.

    Where they have more readings than `limit`, it is the newest, and the header `X-Truncated: true` says so.
    """
    start, kept = moment(system_time, "system_time"), context.horizon.kept(GAS)
    if start >= kept.stop:
        raise Problem(422, f"system_time {system_time} is in the future.")
    query = RowQuery(GAS.name, Window(max(start, kept.start), kept.stop), limit=PAGE)
    readings, more = gas_readings.readings(context, query, limit)
    if more:
        response.headers["X-Truncated"] = "true"
        readings = _whole(readings)
    return messages.to_messages(readings, gas_readings.batteries(context, readings))


def _whole(readings: list[Point]) -> list[Point]:
    """``readings`` without the oldest moment, of which the cut may have left a part (unless it is all)."""
    oldest = readings[-1].time_ns
    return [point for point in readings if point.time_ns != oldest] or readings
