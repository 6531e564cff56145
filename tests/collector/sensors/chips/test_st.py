"""The formulas of HTS221 and LPS25H, by the examples of their data sheets."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sensors.chips import hts221, lps25h
from collector.sensors.reading import SensorLost


def calibration(
    *, humidity: tuple[tuple[int, int], tuple[int, int]], temperature: tuple[tuple[int, int], tuple[int, int]]
) -> bytes:
    """Registers 0x30–0x3F out of (output, value) pairs: values in half % and in eighths of °C."""
    (h0_out, h0), (h1_out, h1) = humidity
    (t0_out, t0), (t1_out, t1) = temperature
    upper = t0 >> 8 | t1 >> 8 << 2
    return struct.pack("<BBBBxBhxxhhh", h0, h1, t0 & 0xFF, t1 & 0xFF, upper, h0_out, h1_out, t0_out, t1_out)


EXAMPLE = calibration(humidity=((-8, 60), (-12287, 144)), temperature=((300, 80), (500, 160)))
"""Temperature as in the HTS221's data sheet, humidity from a chip whose output falls as it gets wetter."""


@pytest.mark.parametrize(
    ("raw", "celsius"), [(300, 10.0), (400, 15.0), (500, 20.0), (0, -5.0), (-100, -10.0)]
)
def test_hts221_temperature_is_on_the_line_of_its_calibration(raw: int, celsius: float) -> None:
    assert hts221.values(EXAMPLE, struct.pack("<hh", -8, raw))["temperature"] == celsius


@pytest.mark.parametrize(("raw", "percent"), [(-8, 30.0), (-12287, 72.0), (-25472, 100.0), (20_000, 0.0)])
def test_hts221_humidity_is_on_its_line_and_within_what_there_is(raw: int, percent: float) -> None:
    assert hts221.values(EXAMPLE, struct.pack("<hh", raw, 400))["humidity"] == percent


@pytest.mark.parametrize("raw", [-32768, 32767])
def test_hts221_gives_nothing_that_it_cannot_measure(raw: int) -> None:
    with pytest.raises(SensorLost, match="cannot measure"):
        hts221.values(EXAMPLE, struct.pack("<hh", -8, raw))


@given(st.integers(0, 960), st.integers(0, 960))
def test_hts221_calibration_temperatures_have_ten_bits(low: int, high: int) -> None:
    registers = calibration(humidity=((0, 0), (1, 2)), temperature=((0, low), (8, high)))
    assert hts221.values(registers, struct.pack("<hh", 0, 0))["temperature"] == low / 8
    assert hts221.values(registers, struct.pack("<hh", 0, 8))["temperature"] == high / 8


@pytest.mark.parametrize("registers", [bytes(16), b"\xff" * 16])
def test_hts221_without_calibration_gives_nothing(registers: bytes) -> None:
    with pytest.raises(SensorLost, match="no calibration"):
        hts221.values(registers, bytes(4))


@pytest.mark.parametrize(
    ("registers", "hectopascals", "celsius"),
    [
        ("00d03e 0000", 1005.0, 42.5),
        ("00d02e 50da", 749.0, 22.4),
        ("004010 ffff", 260.0, 42.5 - 1 / 480),
        ("ff3f10 0000", None, 42.5),
        ("00c04e 0000", 1260.0, 42.5),
        ("01c04e 0000", None, 42.5),
        ("ffffff ffff", None, 42.5 - 1 / 480),
        ("000000 0000", None, 42.5),
    ],
)
def test_lps25h_counts_4096ths_of_a_hectopascal_and_480ths_of_a_degree(
    registers: str, hectopascals: float | None, celsius: float
) -> None:
    values = lps25h.values(b"", bytes.fromhex(registers))
    assert values == {"pressure": hectopascals, "temperature": pytest.approx(celsius)}
