"""When silence counts: by the interval that the configuration gives a sensor."""

from collections.abc import Sequence
from datetime import timedelta

from collector.config import SensorSection
from influx.registry import Kind, Thing, patience


def patience_of(thing: Thing, node: str, sensors: Sequence[SensorSection]) -> timedelta:
    """How long ``thing`` may be quiet; ``sensors`` are those of ``node``, each with its interval."""
    for sensor in sensors:
        if thing == Thing(Kind.SENSOR, sensor.name, node):
            return patience(Kind.SENSOR, sensor.interval)
    return patience(thing.kind, None)
