"""The messages of the gas monitor, to points and back: ``{"pct", "id", "ts", "sensors"}``.

A message's sensors may repeat a type; the place in the message becomes the tag ``channel``, so that all of
them survive in their order. ``id`` names the device, which is node and sensor in one; ``pct`` is its battery.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, Field

from influx import points
from influx.config import TagValue
from influx.points import Point
from influx.schema import GAS, NODE

Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]


class Sensor(BaseModel):
    """One reading: the gas and its concentration in ppm."""

    type: TagValue
    val: Annotated[Number, Field(ge=0, le=1_000_000)]


class Message(BaseModel):
    """What one device read at one moment."""

    pct: Annotated[Number, Field(ge=0, le=100)] | None = Field(
        None, description="Charge of the battery in %."
    )
    id: TagValue = Field(description="The device.")
    ts: Annotated[Number, Field(ge=0, le=7_258_118_400)] = Field(description="Seconds since 1970 (UTC).")
    sensors: list[Sensor] = Field(min_length=1, max_length=64)

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "pct": 90,
                    "id": "handheld 1",
                    "ts": 1673049150,
                    "sensors": [
                        {"type": "CH4", "val": 200},
                        {"type": "CO", "val": 1280},
                        {"type": "CO", "val": 726},
                    ],
                }
            ]
        }
    }


def to_points(message: Message, location: str) -> list[Point]:
    """The points of ``message``, which came from ``location``."""
    time_ns = round(message.ts * 1000) * 1_000_000
    made = [
        points.make(
            GAS,
            {
                "node": message.id,
                "sensor": message.id,
                "gas": sensor.type,
                "channel": str(channel),
                "location": location,
            },
            {"concentration": sensor.val},
            time_ns,
        )
        for channel, sensor in enumerate(message.sensors)
    ]
    if message.pct is not None:
        made.append(points.make(NODE, {"node": message.id}, {"battery": message.pct}, time_ns))
    return made


def to_messages(gas: Iterable[Point], batteries: Iterable[Point]) -> list[dict[str, Any]]:
    """The messages that ``gas`` and ``batteries`` came from, oldest first, each as it was sent."""
    charge = {(point.tags["node"], point.time_ns): point.fields.get("battery") for point in batteries}
    sensors: dict[tuple[int, str], list[Point]] = {}
    for point in gas:
        sensors.setdefault((point.time_ns, point.tags["node"]), []).append(point)
    return [
        {
            "pct": _number(charge.get((node, time_ns))),
            "id": node,
            "ts": _number(time_ns / 1_000_000_000),
            "sensors": [
                {"type": point.tags["gas"], "val": _number(point.fields.get("concentration"))}
                for point in sorted(sensors[time_ns, node], key=channel_of)
            ],
        }
        for time_ns, node in sorted(sensors)
    ]


def channel_of(point: Point) -> tuple[int, str]:
    """The place of a reading in its message, to sort by."""
    channel = point.tags["channel"]
    return (int(channel) if channel.isascii() and channel.isdigit() else 0, channel)


def _number(value: Any) -> Any:
    """Whole numbers as they were sent, without a point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
