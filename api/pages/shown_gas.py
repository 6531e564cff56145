"""Gas as people read it: each device with its newest readings, how old they are, and its battery."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.context import Context
from api.gas.messages import channel_of
from api.pages.shown_events import location_label
from api.registry import stale_after
from influx.points import Point
from influx.schema import GAS, NODE
from influx.windows import Window

MEMORY = timedelta(days=14)
"""How far back a silent device's last values are looked for."""


@dataclass(frozen=True, slots=True)
class ShownReading:
    """The newest value of one channel; ``label`` is its gas, numbered where the device has more of it."""

    gas: str
    channel: str
    label: str
    ppm: float
    age: timedelta
    stale: bool


@dataclass(frozen=True, slots=True)
class ShownDevice:
    """A device: its newest readings in the order of its messages. ``battery`` is in %, None if not told."""

    node: str
    sensor: str
    location: str
    time: datetime
    age: timedelta
    battery: float | None
    readings: tuple[ShownReading, ...]

    @property
    def name(self) -> str:
        """What the device is called."""
        return self.sensor if self.sensor == self.node else f"{self.sensor} on {self.node}"

    @property
    def stale(self) -> bool:
        """Whether all of its values are only what was true last."""
        return all(reading.stale for reading in self.readings)

    @property
    def gases(self) -> dict[str, dict[str, str]]:
        """For each gas the channels that measure it, with their labels."""
        found: dict[str, dict[str, str]] = {}
        for reading in self.readings:
            found.setdefault(reading.gas, {})[reading.channel] = reading.label
        return found


def devices(context: Context) -> list[ShownDevice]:
    """Every device that measured gas, by name; raises what the store does."""
    window = Window.last(MEMORY, context.now() + timedelta(seconds=1))
    by_device: dict[tuple[str, str], dict[tuple[str, str], Point]] = {}
    for point in sorted(context.store.latest(GAS.name, window), key=lambda point: point.time_ns):
        if "concentration" in point.fields:
            place = (point.tags["gas"], point.tags["channel"])
            by_device.setdefault((point.tags["node"], point.tags["sensor"]), {})[place] = point
    batteries = _batteries(context, window) if by_device else {}
    return [
        _device(context, points.values(), batteries.get(node))
        for (node, _), points in sorted(by_device.items())
    ]


def _batteries(context: Context, window: Window) -> Mapping[str, float]:
    found = context.store.latest(NODE.name, window)
    return {
        point.tags["node"]: float(point.fields["battery"]) for point in found if "battery" in point.fields
    }


def _device(context: Context, points: Iterable[Point], battery: float | None) -> ShownDevice:
    found = sorted(points, key=_in_message)
    newest = max(found, key=lambda point: point.time_ns)
    more = Counter(point.tags["gas"] for point in found)
    numbers = Counter[str]()
    readings = []
    for point in found:
        gas = point.tags["gas"]
        numbers[gas] += 1
        age = context.now() - point.time
        readings.append(
            ShownReading(
                gas,
                point.tags["channel"],
                gas if more[gas] == 1 else f"{gas} {numbers[gas]}",
                float(point.fields["concentration"]),
                age,
                age > stale_after(context, point.tags),
            )
        )
    return ShownDevice(
        newest.tags["node"],
        newest.tags["sensor"],
        location_label(context, newest.tags["location"]),
        newest.time,
        context.now() - newest.time,
        battery,
        tuple(readings),
    )


def _in_message(point: Point) -> tuple[int, str, str]:
    return (*channel_of(point), point.tags["gas"])
