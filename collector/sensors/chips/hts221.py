"""HTS221, humidity and temperature: two points of calibration, a straight line between and beyond.

STMicroelectronics, *HTS221* data sheet DocID026333 rev. 4 (registers §7, calibration §8) and technical note
TN1218 rev. 4. Accuracy ±0.5 °C from 15 to 40 °C, ±3.5 % relative humidity from 20 to 80 %.
"""

import struct
from collections.abc import Mapping

from collector.sensors.chips.chip import Block, Chip
from collector.sensors.reading import SensorLost

_INCREMENT = 0x80
"""Set in a register's number, this makes the next byte come from the next register (data sheet §5.1.1)."""

_COLDEST, _WARMEST = -40.0, 120.0
"""What the chip can measure, in °C."""


def values(calibration: bytes, output: bytes) -> Mapping[str, float | None]:
    """°C and % from registers 0x30–0x3F and 0x28–0x2B; humidity is kept within 0 to 100 %."""
    (
        humidity_low,  # H0_rH_x2 in half %
        humidity_high,  # H1_rH_x2
        temperature_low,  # T0_degC_x8 in eighths of °C, the lower eight bits
        temperature_high,  # T1_degC_x8
        upper_bits,  # T1/T0 msb
        humidity_low_at,  # H0_T0_OUT
        humidity_high_at,  # H1_T0_OUT
        temperature_low_at,  # T0_OUT
        temperature_high_at,  # T1_OUT
    ) = struct.unpack("<BBBBxBhxxhhh", calibration)
    temperature_low |= (upper_bits & 0b0011) << 8
    temperature_high |= (upper_bits & 0b1100) << 6
    humidity_raw, temperature_raw = struct.unpack("<hh", output)
    if humidity_low_at == humidity_high_at or temperature_low_at == temperature_high_at:
        raise SensorLost("the hts221 has no calibration in it; the chip is broken or was read while starting")
    temperature = _line(
        temperature_raw,
        (temperature_low_at, temperature_low / 8),
        (temperature_high_at, temperature_high / 8),
    )
    if not _COLDEST <= temperature <= _WARMEST:
        raise SensorLost(f"the hts221 comes to {temperature:.0f} °C, which it cannot measure")
    humidity = _line(humidity_raw, (humidity_low_at, humidity_low / 2), (humidity_high_at, humidity_high / 2))
    return {"temperature": temperature, "humidity": min(100.0, max(0.0, humidity))}


def _line(at: float, low: tuple[float, float], high: tuple[float, float]) -> float:
    return low[1] + (at - low[0]) * (high[1] - low[1]) / (high[0] - low[0])


HTS221 = Chip(
    name="hts221",
    addresses=(0x5F,),
    identity=(0x0F, 0xBC),  # WHO_AM_I
    calibration=(Block(_INCREMENT | 0x30, 16),),
    start=(
        (0x10, 0x1B),  # AV_CONF: mean of 16 temperatures and 32 humidities, as after a reset
        (0x20, 0x80),  # CTRL_REG1: power on, measuring only when asked
        (0x21, 0x01),  # CTRL_REG2: measure once
    ),
    ready=(0x27, 0b11, 0b11),  # STATUS_REG: humidity and temperature are there
    patience=0.5,
    output=Block(_INCREMENT | 0x28, 4),
    fields=("temperature", "humidity"),
    values=values,
)
