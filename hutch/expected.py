"""What a configuration expects to be heard of, and how long each may be quiet."""

from datetime import timedelta

from hutch.config import Config
from influx.registry import Kind, Thing, patience_with

_ITSELF = "host"
"""The kind of sensor that speaks of the machine: where it is silent, the node is."""


def expected(config: Config) -> tuple[Thing, ...]:
    """Everything that this machine looks after; the machine itself where it looks after anything."""
    things = [
        Thing(Kind.SENSOR, sensor.name, config.node)
        for sensor in config.collector.sensors
        if sensor.kind != _ITSELF
    ]
    things += [Thing(Kind.CAMERA, camera.name, config.node) for camera in config.vision.cameras]
    if config.collector.sensors or config.vision.cameras:
        things.append(Thing(Kind.NODE, config.node, config.node))
    return tuple(things)


def patience_of(config: Config, thing: Thing) -> timedelta:
    """How long ``thing`` may be quiet, by what ``config`` knows of it."""
    sensors = config.collector.timed_sensors
    return patience_with(thing, {(config.node, sensor.name): sensor.interval for sensor in sensors})
