"""Configuration of the collector: sensors, and the spool every point of the node goes through."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, FiniteFloat

from collector.mqtt.config import MqttSection
from influx.config import Name, Section, Span


def _bounded_interval(length: timedelta) -> timedelta:
    if not timedelta(milliseconds=100) <= length <= timedelta(days=1):
        raise ValueError("must be from 0.1 s to a day")
    return length


Interval = Annotated[Span, AfterValidator(_bounded_interval)]
"""Time between readings: from 0.1 s to a day."""


class SensorSection(Section):
    """One sensor. Keys beyond these belong to its kind, which checks them itself."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = Field(description="Which adapter reads it.")
    name: Name = Field(description="The sensor's name, in every point it gives.")
    location: Name | None = Field(None, description="Where it is: the name of a location.")
    interval: Interval | None = Field(
        None, description="Time between readings; the collector's interval where unset."
    )
    offsets: dict[str, FiniteFloat] = Field(
        {}, description="Added to what it reads, to calibrate it, such as { temperature = -0.8 }."
    )

    @property
    def options(self) -> dict[str, Any]:
        """The keys that belong to the kind."""
        return dict(self.model_extra or {})


class SpoolSection(Section):
    """How much may wait on the node while the store is away."""

    max_bytes: int = Field(
        256 * 1024**2,
        ge=16 * 1024**2,
        description="Most bytes the spool may take; the oldest telemetry goes first.",
    )
    max_age: Span = Field(
        timedelta(days=30),
        description="Telemetry that waited longer goes, and is counted, if a time server keeps the clock.",
    )
    batch_lines: int = Field(5000, ge=1, le=50_000, description="Lines sent to the store at once.")


class CollectorSection(Section):
    """The collector."""

    interval: Interval = Field(
        timedelta(seconds=10), description="Time between readings of a sensor that sets none."
    )
    clock_patience: Span = Field(
        timedelta(minutes=10),
        description="Where nobody sets the clock of a machine without battery clock, readings get estimated"
        " times so long after its start.",
    )
    sensors: tuple[SensorSection, ...] = Field((), description="The sensors of this node.")
    spool: SpoolSection = Field(default_factory=SpoolSection, description="The durable queue of this node.")
    mqtt: MqttSection = Field(default_factory=MqttSection, description="A broker to listen to.")

    @property
    def timed_sensors(self) -> tuple[SensorSection, ...]:
        """The sensors, each with the interval it is really read at."""
        return tuple(
            sensor.model_copy(update={"interval": sensor.interval or self.interval})
            for sensor in self.sensors
        )
