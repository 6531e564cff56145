"""A home with gas monitors: two that speak, one that fell silent, and a fortnight of history."""

import math
from collections.abc import Iterator
from datetime import timedelta

from api.gas import messages
from influx.points import Point
from tests.api.home import NOW, Home


def monitor(home: Home) -> Home:
    """``home`` with everything that the page of gas shows."""
    made = [
        *_of("handheld 1", 13 * 24, 0.2, 90, ("CH4", "CO", "CO", "CO")),
        *_of("cellar", 24, 1, 12, ("CH4",)),
        *_of("garage", 13 * 24, 40, 55, ("CO", "NO2")),
    ]
    home.store(*sorted(made, key=lambda point: point.measurement))
    return home


def message(device: str, minutes: float, battery: float, gases: tuple[str, ...]) -> messages.Message:
    """What ``device`` read so many minutes ago."""
    hours = minutes / 60
    values = [
        round(200 * (place + 1) + 90 * math.sin(hours / 3.7 + place) + 40 * math.sin(hours * 2.1 + place), 1)
        for place in range(len(gases))
    ]
    sensors = [messages.Sensor(type=kind, val=value) for kind, value in zip(gases, values, strict=True)]
    return messages.Message(
        pct=battery, id=device, ts=(NOW - timedelta(minutes=minutes)).timestamp(), sensors=sensors
    )


def _of(device: str, hours: int, since: float, battery: float, gases: tuple[str, ...]) -> Iterator[Point]:
    """A message every ten minutes, until ``since`` minutes ago."""
    for number in range(hours * 6 - 1):
        yield from messages.to_points(message(device, since + 10 * number, battery, gases), "nursery")
