"""What the sysfs file of a 1-Wire thermometer can say beyond the cases in folders."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.config import SensorSection
from collector.sensors import SensorError, SensorLost, check_sensor
from collector.sensors.onewire import OneWire, temperature

SCRATCHPAD = "72 01 4b 46 7f ff 0e 10 57 "


@given(st.integers(-55_000, 125_000))
def test_every_temperature_it_can_measure_is_read(thousandths: int) -> None:
    text = f"{SCRATCHPAD}: crc=57 YES\n{SCRATCHPAD}t={thousandths}\n"
    assert temperature(text) == thousandths / 1000


@given(st.text(st.sampled_from(sorted(set(f"{SCRATCHPAD}: crc=57 YESNO\nt=-"))), max_size=90))
def test_any_other_text_is_lost(text: str) -> None:
    with pytest.raises(SensorLost):
        temperature(text)


def test_a_text_cut_anywhere_is_lost() -> None:
    text = f"{SCRATCHPAD}: crc=57 YES\n{SCRATCHPAD}t=23125\n"
    for length in range(len(text)):
        with pytest.raises(SensorLost, match="cut short"):
            temperature(text[:length])


def test_a_file_that_cannot_be_read_is_lost(tmp_path: Path) -> None:
    (tmp_path / "28-0316a2791eff" / "w1_slave").mkdir(parents=True)
    with pytest.raises(SensorLost, match="28-0316a2791eff cannot be read: Is a directory"):
        OneWire(None, bus=tmp_path).read()


@pytest.mark.parametrize("id_", ["28-0316A2791EFF", "../../../etc/passwd", "29-0316a2791eff", "28-0316"])
def test_an_id_that_is_none_is_refused_at_start(id_: str) -> None:
    section = SensorSection.model_validate({"kind": "onewire", "name": "probe", "location": "den", "id": id_})
    with pytest.raises(SensorError, match="id: string should match"):
        check_sensor(section)
