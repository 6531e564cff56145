"""Sensors: the table of kinds, and opening one as the configuration says."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from collector.config import SensorSection
from collector.sensors.calibration import calibrated, check_offsets
from collector.sensors.gpio import Adc, AdcOptions, Dht22, Dht22Options
from collector.sensors.host import Host, HostOptions
from collector.sensors.i2c import I2c, I2cOptions
from collector.sensors.onewire import OneWire, OneWireOptions
from collector.sensors.reading import Reading, Sensor, SensorError, SensorLost
from collector.sensors.sense_hat import SenseHat, SenseHatOptions
from collector.sensors.simulated import Simulated, SimulatedOptions
from collector.sensors.usb_hid import Temper, TemperOptions
from collector.sensors.usb_serial import SerialLines, SerialOptions
from influx.config import Section

__all__ = ["KINDS", "Kind", "Reading", "Sensor", "SensorError", "SensorLost", "check_sensor", "open_sensor"]

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sensor: the keys it takes, how one is opened, and whether it belongs to a place.

    ``open`` gets checked options, the data folder and a clock; it may raise ``SensorLost``.
    """

    options: type[Section]
    open: Callable[[Any, Path, Clock], Sensor]
    needs_location: bool = True


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "simulated": Kind(SimulatedOptions, lambda options, _folder, now: Simulated(options.seed, now)),
        "host": Kind(HostOptions, lambda _options, folder, now: Host(folder, now), needs_location=False),
        "i2c": Kind(I2cOptions, lambda options, _folder, _now: I2c(options)),
        "sense_hat": Kind(SenseHatOptions, lambda options, _folder, _now: SenseHat(options)),
        "onewire": Kind(OneWireOptions, lambda options, _folder, _now: OneWire(options.id)),
        "serial": Kind(SerialOptions, lambda options, _folder, _now: SerialLines(options)),
        "temper": Kind(TemperOptions, lambda options, _folder, _now: Temper(options)),
        "dht22": Kind(Dht22Options, lambda options, _folder, _now: Dht22(options)),
        "adc": Kind(AdcOptions, lambda options, _folder, _now: Adc(options)),
    }
)


def check_sensor(section: SensorSection) -> Section:
    """The options of a sensor, checked by its kind; raises ``SensorError`` naming sensor and key."""
    kind = KINDS.get(section.kind)
    if kind is None:
        known = ", ".join(sorted(KINDS))
        raise SensorError(f"sensor {section.name!r}: there is no kind {section.kind!r}; there are {known}")
    if kind.needs_location and section.location is None:
        raise SensorError(f"sensor {section.name!r}: location is missing; a {section.kind} sensor needs one")
    try:
        check_offsets(section.offsets)
    except ValueError as error:
        raise SensorError(f"sensor {section.name!r}: offsets: {error}") from None
    try:
        return kind.options.model_validate(section.options)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise SensorError(f"sensor {section.name!r}: {key} is no key of kind {section.kind!r}") from None
        where = f"sensor {section.name!r}: {key}".removesuffix(": ")
        message = first["msg"].removeprefix("Value error, ")
        raise SensorError(f"{where}: {message[:1].lower()}{message[1:]}") from None


def open_sensor(section: SensorSection, *, data_dir: Path, now: Clock = time.time) -> Sensor:
    """Open the sensor that ``section`` describes; raises ``SensorError``, or ``SensorLost`` if it is away."""
    sensor = KINDS[section.kind].open(check_sensor(section), data_dir, now)
    return calibrated(sensor, section.offsets)
