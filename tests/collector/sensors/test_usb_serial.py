"""A serial port that is silent, taken, missing or pulled out; the cases hold what devices say."""

import os
import time
import tty
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.sensors import SensorLost
from collector.sensors.usb_serial import SerialLines, SerialOptions
from tests.collector.lines import Clock

DEADLINE = 5.0


class Wire:
    """A pseudo terminal: what is said at one end is heard at the other."""

    def __init__(self) -> None:
        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        self.path = os.ttyname(self._near)

    def say(self, data: bytes) -> None:
        os.write(self._far, data)

    def cut(self) -> None:
        for end in (self._far, self._near):
            if end >= 0:
                os.close(end)
        self._far = self._near = -1


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.cut()


def options(path: str, **more: Any) -> SerialOptions:
    values = [{"from": 1, "field": "temperature"}]
    return SerialOptions.model_validate({"port": path, "format": "csv", "values": values, **more})


def hear(sensor: SerialLines, wire: Wire, data: bytes, lines: int) -> None:
    """Say ``data`` and wait until the sensor has heard so many whole lines in all."""
    wire.say(data)
    until = time.monotonic() + DEADLINE
    while sensor.lines < lines:
        assert time.monotonic() < until, f"{sensor.lines} of {lines} lines were heard"
        time.sleep(0.001)


def read_on(sensor: SerialLines) -> None:
    """Read until it is lost."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        sensor.read()
        time.sleep(0.001)


def test_a_device_that_speaks_seldom_is_not_lost_before_its_patience_ends(wire: Wire) -> None:
    clock = Clock(0)
    with closing(SerialLines(options(wire.path, patience=60), clock)) as sensor:
        assert sensor.read() == []
        clock.seconds = 59
        assert sensor.read() == []
        hear(sensor, wire, b"\n21.5\n", 1)
        (reading,) = sensor.read()
        assert reading.fields == {"temperature": 21.5}
        clock.seconds = 118
        assert sensor.read() == []
        clock.seconds = 119
        with pytest.raises(SensorLost, match=f"^{wire.path} sends nothing$"):
            sensor.read()
        hear(sensor, wire, b"error 7\n", 2)
        with pytest.raises(SensorLost, match="sends nothing that fits: 'error 7'"):
            sensor.read()
        hear(sensor, wire, b"21.6\n", 3)
        assert sensor.read()[0].fields == {"temperature": 21.6}


def test_the_newest_line_wins_however_many_waited(wire: Wire) -> None:
    with closing(SerialLines(options(wire.path))) as sensor:
        sensor.read()
        for n in range(20):  # far more than the kernel keeps for who does not read
            hear(sensor, wire, b"\n" + b"\n".join(b"%d.25" % (n + k % 7) for k in range(100)), 100 * n + 99)
        hear(sensor, wire, b"\n30.5\n", 2001)
        assert sensor.read()[0].fields == {"temperature": 30.5}
        assert sensor.read() == [], "a line is read once"


def test_a_port_that_is_not_there_is_lost_and_looked_for_again(tmp_path: Path, wire: Wire) -> None:
    port = tmp_path / "ttyUSB0"
    with closing(SerialLines(options(str(port)))) as sensor:
        with pytest.raises(SensorLost, match="ttyUSB0 cannot be opened: No such file or directory"):
            sensor.read()
        port.symlink_to(wire.path)
        assert sensor.read() == []


def test_a_port_that_another_program_has_is_named(wire: Wire) -> None:
    with (
        closing(SerialLines(options(wire.path))) as first,
        closing(SerialLines(options(wire.path))) as second,
    ):
        first.read()
        with pytest.raises(SensorLost, match="another program uses it"):
            second.read()


def test_a_file_that_is_no_port_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "no-port"
    file.touch()
    with (
        closing(SerialLines(options(str(file)))) as sensor,
        pytest.raises(SensorLost, match="no-port cannot be opened"),
    ):
        sensor.read()


def test_a_cut_wire_is_noticed_and_a_new_one_used(tmp_path: Path, wire: Wire) -> None:
    port = tmp_path / "ttyUSB0"
    port.symlink_to(wire.path)
    with closing(SerialLines(options(str(port)))) as sensor:
        sensor.read()
        wire.cut()
        with pytest.raises(SensorLost, match="ttyUSB0 is gone"):
            read_on(sensor)
        other = Wire()
        port.unlink()
        port.symlink_to(other.path)
        sensor.read()
        hear(sensor, other, b"\n7.5\n", 1)
        assert sensor.read()[0].fields == {"temperature": 7.5}
        sensor.close()
        other.cut()


def test_a_device_that_does_not_answer_gives_nothing(wire: Wire) -> None:
    with closing(SerialLines(options(wire.path, ask="?"))) as sensor:
        assert sensor.read() == []


def test_closing_is_quick_and_may_happen_twice(wire: Wire) -> None:
    sensor = SerialLines(options(wire.path))
    sensor.read()
    sensor.close()
    sensor.close()
    assert sensor.lines == 0
