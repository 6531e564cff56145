"""LPS25H and LPS25HB, barometers, as on the Sense HAT.

STMicroelectronics, *LPS25H* data sheet DocID023722 rev. 6 (registers §8) and technical note TN1228 rev. 1.
Accuracy ±0.2 hPa after soldering and one point of calibration, ±1 hPa without; ±2 °C.
"""

from collections.abc import Mapping

from collector.sensors.chips.chip import Block, Chip

_INCREMENT = 0x80
"""Set in a register's number, this makes the next byte come from the next register."""
_LOWEST, _HIGHEST = 260.0, 1260.0
"""What the chip can measure, in hPa (operating pressure range of the data sheet)."""


def values(_calibration: bytes, output: bytes) -> Mapping[str, float | None]:
    """hPa and °C from registers 0x28–0x2C: 4096 steps a hPa; 480 steps a °C, counted from 42.5 °C.

    None for a pressure that it cannot measure.
    """
    pressure = int.from_bytes(output[:3], "little", signed=True) / 4096
    temperature = int.from_bytes(output[3:], "little", signed=True)
    return {
        # A broken barometer leaves the other value good.
        "pressure": pressure if _LOWEST <= pressure <= _HIGHEST else None,
        "temperature": 42.5 + temperature / 480,
    }


LPS25H = Chip(
    name="lps25h",
    addresses=(0x5C, 0x5D),
    identity=(0x0F, 0xBD),  # WHO_AM_I
    calibration=(),
    start=(
        (0x20, 0x80),  # CTRL_REG1: power on, measuring only when asked
        (0x21, 0x01),  # CTRL_REG2: measure once
    ),
    ready=(0x27, 0b11, 0b11),  # STATUS_REG: pressure and temperature are there
    patience=0.5,
    output=Block(_INCREMENT | 0x28, 5),
    fields=("pressure", "temperature"),
    values=values,
)
