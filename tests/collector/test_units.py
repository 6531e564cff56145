"""Units of devices become those of the vocabulary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.units import UnitError, check_unit, to_stored


@pytest.mark.parametrize(
    ("value", "unit", "stored", "expected"),
    [
        (71.6, "F", "°C", 22.0),
        (-40, "°F", "°C", -40.0),
        (293.15, "K", "°C", 20.0),
        (21.37251, "C", "°C", 21.37251),
        (0.415, "ratio", "%", 41.5),
        (101325, "Pa", "hPa", 1013.25),
        (101.325, "kPa", "hPa", 1013.25),
        (29.92, "inHg", "hPa", 1013.2076),
        (760, "mmHg", "hPa", 1013.2502),
        (2500, "ppb", "ppm", 2.5),
        (0.04, "%", "ppm", 400.0),
    ],
)
def test_a_value_is_stored_in_the_unit_of_the_vocabulary(
    value: float, unit: str, stored: str, expected: float
) -> None:
    assert to_stored(value, unit, stored) == expected


def test_a_unit_that_makes_no_sense_names_those_that_do() -> None:
    with pytest.raises(UnitError, match="'°R' is no unit for what is stored in °C; there are C, F, K"):
        check_unit("°R", "°C")
    with pytest.raises(UnitError, match="'F' is no unit for what is stored in hPa"):
        to_stored(1, "F", "hPa")


@given(st.floats(-90, 150))
def test_fahrenheit_there_and_back_is_the_same_to_the_last_digit_kept(celsius: float) -> None:
    assert to_stored(celsius * 9 / 5 + 32, "F", "°C") == pytest.approx(celsius, abs=1e-4)
