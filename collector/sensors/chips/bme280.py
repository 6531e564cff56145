"""BME280: temperature, humidity and pressure, worked out from 18 numbers of calibration in the chip.

The BMP280, often sold under its name, is the same without humidity (data sheet BST-BMP280-DS001).

Bosch Sensortec, *BME280* data sheet BST-BME280-DS002 (registers §5, compensation §4.2.3, in double precision
in the appendix). Accuracy ±1 °C from 0 to 65 °C, ±3 % relative humidity, ±1 hPa.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from collector.sensors.chips.chip import Block, Chip
from collector.sensors.reading import SensorLost

_LONG_NOT_MEASURED, _SHORT_NOT_MEASURED = 0x80000, 0x8000
"""What the output holds after a reset, and where a measurement was switched off."""
_COLDEST, _WARMEST = -40.0, 85.0
_LOWEST, _HIGHEST = 300.0, 1100.0
"""What the chip can measure, in °C and hPa (table 2 and 3 of the data sheet)."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The numbers that the data sheet calls dig_T1 to dig_T3, dig_P1 to dig_P9 and dig_H1 to dig_H6."""

    t: tuple[int, ...]
    p: tuple[int, ...]
    h: tuple[int, ...]


def calibration_of(registers: bytes) -> Calibration:
    """The calibration in registers 0x88–0xA1 and 0xE1–0xE7, in this order (table 16)."""
    *words, h1 = struct.unpack("<Hhh Hhhhhhhhh xB", registers[:26])
    h2, h3, upper4, shared, upper5, h6 = struct.unpack("<hBbBbb", registers[26:])
    h4, h5 = upper4 << 4 | shared & 0x0F, upper5 << 4 | shared >> 4
    return Calibration(t=tuple(words[:3]), p=tuple(words[3:]), h=(h1, h2, h3, h4, h5, h6))


def fine_temperature(raw: int, calibration: Calibration) -> float:
    """Temperature in 5120ths of a °C, which the other two formulas want (t_fine)."""
    t1, t2, t3 = calibration.t
    deviation = raw / 16384 - t1 / 1024
    return deviation * t2 + (deviation / 8) ** 2 * t3


def pressure(raw: int, fine: float, calibration: Calibration) -> float:
    """Air pressure in hPa; infinite where the calibration comes to no scale to measure with."""
    p1, p2, p3, p4, p5, p6, p7, p8, p9 = calibration.p
    warmth = fine / 2 - 64000
    offset = (warmth**2 * p6 / 32768 + warmth * p5 * 2) / 4 + p4 * 65536
    scale = (1 + (warmth**2 * p3 / 524288 + warmth * p2) / 524288 / 32768) * p1
    if scale == 0:
        return math.inf
    straight = (1048576 - raw - offset / 4096) * 6250 / scale
    bent = straight + (straight**2 * p9 / 2147483648 + straight * p8 / 32768 + p7) / 16
    return bent / 100


def humidity(raw: int, fine: float, calibration: Calibration) -> float:
    """Relative humidity in %, kept within 0 to 100 as the data sheet says."""
    h1, h2, h3, h4, h5, h6 = calibration.h
    warmth = fine - 76800
    scale = h2 / 65536 * (1 + h6 / 67108864 * warmth * (1 + h3 / 67108864 * warmth))
    straight = (raw - h4 * 64 - h5 / 16384 * warmth) * scale
    return min(100.0, max(0.0, straight * (1 - h1 * straight / 524288)))


def values(calibration: bytes, output: bytes) -> Mapping[str, float | None]:
    """°C, % and hPa from the calibration and registers 0xF7–0xFE; None for what was not measured."""
    numbers = calibration_of(calibration)
    pressure_raw = int.from_bytes(output[0:3], "big") >> 4
    temperature_raw = int.from_bytes(output[3:6], "big") >> 4
    humidity_raw = int.from_bytes(output[6:8], "big")
    if numbers.t[0] in (0, 0xFFFF) or numbers.t[1] == 0 or numbers.p[0] == 0:
        raise SensorLost("the bme280 has no calibration in it; the chip is broken or was read while starting")
    if temperature_raw == _LONG_NOT_MEASURED:
        raise SensorLost("the bme280 has not measured; it was reset meanwhile, or its supply is too weak")
    fine = fine_temperature(temperature_raw, numbers)
    temperature = fine / 5120
    if not _COLDEST <= temperature <= _WARMEST:
        raise SensorLost(f"the bme280 comes to {temperature:.0f} °C, which it cannot measure")
    found = math.inf if pressure_raw == _LONG_NOT_MEASURED else pressure(pressure_raw, fine, numbers)
    return {
        "temperature": temperature,
        "humidity": None if humidity_raw == _SHORT_NOT_MEASURED else humidity(humidity_raw, fine, numbers),
        # A broken barometer leaves the other two values good.
        "pressure": found if _LOWEST <= found <= _HIGHEST else None,
    }


BME280 = Chip(
    name="bme280",
    addresses=(0x76, 0x77),
    identity=(0xD0, 0x60),
    calibration=(Block(0x88, 26), Block(0xE1, 7)),
    start=(
        (0xF4, 0x00),  # ctrl_meas: sleep, without which the chip may ignore what follows
        (0xF5, 0x00),  # config: no filter over readings
        (0xF2, 0x01),  # ctrl_hum: measure humidity once; holds from the next write to ctrl_meas on
        (0xF4, 0x25),  # ctrl_meas: measure temperature and pressure once, now, then sleep
    ),
    ready=(0xF3, 0b1001, 0),  # status: neither measuring nor copying its calibration
    patience=0.5,
    output=Block(0xF7, 8),
    fields=("temperature", "humidity", "pressure"),
    values=values,
)


def _without_humidity(calibration: bytes, output: bytes) -> Mapping[str, float | None]:
    found = values(calibration.ljust(33, b"\0"), output + _SHORT_NOT_MEASURED.to_bytes(2, "big"))
    return {name: found[name] for name in BMP280.fields}


BMP280 = Chip(
    name="bmp280",
    addresses=BME280.addresses,
    identity=(0xD0, 0x58),
    calibration=(Block(0x88, 24),),
    start=tuple(each for each in BME280.start if each[0] != 0xF2),
    ready=BME280.ready,
    patience=BME280.patience,
    output=Block(0xF7, 6),
    fields=("temperature", "pressure"),
    values=_without_humidity,
)
