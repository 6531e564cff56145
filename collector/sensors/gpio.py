"""Sensors on the pins of a Raspberry Pi, read by the kernel's drivers (Industrial I/O), not by us.

The kernel catches the edges of a DHT22 in interrupts; a program cannot, while others run beside it
(docs/decisions/013). Files and units: the kernel's Documentation/ABI/testing/sysfs-bus-iio.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from collector.sensors.gas_curve import Conversion, NoSignal
from collector.sensors.reading import Reading, SensorLost
from influx.config import Section
from influx.schema import ENVIRONMENT, GAS

_IIO = Path("/sys/bus/iio/devices")
_MISSES = 3
"""One reading in four may be torn (raspberrypi.org forum, post 1089452): only three in a row are told."""

DeviceName = Field(
    "", max_length=64, description="What the kernel calls it (file `name`); needed where there are several."
)


class Dht22Options(Section):
    """A DHT11, DHT22 or AM2302 on a pin (Raspberry Pi: `dtoverlay=dht11,gpiopin=4`)."""

    device: str = DeviceName


class Dht22:
    """A thermometer and hygrometer; ``folder`` is where the kernel shows devices."""

    def __init__(self, options: Dht22Options, folder: Path = _IIO) -> None:
        self._device = options.device
        self._folder = folder
        self._missed = 0

    def read(self) -> Sequence[Reading]:
        """°C and %, nothing for a torn reading; raises ``SensorLost`` for several in a row, or no device."""
        device = find(self._folder, self._device, "in_humidityrelative_input")
        try:
            # The driver measures once for both: for two seconds it gives the same answer again.
            temperature = _number(device / "in_temp_input") / 1000
            humidity = _number(device / "in_humidityrelative_input") / 1000
        except (OSError, ValueError) as error:
            self._missed += 1
            if self._missed < _MISSES:
                return []
            raise SensorLost(f"{_name(device)} does not answer: {_why(error)}") from None
        self._missed = 0
        return [Reading(ENVIRONMENT, {"temperature": temperature, "humidity": humidity})]

    def close(self) -> None:
        """Nothing to give back."""


class AdcOptions(Conversion):
    """One input of an analogue-to-digital converter that the kernel drives, such as MCP3008 or ADS1115."""

    device: str = DeviceName
    channel: int = Field(
        ge=0, le=63, description="Which input, from 0; also the tag channel of a gas.", examples=[0]
    )
    field: Literal["concentration", "temperature", "humidity", "pressure"] = Field(
        "concentration", description="What it measures: ppm of a gas, or °C, %, hPa."
    )
    gas: str = Field(
        "", max_length=20, description="The gas, by its formula; for a concentration.", examples=["CH4"]
    )

    @model_validator(mode="after")
    def _gas_or_climate(self) -> Self:
        if bool(self.gas) != (self.field == "concentration"):
            raise ValueError("a concentration, and only that, has a gas")
        if self.curve is not None and not self.gas:
            raise ValueError("a curve gives ppm of a gas")
        return self


class Adc:
    """One input of a converter; ``folder`` is where the kernel shows devices."""

    def __init__(self, options: AdcOptions, folder: Path = _IIO) -> None:
        self._options = options
        self._folder = folder

    def read(self) -> Sequence[Reading]:
        """One value; raises ``SensorLost`` where there is none, or none that the sensor can give."""
        options, file = self._options, f"in_voltage{self._options.channel}_raw"
        device = find(self._folder, options.device, file)
        try:
            value = round(options.value(volts(device, options.channel)), 4)
        except NoSignal as error:
            raise SensorLost(f"input {options.channel} of {_name(device)}: {error}") from None
        except (OSError, ValueError, OverflowError) as error:
            raise SensorLost(f"{_name(device)} does not answer: {_why(error)}") from None
        if options.gas:
            tags = {"gas": options.gas, "channel": str(options.channel)}
            return [Reading(GAS, {options.field: value}, tags)]
        return [Reading(ENVIRONMENT, {options.field: value})]

    def close(self) -> None:
        """Nothing to give back."""


def find(folder: Path, name: str, file: str) -> Path:
    """The device called ``name`` (up to an @) that has ``file``, or the only one that has it.

    Raises ``SensorLost``.
    """
    having = sorted(path for path in folder.glob("iio:device*") if (path / file).exists())
    fitting = [path for path in having if not name or name in (_name(path), _name(path).partition("@")[0])]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(_name(path) for path in having)
    if fitting:
        raise SensorLost(f"there are several devices with {file}; set device to one of {names}")
    if having:
        raise SensorLost(f"the kernel shows no device {name!r} with {file}, but {names}")
    raise SensorLost(f"the kernel shows no device with {file}; is its overlay in /boot/firmware/config.txt?")


def volts(device: Path, channel: int) -> float:
    """(raw + offset) x scale, which is in mV; scale and offset may be of this input or of all."""
    raw = _number(device / f"in_voltage{channel}_raw")
    return (raw + _shared(device, channel, "offset", 0)) * _shared(device, channel, "scale", 1) / 1000


def _shared(device: Path, channel: int, what: str, otherwise: float) -> float:
    for file in (device / f"in_voltage{channel}_{what}", device / f"in_voltage_{what}"):
        if file.exists():
            return _number(file)
    return otherwise


def _number(file: Path) -> float:
    return float(file.read_text(encoding="ascii"))


def _name(device: Path) -> str:
    try:
        return (device / "name").read_text(encoding="utf-8").strip()
    except OSError:
        return device.name


def _why(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
