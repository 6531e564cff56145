"""Calibration of a sensor by its owner: a number that is added to each value of a field."""

from collections.abc import Iterable, Mapping, Sequence

from collector.sensors.reading import Reading, Sensor
from influx.points import FieldValue
from influx.schema import ENVIRONMENT, GAS, NODE
from influx.words import Field, FieldType

_FIELDS = tuple(
    field
    for measurement in (ENVIRONMENT, GAS, NODE)
    for field in measurement.fields
    if field.type is FieldType.FLOAT
)


def check_offsets(names: Iterable[str]) -> None:
    """Raise ``ValueError`` for a name that is no field a sensor gives."""
    known = [field.name for field in _FIELDS]
    for name in names:
        if name not in known:
            raise ValueError(f"no sensor gives {name!r}; there are {', '.join(known)}")


def calibrated(sensor: Sensor, offsets: Mapping[str, float]) -> Sensor:
    """``sensor`` with ``offsets`` added to the fields of these names, in their units."""
    return _Calibrated(sensor, offsets) if offsets else sensor


class _Calibrated:
    def __init__(self, sensor: Sensor, offsets: Mapping[str, float]) -> None:
        self._sensor = sensor
        self._offsets = offsets

    def read(self) -> Sequence[Reading]:
        return [self._shifted(reading) for reading in self._sensor.read()]

    def close(self) -> None:
        self._sensor.close()

    def _shifted(self, reading: Reading) -> Reading:
        fields: dict[str, FieldValue | None] = dict(reading.fields)
        for name, offset in self._offsets.items():
            value = fields.get(name)
            if isinstance(value, float):
                fields[name] = _within(reading.measurement.field(name), value, value + offset)
        return Reading(reading.measurement, fields, reading.tags)


def _within(field: Field, before: float, after: float) -> float:
    """``after``, kept possible where ``before`` was: 99 % and 3 more are 100 %."""
    low = -float("inf") if field.low is None else field.low
    high = float("inf") if field.high is None else field.high
    return min(high, max(low, after)) if low <= before <= high else after
