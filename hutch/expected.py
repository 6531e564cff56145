"""What a configuration expects to be heard of."""

from hutch.config import Config
from influx.registry import Kind, Thing

_ITSELF = "host"
"""The kind of sensor that speaks of the machine: where it is silent, the node is."""


def expected(config: Config) -> tuple[Thing, ...]:
    """Everything that this machine looks after; the machine itself where it looks after anything.

    Of what comes by MQTT that is every sensor with a name of its own: who is behind a ``{1}`` is not known.
    """
    things = [
        Thing(Kind.SENSOR, sensor.name, config.node)
        for sensor in config.collector.sensors
        if sensor.kind != _ITSELF
    ]
    topics = config.collector.mqtt.topics
    things += [Thing(Kind.SENSOR, topic.sensor, config.node) for topic in topics if not topic.is_for_many]
    things += [Thing(Kind.CAMERA, camera.name, config.node) for camera in config.vision.cameras]
    if config.collector.sensors or topics or config.vision.cameras:
        things.append(Thing(Kind.NODE, config.node, config.node))
    return tuple(dict.fromkeys(things))
