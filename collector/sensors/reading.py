"""What a sensor is, and what it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from influx.points import FieldValue
from influx.words import Measurement


class SensorError(Exception):
    """A sensor's configuration is wrong, in one sentence that names the sensor and the key."""


class SensorLost(Exception):
    """The device gives nothing now, for the reason given; it is asked again at its next turn."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Values read together, in the units of the vocabulary; None where the device has no such value.

    ``tags`` holds what sets series of one sensor apart; node, sensor and location are added by the loop.
    """

    measurement: Measurement
    fields: Mapping[str, FieldValue | None]
    tags: Mapping[str, str] = field(default_factory=dict)


class Sensor(Protocol):
    """A device that is read again and again, always from one thread."""

    def read(self) -> Sequence[Reading]:
        """What the device says now. May block; raises ``SensorLost`` where it gives nothing.

        After ``SensorLost`` the next call tries to reach the device again.
        """
        ...

    def close(self) -> None:
        """Give the device back; a second time does nothing."""
        ...
