"""Chips on an I²C bus, through the kernel's /dev/i2c-N; what is particular to one is in ``chips``."""

import errno
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from pydantic import Field, model_validator

from collector.sensors.chips import CHIPS, Block
from collector.sensors.reading import Reading, SensorLost
from influx.config import Section
from influx.schema import ENVIRONMENT

_LOOK_AGAIN = 0.01
"""Seconds between two looks at the status register; a BME280 takes 9.3 ms at most."""

_TURNS: dict[int, threading.Lock] = {}
"""One conversation at a time on each bus: two sensors may share a chip."""
_DIGITS = 2
"""Digits after the point that are kept; what follows is noise in °C, % and hPa alike."""


class Bus(Protocol):
    """What is used of ``smbus2.SMBus``; every call raises ``OSError`` where nothing answers."""

    def read_byte_data(self, i2c_addr: int, register: int) -> int:
        """One register."""

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        """At most 32 registers at once."""

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        """Set one register."""

    def close(self) -> None:
        """Give the bus back."""


class I2cOptions(Section):
    """A BME280, BMP280, HTS221 or LPS25H on an I²C bus (Raspberry Pi: `dtparam=i2c_arm=on`)."""

    chip: str = Field(description=f"Which chip: {', '.join(CHIPS)}.", examples=["bme280"])
    bus: int = Field(1, ge=0, le=255, description="Number of the bus: /dev/i2c-N.")
    address: int | None = Field(
        None, description="Where the chip is on the bus, such as 0x77; its first address where unset."
    )
    fields: tuple[str, ...] | None = Field(
        None, description='What to give, such as ["pressure"]; everything the chip measures where unset.'
    )

    @model_validator(mode="after")
    def _possible(self) -> "I2cOptions":
        chip = CHIPS.get(self.chip)
        if chip is None:
            raise ValueError(f"there is no chip {self.chip!r}; there are {', '.join(CHIPS)}")
        if self.address is not None and self.address not in chip.addresses:
            places = " or ".join(f"0x{address:02x}" for address in chip.addresses)
            raise ValueError(f"address 0x{self.address:02x} is impossible; a {chip.name} is at {places}")
        unknown = sorted(set(self.fields or ()) - set(chip.fields))
        if unknown:
            raise ValueError(f"a {chip.name} has no {unknown[0]}; it has {', '.join(chip.fields)}")
        if self.fields == ():
            raise ValueError("fields is empty; leave it out, or name one")
        return self


def open_bus(number: int) -> Bus:
    """Bus ``number`` of this machine; raises ``OSError``, or ``SensorLost`` where the library is missing."""
    try:
        from smbus2 import SMBus
    except ImportError:
        raise SensorLost("I²C needs the library smbus2: pip install smbus2") from None
    return SMBus(number)


class I2c:
    """One chip. Every turn is a whole conversation: a chip that was changed or lost power is read right."""

    def __init__(
        self,
        options: I2cOptions,
        *,
        open_bus: Callable[[int], Bus] = open_bus,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._chip = CHIPS[options.chip]
        self._number = options.bus
        self._address = options.address or self._chip.addresses[0]
        self._fields = options.fields or self._chip.fields
        self._open_bus = open_bus
        self._sleep = sleep
        self._bus: Bus | None = None

    def read(self) -> Sequence[Reading]:
        """Let the chip measure once; raises ``SensorLost`` where it is away or makes no sense."""
        if self._bus is None:
            self._bus = self._opened()
        try:
            with _TURNS.setdefault(self._number, threading.Lock()):
                found = self._measure(self._bus)
        except OSError as error:
            self.close()
            if error.errno == errno.EBUSY:
                raise SensorLost(
                    f"a driver of the kernel holds {self._place}; take its overlay out"
                ) from error
            raise SensorLost(f"no {self._chip.name} answers at {self._place}: {error.strerror}") from error
        fields = {name: round(value, _DIGITS) for name in self._fields if (value := found[name]) is not None}
        if not fields:
            raise SensorLost(f"the {self._chip.name} at {self._place} has measured no {self._fields[0]}")
        return [Reading(ENVIRONMENT, fields)]

    def close(self) -> None:
        """Give the bus back; the next reading opens it again."""
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.close()

    @property
    def _place(self) -> str:
        return f"0x{self._address:02x} on I²C bus {self._number}"

    def _opened(self) -> Bus:
        device = f"/dev/i2c-{self._number}"
        try:
            return self._open_bus(self._number)
        except FileNotFoundError:
            raise SensorLost(f"there is no {device}; switch I²C on with raspi-config") from None
        except PermissionError:
            raise SensorLost(f"{device} may not be opened; add this user to the group i2c") from None
        except OSError as error:
            raise SensorLost(f"{device} cannot be opened: {error.strerror}") from error

    def _measure(self, bus: Bus) -> Mapping[str, float | None]:
        chip = self._chip
        self._identify(bus)
        self._block(bus, chip.output)  # what an earlier turn left there is not taken for this one's
        for register, value in chip.start:
            bus.write_byte_data(self._address, register, value)
        self._wait(bus)
        calibration = b"".join(self._block(bus, block) for block in chip.calibration)
        return chip.values(calibration, self._block(bus, chip.output))

    def _identify(self, bus: Bus) -> None:
        register, expected = self._chip.identity
        found = bus.read_byte_data(self._address, register)
        if found in (0x00, 0xFF):
            bits = "ones" if found else "zeros"
            raise SensorLost(f"no {self._chip.name} answers at {self._place}: all bits are {bits}")
        if found != expected:
            names = [chip.name for chip in CHIPS.values() if chip.identity == (register, found)]
            what = f"the chip {names[0]}" if names else f"something with the id 0x{found:02x}"
            raise SensorLost(f"{what} answers at {self._place}, no {self._chip.name}")

    def _wait(self, bus: Bus) -> None:
        register, mask, wanted = self._chip.ready
        waited = 0.0
        while waited < self._chip.patience:
            self._sleep(_LOOK_AGAIN)
            waited += _LOOK_AGAIN
            if bus.read_byte_data(self._address, register) & mask == wanted:
                return
        raise SensorLost(f"the {self._chip.name} at {self._place} does not finish measuring")

    def _block(self, bus: Bus, block: Block) -> bytes:
        return bytes(bus.read_i2c_block_data(self._address, block.first, block.length))
