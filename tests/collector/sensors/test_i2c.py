"""The I²C adapter: its keys, the bus it cannot open, and the bus it gives back."""

import sys
import threading
import time
from typing import Any

import pytest

from collector.config import SensorSection
from collector.sensors import SensorError, SensorLost, check_sensor
from collector.sensors.i2c import Bus, I2c, I2cOptions
from tests.collector.sensors.bench import CASES
from tests.collector.sensors.devices.i2c import Bench, SMBus


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "chip: field required"),
        ({"chip": "bme281"}, "there is no chip 'bme281'; there are bme280, bmp280, hts221, lps25h"),
        ({"chip": "bme280", "address": 0x5F}, "address 0x5f is impossible; a bme280 is at 0x76 or 0x77"),
        (
            {"chip": "hts221", "fields": ["pressure"]},
            "a hts221 has no pressure; it has temperature, humidity",
        ),
        ({"chip": "hts221", "fields": []}, "fields is empty; leave it out, or name one"),
        ({"chip": "hts221", "bus": -1}, "bus: input should be greater than or equal to 0"),
        ({"chip": "hts221", "adress": 1}, "adress is no key of kind 'i2c'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(options: dict[str, Any], sentence: str) -> None:
    section = SensorSection.model_validate({"kind": "i2c", "name": "shelf", "location": "den", **options})
    with pytest.raises(SensorError) as caught:
        check_sensor(section)
    assert str(caught.value).removeprefix("sensor 'shelf': ") == sentence


def refusing(error: Exception) -> Any:
    def open_bus(_number: int) -> Bus:
        raise error

    return open_bus


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            PermissionError(13, "Permission denied"),
            "/dev/i2c-1 may not be opened; add this user to the group i2c",
        ),
        (OSError(19, "No such device"), "/dev/i2c-1 cannot be opened: No such device"),
    ],
)
def test_a_bus_that_cannot_be_opened_says_what_to_do(error: Exception, sentence: str) -> None:
    with pytest.raises(SensorLost) as caught:
        I2c(I2cOptions(chip="bme280"), open_bus=refusing(error)).read()
    assert str(caught.value) == sentence


def test_the_bus_of_this_machine_is_opened_by_the_real_library() -> None:
    pytest.importorskip("smbus2")
    with pytest.raises(SensorLost, match=r"there is no /dev/i2c-249; switch I²C on with raspi-config"):
        I2c(I2cOptions(chip="bme280", bus=249)).read()


def test_without_its_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smbus2", None)  # what Python itself takes for "cannot be imported"
    with pytest.raises(SensorLost, match="pip install smbus2"):
        I2c(I2cOptions(chip="bme280")).read()


def test_the_bus_is_given_back_when_the_chip_goes_and_at_the_end() -> None:
    bench = Bench()
    bench.play(CASES / "bme280_data_sheet" / "input")
    opened: list[SMBus] = []

    def open_bus(number: int) -> Bus:
        opened.append(SMBus(bench, number))
        return opened[-1]

    sensor = I2c(I2cOptions(chip="bme280"), open_bus=open_bus, sleep=lambda _seconds: None)
    sensor.read()
    sensor.read()
    assert [bus.is_open for bus in opened] == [True]
    bench.buses[1].clear()
    with pytest.raises(SensorLost, match="Remote I/O error"):
        sensor.read()
    assert [bus.is_open for bus in opened] == [False]
    bench.play(CASES / "bme280_data_sheet" / "input")
    sensor.read()
    sensor.close()
    sensor.close()
    assert [bus.is_open for bus in opened] == [False, False]


def test_a_chip_that_never_finishes_is_not_waited_for_longer_than_its_patience() -> None:
    bench = Bench()
    bench.play(CASES / "bme280_never_ready" / "input")
    slept: list[float] = []
    sensor = I2c(I2cOptions(chip="bme280"), open_bus=lambda number: SMBus(bench, number), sleep=slept.append)
    with pytest.raises(SensorLost, match="does not finish measuring"):
        sensor.read()
    assert sum(slept) == pytest.approx(0.5, abs=0.02)


def test_what_an_earlier_turn_left_is_taken_away_before_the_chip_is_started() -> None:
    bench = Bench()
    bench.play(CASES / "hts221_data_sheet" / "input")
    asked: list[int] = []

    class Listening(SMBus):
        def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
            asked.append(register)
            return super().read_i2c_block_data(i2c_addr, register, length)

        def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
            asked.append(-register)
            super().write_byte_data(i2c_addr, register, value)

    I2c(
        I2cOptions(chip="hts221"), open_bus=lambda number: Listening(bench, number), sleep=lambda _: None
    ).read()
    assert asked == [0xA8, -0x10, -0x20, -0x21, 0xB0, 0xA8], (
        "old output, settings, start, calibration, output"
    )


def test_two_sensors_that_share_a_chip_wait_for_each_other() -> None:
    """As two threads of the collector do it; each write is one more chance to come between."""
    bench = Bench()
    bench.play(CASES / "bme280_real" / "input")
    talking = threading.Lock()

    class Jealous(SMBus):
        def write_byte_data(self, i2c_addr: int, register: int, value: int) -> None:
            if register == 0xF5:
                assert talking.acquire(blocking=False), "somebody else is in the middle of a conversation"
            super().write_byte_data(i2c_addr, register, value)

        def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
            if register == 0xE1:
                talking.release()
            return super().read_i2c_block_data(i2c_addr, register, length)

    said: list[object] = []

    def work() -> None:
        options = I2cOptions(chip="bme280", bus=3, address=0x77)
        sensor = I2c(options, open_bus=lambda number: Jealous(bench, number), sleep=lambda _: time.sleep(0))
        said.extend(sensor.read()[0].fields["temperature"] for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert said == [24.44] * 150
