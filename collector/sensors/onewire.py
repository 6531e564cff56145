"""DS18B20 and its relatives on a 1-Wire bus, through the kernel's driver w1_therm.

Analog Devices, *DS18B20* data sheet 19-7487: scratchpad, range, power-up value. The kernel's
Documentation/w1/slaves/w1_therm.rst: the file ``w1_slave``.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from collector.sensors.reading import Reading, SensorLost
from influx.config import Section
from influx.schema import ENVIRONMENT

_BUS = Path("/sys/bus/w1/devices")
_FAMILIES = ("10", "22", "28", "3b", "42")
"""The families that w1_therm reads: DS18S20, DS1822, DS18B20, DS1825 and DS28EA00."""
_LOWEST, _HIGHEST = -55.0, 125.0
"""What a DS18B20 can measure, in °C; libraries say -127 °C for a probe that is gone."""
_POWER_UP = 85.0
"""What the scratchpad holds before the first conversion, in °C."""
_NEAR = 10.0
"""85 °C is believed within so many °C of the reading before."""
_ANSWER = re.compile(r"((?:[0-9a-f]{2} ){9}): crc=[0-9a-f]{2} (YES|NO)\n(?:[0-9a-f]{2} ){9}t=(-?\d{1,7})\n")


class OneWireOptions(Section):
    """A DS18B20 thermometer on a 1-Wire bus (Raspberry Pi: `dtoverlay=w1-gpio`)."""

    id: str | None = Field(
        None,
        pattern=rf"^({'|'.join(_FAMILIES)})-[0-9a-f]{{12}}$",
        description="Its folder in /sys/bus/w1/devices; needed where there are several.",
        examples=["28-0316a2791eff"],
    )


class OneWire:
    """The thermometer ``id``, or the only one there is, below the sysfs folder ``bus``."""

    def __init__(self, id: str | None, bus: Path = _BUS) -> None:  # noqa: A002 - what the kernel calls it
        self._id = id
        self._bus = bus
        self._last: float | None = None

    def read(self) -> Sequence[Reading]:
        """Let it measure (up to a second) and give °C; raises ``SensorLost`` for what cannot be true."""
        device = self._bus / (self._id or self._only())
        try:
            text = (device / "w1_slave").read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            raise SensorLost(f"no thermometer {device.name} on the 1-Wire bus{self._others()}") from None
        except OSError as error:
            raise SensorLost(f"{device.name} cannot be read: {error.strerror}") from error
        value = temperature(text)
        if value == _POWER_UP and (self._last is None or abs(self._last - _POWER_UP) > _NEAR):
            raise SensorLost(f"{device.name} gives 85 °C, what it holds when it has just been powered up")
        self._last = value
        return [Reading(ENVIRONMENT, {"temperature": value})]

    def close(self) -> None:
        """Nothing to give back."""

    def _only(self) -> str:
        found = self._found()
        if not found:
            raise SensorLost("no thermometer on the 1-Wire bus; is dtoverlay=w1-gpio set?")
        if len(found) > 1:
            raise SensorLost(f"several thermometers on the 1-Wire bus; set id to one of {', '.join(found)}")
        return found[0]

    def _others(self) -> str:
        found = self._found()
        return f"; there are {', '.join(found)}" if found else ""

    def _found(self) -> list[str]:
        return sorted(path.name for family in _FAMILIES for path in self._bus.glob(f"{family}-*"))


def temperature(text: str) -> float:
    """The °C that a ``w1_slave`` file says; raises ``SensorLost`` where no conversion can have given it."""
    answer = _ANSWER.fullmatch(text)
    if answer is None:
        raise SensorLost("the answer of the thermometer is cut short")
    scratchpad, good, thousandths = answer.groups()
    if good != "YES":
        raise SensorLost("the answer of the thermometer was damaged on its way (CRC)")
    # A bus held low answers zeros, whose CRC is zero; a DS18B20's configuration byte is never zero.
    if not any(bytes.fromhex(scratchpad)):
        raise SensorLost("the 1-Wire bus is held low; look for a short circuit")
    value = int(thousandths) / 1000
    if not _LOWEST <= value <= _HIGHEST:
        raise SensorLost(f"the thermometer says {value:g} °C, which it cannot measure")
    return value
