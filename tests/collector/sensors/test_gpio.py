"""DHT22 and converters through the kernel's drivers: conversions, and what is wrong with a section."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import SensorSection
from collector.sensors import SensorError, SensorLost, check_sensor
from collector.sensors.gas_curve import Conversion, GasCurve, NoSignal
from collector.sensors.gpio import Adc, AdcOptions, volts

MQ4 = GasCurve(a=1012.7, b=-2.786, r0=20_000, load=20_000)


@pytest.mark.parametrize(("ratio", "ppm"), [(1.753, 200), (1.0, 1000), (0.567, 5000), (0.438, 10_000)])
def test_the_curve_of_an_mq4_goes_through_what_its_data_sheet_draws(ratio: float, ppm: float) -> None:
    """Rs/R0 of CH4 as read off the figure, whose line is not quite straight."""
    on_load = MQ4.supply / (1 + ratio * MQ4.r0 / MQ4.load)
    assert MQ4.ppm(on_load) == pytest.approx(ppm, rel=0.07)


@given(st.floats(0.01, 4.98), st.floats(0.001, 0.5))
def test_more_voltage_on_the_load_is_more_gas(volts: float, more: float) -> None:
    if volts + more < 4.99:
        assert MQ4.ppm(volts + more) > MQ4.ppm(volts)


@pytest.mark.parametrize("volts", [0, -0.1, 5, 6, float("nan")])
def test_a_voltage_that_cannot_be_is_no_gas(volts: float) -> None:
    with pytest.raises(NoSignal, match="is not between 0 and 5 V"):
        MQ4.ppm(volts)


@pytest.mark.parametrize(
    ("volts", "value"), [(0.1, 0), (0.4, 0), (0.8, 200), (1.2, 400), (1.6, 700), (3.3, 1000)]
)
def test_a_table_is_straight_between_its_pairs_and_holds_at_its_ends(volts: float, value: float) -> None:
    table = Conversion(table=((0.4, 0), (1.2, 400), (2.0, 1000)))
    assert table.value(volts) == pytest.approx(value)


def test_scale_and_offset_of_the_driver_may_be_of_one_input_or_of_all(tmp_path: Path) -> None:
    for file, text in (
        ("in_voltage3_raw", "-100\n"),
        ("in_voltage3_offset", "1100\n"),
        ("in_voltage_offset", "5\n"),
        ("in_voltage_scale", "0.5\n"),
    ):
        (tmp_path / file).write_text(text)
    assert volts(tmp_path, 3) == 0.5
    (tmp_path / "in_voltage3_scale").write_text("2.0")
    assert volts(tmp_path, 3) == 2.0


def test_a_converter_that_says_nonsense_is_lost(tmp_path: Path) -> None:
    device = tmp_path / "iio:device0"
    device.mkdir()
    (device / "in_voltage0_raw").write_text("twelve")
    adc = Adc(AdcOptions(channel=0, gas="CO"), tmp_path)
    with pytest.raises(SensorLost, match="iio:device0 does not answer: could not convert"):
        adc.read()
    with pytest.raises(SensorLost, match="no device 'mcp3008' with in_voltage0_raw, but iio:device0"):
        Adc(AdcOptions(channel=0, gas="CO", device="mcp3008"), tmp_path).read()


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({}, "channel: field required"),
        ({"channel": 1}, "a concentration, and only that, has a gas"),
        ({"channel": 1, "gas": "CO", "field": "temperature"}, "a concentration, and only that, has a gas"),
        (
            {"channel": 1, "gas": "CO", "scale": 2, "table": [[0, 0], [1, 1]]},
            "there is more than one of curve",
        ),
        (
            {"channel": 1, "gas": "CO", "table": [[0, 0]]},
            "the table needs at least two pairs, their volts rising",
        ),
        ({"channel": 1, "gas": "CO", "table": [[1, 0], [1, 1]]}, "the table needs at least two pairs"),
        (
            {"channel": 1, "gas": "CO", "curve": {"a": 1, "b": 2, "r0": 1, "load": 1}},
            "curve.b: input should be",
        ),
        ({"channel": 1, "gas": "CO", "curve": {"a": 1}}, "curve.b: field required"),
        (
            {
                "channel": 1,
                "field": "temperature",
                "curve": {"a": 1, "b": -2, "r0": 1, "load": 1},
            },
            "a curve gives ppm of a gas",
        ),
        ({"channel": 1, "gas": "CO", "pin": 4}, "pin is no key of kind 'adc'"),
    ],
)
def test_what_is_wrong_is_said_at_start(keys: dict[str, Any], sentence: str) -> None:
    section = SensorSection.model_validate({"kind": "adc", "name": "mq", "location": "den", **keys})
    with pytest.raises(SensorError) as caught:
        check_sensor(section)
    assert str(caught.value).startswith(f"sensor 'mq': {sentence}")
