"""One sensor's turns: on schedule, logged once when it fails, and never in another's way."""

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import Stamp
from collector.config import SensorSection
from collector.sampler import Add, Sampler, next_turn
from collector.sensors import Reading, Sensor, SensorLost
from influx.points import Point
from influx.schema import ENVIRONMENT, NODE
from tests.collector.lines import START_NS, Clock
from tests.daemon import wait_until

STEP = float | Exception


class Scripted:
    """A sensor that does what stands next in its script: gives a temperature, or raises."""

    def __init__(self, *script: STEP) -> None:
        self.script = list(script)
        self.closed = False

    def read(self) -> Sequence[Reading]:
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return [Reading(ENVIRONMENT, {"temperature": step}), Reading(NODE, {"load": 1})]

    def close(self) -> None:
        self.closed = True


class Hanging:
    """A sensor that answers only when it is let."""

    def __init__(self) -> None:
        self.asked, self.let = threading.Event(), threading.Event()

    def read(self) -> Sequence[Reading]:
        self.asked.set()
        self.let.wait(30)
        return []

    def close(self) -> None:
        """Nothing to give back."""


class Bench:
    """A sampler over ``sensor``, with clocks that a test sets."""

    def __init__(self, sensor: Sensor, interval: float = 10, add: Add | None = None) -> None:
        self.points: list[Point] = []
        self.stop = threading.Event()
        self.monotonic = Clock(0)
        self.stamp = Stamp(START_NS)
        self.boots: set[str | None] = set()
        self.absent = 0
        self.sensor = sensor
        self.sampler = Sampler(
            SensorSection(kind="scripted", name="attic", location="den"),
            timedelta(seconds=interval),
            node="pi",
            open=self._open,
            add=add or self._add,
            stamp=lambda: self.stamp,
            stop=self.stop,
            monotonic=self.monotonic,
        )

    def _add(self, points: Sequence[Point], *, boot: str | None = None) -> None:
        self.points.extend(points)
        self.boots.add(boot)

    def _open(self) -> Sensor:
        if self.absent:
            self.absent -= 1
            raise SensorLost("not plugged in")
        return self.sensor


def test_a_reading_becomes_points_stamped_when_it_was_read() -> None:
    bench = Bench(Scripted(21.5))
    bench.sampler.sample()
    climate, machine = bench.points
    assert climate.tags == {"node": "pi", "sensor": "attic", "location": "den"}
    assert climate.fields == {"temperature": 21.5}
    assert climate.time_ns == START_NS
    assert bench.boots == {None}
    assert machine.tags == {"node": "pi"}, "a measurement gets the tags it has and no others"


def test_a_reading_of_a_clock_that_is_not_right_says_of_which_boot_it_is() -> None:
    bench = Bench(Scripted(21.5))
    bench.stamp = Stamp(5_000_000_000, boot="boot-1")
    bench.sampler.sample()
    assert bench.boots == {"boot-1"}
    assert [(point.time_ns, "estimated" in point.fields) for point in bench.points] == [
        (5_000_000_000, False)
    ] * 2


def test_a_reading_whose_time_is_a_guess_says_so() -> None:
    bench = Bench(Scripted(21.5))
    bench.stamp = Stamp(START_NS, estimated=True)
    bench.sampler.sample()
    assert [point.fields["estimated"] for point in bench.points] == [True, True]


def test_a_lost_sensor_is_told_once_and_so_is_its_return(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="collector")
    bench = Bench(Scripted(SensorLost("no answer"), SensorLost("no answer"), 20.0, 20.5))
    bench.absent = 2
    for _ in range(6):
        bench.sampler.sample()
    assert [record.message for record in caplog.records] == [
        "Sensor attic gives nothing of use: not plugged in",
        "Sensor attic is back",
    ]
    assert len(bench.points) == 4


def test_a_broken_driver_is_logged_with_its_traceback_once_and_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(Scripted(KeyError("x"), KeyError("x"), 20.0))
    for _ in range(3):
        bench.sampler.sample()
    assert len([record for record in caplog.records if record.exc_info]) == 1
    assert len(bench.points) == 2


def test_a_value_that_cannot_be_true_is_refused_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(Scripted(500.0, 500.0))
    bench.sampler.sample()
    bench.sampler.sample()
    assert [point.measurement for point in bench.points] == ["node", "node"], "the good reading went along"
    (record,) = caplog.records
    assert "environment.temperature is 500 °C" in record.message


def test_a_sensor_that_hangs_is_told_once_and_so_is_its_answer(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="collector")
    sensor = Hanging()
    bench = Bench(sensor)
    thread = threading.Thread(target=bench.sampler.sample)
    thread.start()
    assert sensor.asked.wait(5)
    bench.sampler.watch()
    bench.monotonic.seconds = 31
    bench.sampler.watch()
    bench.sampler.watch()
    sensor.let.set()
    thread.join()
    bench.sampler.watch()
    assert [record.message for record in caplog.records] == [
        "Sensor attic has not answered for 30 s",
        "Sensor attic answers again",
    ]


def test_a_hanging_sensor_delays_no_other() -> None:
    hanging = Bench(Hanging(), interval=0.1)
    lively = Bench(Scripted(*[20.0] * 1000), interval=0.1)
    lively.sampler = Sampler(
        SensorSection(kind="scripted", name="lively", location="den"),
        timedelta(seconds=0.1),
        node="pi",
        open=lambda: lively.sensor,
        add=lively._add,
        stamp=lambda: lively.stamp,
        stop=lively.stop,
    )
    threads = [threading.Thread(target=bench.sampler.run, daemon=True) for bench in (hanging, lively)]
    for thread in threads:
        thread.start()
    try:
        assert wait_until(lambda: len(lively.points) >= 6, 10)
    finally:
        lively.stop.set()
        hanging.stop.set()
        assert isinstance(hanging.sensor, Hanging)
        hanging.sensor.let.set()
        for thread in threads:
            thread.join(5)
    assert isinstance(lively.sensor, Scripted)
    assert lively.sensor.closed


@given(st.floats(0, 1e6), st.floats(0.1, 86_400), st.floats(0, 1e6))
def test_the_next_turn_is_soon_but_never_past_and_on_the_beat(
    due: float, interval: float, late: float
) -> None:
    now = due + late
    following = next_turn(due, interval, now)
    assert now <= following <= now + interval * (1 + 1e-6) + 1e-6
    beats = (following - due) / interval
    assert beats == pytest.approx(round(beats), abs=1e-3)
    assert round(beats) >= 1


def test_turns_missed_in_sleep_are_not_made_up_for() -> None:
    assert next_turn(100, 10, 100.2) == 110
    assert next_turn(100, 10, 3605) == 3610
