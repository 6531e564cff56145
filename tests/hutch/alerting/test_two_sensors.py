"""Two sensors in one room, from what they say to what is told: the animal may sit at either."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from influx.config import InfluxSection
from influx.connect import connect
from influx.points import make
from influx.registry import Kind, Thing, announcement, retirement
from influx.schema import ENVIRONMENT
from tests.hutch.alerting.home import LOOK, Told
from tests.influx.conftest import FOREVER

MINUTE = timedelta(minutes=1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Told]:
    with closing(connect(InfluxSection(retention=FOREVER), tmp_path)) as store:
        home = Told(store, tmp_path, 25)
        for sensor in ("warm", "cool"):
            home.put(announcement(Thing(Kind.SENSOR, sensor, "pi"), home.now - timedelta(days=3)))
        yield home


def goes_on(home: Told, lasts: timedelta, **said: float) -> None:
    """Time passes with a look every 20 s; each sensor of ``said`` reads its temperature before each."""
    end = home.now + lasts
    while home.now < end:
        for sensor, temperature in said.items():
            tags = {"node": "pi", "sensor": sensor, "location": "hutch"}
            home.put(make(ENVIRONMENT, tags, {"temperature": temperature}, home.now))
        home.watch.look()
        home.now += LOOK


def of_the_room(home: Told) -> list[str]:
    """What was told of its temperature, in the order in which it was."""
    told = [line for letter in home.book.read().letters for line in letter.text.splitlines()]
    return [line for line in told if "is too warm" in line or "safe temperature" in line]


def test_the_warm_end_of_a_room_is_told_though_the_mean_is_fine(home: Told) -> None:
    goes_on(home, MINUTE, warm=29, cool=18)
    assert of_the_room(home) == ["The hutch is too warm: 29.0 °C"]


def test_a_sensor_that_dies_hot_is_no_all_clear_until_it_is_cool_again(home: Told) -> None:
    goes_on(home, MINUTE, warm=31, cool=20)
    goes_on(home, 30 * MINUTE, cool=20)
    assert of_the_room(home) == ["The hutch is too warm: 31.0 °C"]
    goes_on(home, MINUTE, warm=21, cool=20)
    assert of_the_room(home)[1:] == ["The hutch has a safe temperature again: 21.0 °C"]


def test_a_sensor_that_died_hot_and_is_retired_holds_nothing_back(home: Told) -> None:
    goes_on(home, MINUTE, warm=31, cool=20)
    goes_on(home, 30 * MINUTE, cool=20)
    home.put(retirement(Thing(Kind.SENSOR, "warm", "pi"), home.now))
    goes_on(home, MINUTE, cool=20)
    assert of_the_room(home)[1:] == ["The hutch has a safe temperature again: 20.0 °C"]


def test_one_reading_and_then_nothing_is_a_letter_within_90_seconds(home: Told) -> None:
    start = home.now
    goes_on(home, LOOK, warm=85)
    goes_on(home, timedelta(seconds=80))
    assert of_the_room(home) == ["The hutch is too warm: 85.0 °C"]
    assert home.book.read().letters[0].made - start <= timedelta(seconds=70)
