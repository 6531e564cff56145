"""The Sense HAT's correction for the heat of the processor, and a machine without its library."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sensors.reading import SensorLost
from collector.sensors.sense_hat import SenseHat, SenseHatOptions, humidity_at, without_cpu_heat

CELSIUS = st.floats(-20, 60)


def test_without_its_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # Python's own way to say that there is no such module, whether there is or not.
    monkeypatch.setitem(sys.modules, "sense_hat", None)
    with pytest.raises(SensorLost, match="sudo apt install sense-hat"):
        SenseHat(SenseHatOptions()).read()


def test_the_factor_found_beside_a_good_thermometer_gives_that_thermometers_value() -> None:
    measured, cpu, true = 27.4, 54.9, 22.1
    factor = (cpu - measured) / (measured - true)
    assert without_cpu_heat(measured, cpu, factor) == pytest.approx(true)


@given(CELSIUS, CELSIUS, st.floats(0.5, 100))
def test_the_correction_only_ever_cools(measured: float, cpu: float, factor: float) -> None:
    corrected = without_cpu_heat(measured, cpu, factor)
    assert corrected <= measured
    assert corrected == measured or cpu > measured


def test_cooler_air_with_the_same_water_is_more_humid() -> None:
    # 20 °C saturates at 23.4 hPa and 30 °C at 42.4 hPa (WMO-No. 8, annex 4.B).
    assert humidity_at(20, 40, 30) == pytest.approx(40 * 42.4 / 23.4, rel=0.002)
    assert humidity_at(5, 80, 30) == 100


@given(CELSIUS, st.floats(0, 100))
def test_at_the_temperature_it_was_read_at_humidity_stays(temperature: float, humidity: float) -> None:
    assert humidity_at(temperature, humidity, temperature) == pytest.approx(humidity)
