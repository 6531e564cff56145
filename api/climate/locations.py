"""What is known of each location now: one value a field, out of what all of its sensors said last."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api import registry
from api.context import Context
from api.problems import Problem
from api.registry import stale_after
from influx import alert_settings, safe_ranges
from influx.config import Location
from influx.location_value import LocationValue, Newest, location_value
from influx.points import Point
from influx.registry import Kind, Thing
from influx.schema import ENVIRONMENT, ROLLUPS
from influx.windows import ALL_TIME, Window
from influx.words import FieldType

MEMORY = timedelta(days=14)
"""How far back a silent sensor's last value is looked for."""
FIELDS = tuple(field.name for field in ENVIRONMENT.fields if field.type is FieldType.FLOAT)


@dataclass(frozen=True, slots=True)
class Heard:
    """A sensor that spoke: when it did last, and whether that is too long ago to be called current."""

    sensor: str
    time: datetime
    age: timedelta
    stale: bool


@dataclass(frozen=True, slots=True)
class LocationNow:
    """A location; what its sensors say of each field together; and those that never said anything.

    A sensor that is no longer expected is none of them, unless it speaks.
    """

    location: Location
    fields: Mapping[str, LocationValue]
    heard: tuple[Heard, ...]
    unheard: tuple[str, ...]


def locations_now(context: Context) -> list[LocationNow]:
    """Every location that is configured or was heard of, in the order of the configuration.

    Their safe ranges are those that were set, by default the configuration's.
    """
    memory = Window.last(MEMORY, context.now() + timedelta(seconds=1))
    gone = registry.retired(context)
    points = [
        point
        for point in context.store.latest(ENVIRONMENT.name, memory)
        if _thing(point) not in gone or context.now() - point.time <= stale_after(context, point.tags)
    ]
    found = _all(context, points, gone)
    ranges = safe_ranges.by_location(
        context.store,
        context.now(),
        [one.location for one in found],
        {camera.name: camera.location for camera in context.cameras},
        alert_settings.settings(context.store, context.now()),
    )
    return [replace(one, location=ranges[one.location.name]) for one in found]


def check_known(context: Context, name: str) -> None:
    """Raise ``Problem`` 404 for a location that is not configured and of which no climate is kept."""
    known = {location.name for location in context.locations}
    if name in known:
        return
    for spec in (ENVIRONMENT, *ROLLUPS[ENVIRONMENT.name]):
        known |= {point.tags["location"] for point in context.store.latest(spec.name, ALL_TIME)}
    if name not in known:
        there = f"there are {', '.join(sorted(known))}" if known else "none is configured or was measured yet"
        raise Problem(404, f"There is no location {name!r:.60}; {there}.")


def silent(context: Context) -> list[LocationNow]:
    """The locations of the configuration, without values: what is known while the store is away."""
    return _all(context, ())


def _all(context: Context, points: Sequence[Point], gone: Collection[Thing] = ()) -> list[LocationNow]:
    now, known = context.now(), {location.name: location for location in context.locations}
    for point in points:
        name = point.tags["location"]
        known.setdefault(name, Location.model_construct(name=name))
    return [
        _one(context, location, [p for p in points if p.tags["location"] == location.name], now, gone)
        for location in known.values()
    ]


def _one(
    context: Context, location: Location, points: Iterable[Point], now: datetime, gone: Collection[Thing]
) -> LocationNow:
    order = {sensor.name: number for number, sensor in enumerate(context.sensors)}
    points = sorted(points, key=lambda point: (order.get(point.tags["sensor"], len(order)), *_who(point)))
    ages = [max(timedelta(0), now - point.time) for point in points]
    stale = [age > stale_after(context, point.tags) for point, age in zip(points, ages, strict=True)]
    names = _names(points)
    fields = {}
    for field in FIELDS:
        said = [
            Newest(name, float(point.fields[field]), age, old)
            for name, point, age, old in zip(names, points, ages, stale, strict=True)
            if field in point.fields
        ]
        together = location_value(said, location.disagreement(field))
        if together is not None:
            fields[field] = together
    spoke = {point.tags["sensor"] for point in points}
    return LocationNow(
        location,
        fields,
        tuple(
            Heard(name, point.time, age, old)
            for name, point, age, old in zip(names, points, ages, stale, strict=True)
        ),
        tuple(
            sensor.name
            for sensor in context.sensors
            if sensor.location == location.name
            and sensor.name not in spoke
            and Thing(Kind.SENSOR, sensor.name, context.node) not in gone
        ),
    )


def _thing(point: Point) -> Thing:
    return Thing(Kind.SENSOR, point.tags["sensor"], point.tags["node"])


def _who(point: Point) -> tuple[str, str]:
    return point.tags["sensor"], point.tags["node"]


def _names(points: Sequence[Point]) -> list[str]:
    """What people call the sensors: their names, with the node where two nodes have one of that name."""
    plain = [point.tags["sensor"] for point in points]
    return [
        name if plain.count(name) == 1 else f"{name} ({point.tags['node']})"
        for name, point in zip(plain, points, strict=True)
    ]
