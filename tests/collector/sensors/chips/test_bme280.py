"""The BME280's formulas, by its maker's worked example and the integer formula beside the real one."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sensors.chips.bme280 import Calibration, calibration_of, fine_temperature, humidity, pressure
from collector.sensors.chips.bme280 import values as values_of
from collector.sensors.reading import SensorLost

EXAMPLE = Calibration(
    t=(27504, 26435, -1000),
    p=(36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000),
    h=(75, 357, 0, 320, 0, 30),
)
"""Temperature and pressure from Bosch's data sheet BST-BMP280-DS001 §3.12; humidity from a chip."""


def test_the_worked_example_of_the_data_sheet_comes_out() -> None:
    fine = fine_temperature(519888, EXAMPLE)
    assert int(fine) == 128422
    assert fine / 5120 == pytest.approx(25.08, abs=0.005)
    assert pressure(415148, fine, EXAMPLE) * 100 == pytest.approx(100653.27, abs=0.05)


def test_calibration_is_read_with_its_signs_and_its_shared_byte() -> None:
    words = struct.pack("<Hhhhhhhhhhhh", 1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12)
    # H4 and H5 are 12 bits with a sign; the lower four of both are in one byte.
    registers = words + b"\x00\xfe" + struct.pack("<hBbBbb", -300, 200, -1, 0x5A, -128, -7)
    assert calibration_of(registers) == Calibration(
        t=(1, -2, 3), p=(65532, 5, -6, 7, -8, 9, -10, 11, -12), h=(0xFE, -300, 200, -6, -2043, -7)
    )


@given(st.integers(400_000, 600_000), st.integers(0, 0xFFFF))
def test_humidity_is_what_integers_give_and_never_more_than_there_is(warm: int, raw: int) -> None:
    fine = fine_temperature(warm, EXAMPLE)
    assert humidity(raw, fine, EXAMPLE) == pytest.approx(_integer_humidity(raw, int(fine)), abs=0.05)
    assert 0 <= humidity(raw, fine, EXAMPLE) <= 100


def _integer_humidity(raw: int, fine: int) -> float:
    """% by the data sheet's formula for 32-bit integers (BST-BME280-DS002 §4.2.3), in 1024ths within."""
    h1, h2, h3, h4, h5, h6 = EXAMPLE.h
    warmth = fine - 76800
    straight = ((raw << 14) - (h4 << 20) - h5 * warmth + 16384) >> 15
    bend = ((warmth * h6 >> 10) * ((warmth * h3 >> 11) + 32768) >> 10) + 2097152
    scaled = straight * (bend * h2 + 8192 >> 14)
    scaled -= ((scaled >> 15) ** 2 >> 7) * h1 >> 4
    return float(min(max(scaled, 0), 419430400) >> 12) / 1024


def _registers(**changed: bytes) -> bytes:
    words = changed.get("words", struct.pack("<Hhh H8h", *EXAMPLE.t, *EXAMPLE.p))
    return words + b"\x00\x4b" + bytes.fromhex("65010014000a1e")


def _output(pressure_raw: int, temperature_raw: int, humidity_raw: int) -> bytes:
    both = (pressure_raw << 4).to_bytes(3, "big") + (temperature_raw << 4).to_bytes(3, "big")
    return both + humidity_raw.to_bytes(2, "big")


def test_what_was_not_measured_is_none() -> None:
    values = values_of(_registers(), _output(0x80000, 519888, 0x8000))
    assert values["temperature"] == pytest.approx(25.08, abs=0.005)
    assert values["humidity"] is None
    assert values["pressure"] is None


def test_a_pressure_that_the_chip_cannot_measure_is_none() -> None:
    words = struct.pack("<Hhh H8h", *EXAMPLE.t, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    assert values_of(_registers(words=words), _output(415148, 519888, 0x7000))["pressure"] is None


@given(st.binary(min_size=33, max_size=33), st.binary(min_size=8, max_size=8))
def test_whatever_the_bytes_are_a_value_is_one_that_the_chip_can_measure(
    calibration: bytes, output: bytes
) -> None:
    try:
        values = values_of(calibration, output)
    except SensorLost:
        return
    assert values["temperature"] is not None
    assert -40 <= values["temperature"] <= 85
    assert values["humidity"] is None or 0 <= values["humidity"] <= 100
    assert values["pressure"] is None or 300 <= values["pressure"] <= 1100


def test_a_calibration_that_leaves_no_scale_is_beyond_all_measure() -> None:
    # With P3 = 0, 1 + P2 * warmth / 2**34 is 0 where warmth is -2**34 / P2.
    nothing = Calibration(t=EXAMPLE.t, p=(1, 2**14, 0, 0, 0, 0, 0, 0, 0), h=EXAMPLE.h)
    assert pressure(415148, 2 * (64000 - 2**20), nothing) == math.inf
