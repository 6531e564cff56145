"""I²C buses with chips on them, register by register.

``input/i2c-1/0x76.txt`` is the chip at 0x76 on bus 1. Its lines, all numbers in hex, ``#`` starts a comment:

``88: 70 6b 43``   registers 88, 89 and 8a; ``00|00|03`` for one is what successive reads give, the last stays
``increment 80``   several registers are only read at once with this bit set in the first one's number
``write 21=01``    the indented lines below say which registers are otherwise once this has been written
``busy``           a driver of the kernel holds the address

An address without a file answers as the kernel says where nobody pulls the line: ``OSError``, EREMOTEIO.
"""

import errno
import os
import re
from collections.abc import Sequence
from pathlib import Path

from collector.sensors import Clock, Sensor
from collector.sensors.i2c import I2c, I2cOptions

_MOST = 32
"""Bytes in one SMBus block."""
Values = dict[int, list[int]]


class Chip:
    """The registers of one chip."""

    def __init__(self, text: str) -> None:
        self._now: Values = {}
        self._after: dict[tuple[int, int], Values] = {}
        self._increment = 0
        self.is_busy = False
        into = self._now
        for line in (line.split("#")[0].rstrip() for line in text.splitlines()):
            if found := re.fullmatch(r"write (\w\w)=(\w\w)", line):
                into = self._after.setdefault((int(found[1], 16), int(found[2], 16)), {})
            elif found := re.fullmatch(r"increment (\w\w)", line):
                self._increment = int(found[1], 16)
            elif found := re.fullmatch(r"( +)?(\w\w): (.+)", line):
                _fill(into if found[1] else self._now, int(found[2], 16), found[3].split())
            elif line == "busy":
                self.is_busy = True
            elif line:
                raise ValueError(f"no line of a chip: {line!r}")

    def read(self, register: int) -> int:
        values = self._now.get(register, [0])
        return values.pop(0) if len(values) > 1 else values[0]

    def read_block(self, first: int, length: int) -> list[int]:
        if self._increment and not first & self._increment:
            return [self.read(first) for _ in range(length)]
        first &= ~self._increment
        return [self.read(register) for register in range(first, first + length)]

    def write(self, register: int, value: int) -> None:
        self._now[register] = [value]
        for changed, values in self._after.get((register, value), {}).items():
            self._now[changed] = list(values)


def _fill(values: Values, first: int, bytes_: Sequence[str]) -> None:
    for register, said in enumerate(bytes_, first):
        values[register] = [int(value, 16) for value in said.split("|")]


class SMBus:
    """What ``smbus2.SMBus`` does, with the chips of a bench."""

    def __init__(self, bench: "Bench", number: int) -> None:
        self._bench = bench
        self._number = number
        self.is_open = True
        self._chips()

    def read_byte_data(self, i2c_addr: int, register: int) -> int:
        return self._chip(i2c_addr).read(register)

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        assert 0 < length <= _MOST
        return self._chip(i2c_addr).read_block(register, length)

    def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
        self._chip(i2c_addr).write(register, value)

    def close(self) -> None:
        self.is_open = False

    def _chips(self) -> dict[int, Chip]:
        if self._number not in self._bench.buses:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return self._bench.buses[self._number]

    def _chip(self, address: int) -> Chip:
        assert self.is_open, "the bus is closed"
        if address not in self._chips():
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        chip = self._chips()[address]
        if chip.is_busy:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        return chip


class Bench:
    """Every bus of the machine."""

    def __init__(self) -> None:
        self.buses: dict[int, dict[int, Chip]] = {}

    def play(self, said: Path) -> None:
        self.buses = {
            int(folder.name[4:]): {
                int(file.stem, 16): Chip(file.read_text(encoding="utf-8")) for file in folder.glob("0x*.txt")
            }
            for folder in said.glob("i2c-*")
        }

    def open(self, options: I2cOptions, now: Clock) -> Sensor:
        return I2c(options, open_bus=lambda number: SMBus(self, number), sleep=lambda _seconds: None)

    def close(self) -> None:
        """Nothing is held."""


def device(scratch: Path) -> Bench:
    return Bench()
