"""What is known of the climate now: each location, its sensors, and how far each value can be trusted."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.context import Context
from api.pages import words
from api.routes.series import stale_after
from influx.config import Location
from influx.points import Point
from influx.windows import Window

MEMORY = timedelta(days=14)
"""How far back a silent sensor's last value is looked for."""
MARGIN = 0.5
"""The bar shows this part of the safe range beyond either end of it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a temperature stands in the safe range, in percent of the width of a bar."""

    low: float
    high: float
    here: float


@dataclass(frozen=True, slots=True)
class Value:
    """What one sensor said last, at ``time``; ``verdict`` is empty where the value is safe or unjudged."""

    sensor: str
    temperature: float | None
    humidity: float | None
    pressure: float | None
    time: datetime
    age: timedelta
    stale: bool
    simulated: bool
    verdict: str
    scale: Scale | None


@dataclass(frozen=True, slots=True)
class ShownLocation:
    """A location with the newest value of each sensor; ``silent`` are sensors that never spoke."""

    name: str
    label: str
    low: float | None
    high: float | None
    values: tuple[Value, ...]
    silent: tuple[str, ...]


def locations(context: Context) -> list[ShownLocation]:
    """Every location that is configured or was heard of, in the order of the configuration."""
    memory = Window.last(MEMORY, context.now() + timedelta(seconds=1))
    return _shown_all(context, context.store.latest("environment", memory))


def configured(context: Context) -> list[ShownLocation]:
    """The locations of the configuration, without values: what is known while the store is away."""
    return _shown_all(context, ())


def _shown_all(context: Context, points: Collection[Point]) -> list[ShownLocation]:
    now, known = context.now(), {location.name: location for location in context.locations}
    for point in points:
        known.setdefault(point.tags["location"], _unconfigured(point.tags["location"]))
    return [_shown(context, location, points, now) for location in known.values()]


def _unconfigured(name: str) -> Location:
    return Location.model_construct(name=name, label="", temperature_low=None, temperature_high=None)


def _shown(context: Context, location: Location, points: Iterable[Point], now: datetime) -> ShownLocation:
    sensors = {sensor.name: sensor for sensor in context.sensors}
    order = {name: number for number, name in enumerate(sensors)}
    here = [point for point in points if point.tags["location"] == location.name]
    here.sort(key=lambda point: (order.get(point.tags["sensor"], len(order)), point.tags["sensor"]))
    heard = {point.tags["sensor"] for point in here}
    return ShownLocation(
        location.name,
        location.label or words.label(location.name),
        location.temperature_low,
        location.temperature_high,
        tuple(_value(context, point, location, now) for point in here),
        tuple(
            sensor.name
            for sensor in context.sensors
            if sensor.location == location.name and sensor.name not in heard
        ),
    )


def _value(context: Context, point: Point, location: Location, now: datetime) -> Value:
    temperature, humidity, pressure = (
        float(point.fields[name]) if name in point.fields else None
        for name in ("temperature", "humidity", "pressure")
    )
    age = max(timedelta(0), now - point.time)
    return Value(
        point.tags["sensor"],
        temperature,
        humidity,
        pressure,
        point.time,
        age,
        age > stale_after(context, point.tags),
        is_simulated(context, point.tags["sensor"]),
        verdict(temperature, location.temperature_low, location.temperature_high),
        scale(temperature, location.temperature_low, location.temperature_high),
    )


def is_simulated(context: Context, sensor: str) -> bool:
    """Whether the values of ``sensor`` are made up, for a demonstration."""
    return any(known.name == sensor and known.kind == "simulated" for known in context.sensors)


def verdict(temperature: float | None, low: float | None, high: float | None) -> str:
    """``cold`` below the safe range, ``warm`` above it, and empty within it or where there is none."""
    if temperature is None:
        return ""
    if low is not None and temperature < low:
        return "cold"
    if high is not None and temperature > high:
        return "warm"
    return ""


def scale(temperature: float | None, low: float | None, high: float | None) -> Scale | None:
    """The bar of a temperature in a safe range with two ends; None where there is no such range."""
    if temperature is None or low is None or high is None:
        return None
    span = high - low
    start, width = low - MARGIN * span, (1 + 2 * MARGIN) * span

    def percent(value: float) -> float:
        return round(min(98.0, max(2.0, (value - start) / width * 100)), 1)

    return Scale(percent(low), percent(high), percent(temperature))
