"""Random walks along thresholds: on the edge, or silent, an alarm stays what it is where Hutch leaves it."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from influx.alert_rules import SubjectKind
from influx.points import Point, make
from influx.registry import Kind, Thing
from influx.schema import GAS
from tests.grafana.alerting.room import START, Alarms, Room

_LOOKS = 45
_MINUTE = timedelta(minutes=1)


def _walk(chance: random.Random, start: float, step: float) -> Iterator[float | None]:
    """Values near each other, with silences of some minutes, and one long enough to be called silent."""
    value, silent = start, 0
    while True:
        value += chance.uniform(-step, step) + (start - value) / 8
        if silent == 0 and chance.random() < 0.06:
            silent = chance.choice((2, 3, 18))
        silent = max(0, silent - 1)
        yield None if silent else round(value, 2)


@pytest.mark.parametrize("seed", range(3))
def test_of_one_two_and_three_sensors_hutch_and_grafana_say_the_same(room: Room, seed: int) -> None:
    chance = random.Random(seed)
    # By the name of the location, of which only the room's has a range: 15.6 to 23.9.
    alarms = Alarms(room, "temperature", SubjectKind.LOCATION)
    slow = Thing(Kind.SENSOR, "c", room.node)
    room.patience[slow] = timedelta(minutes=30)
    sensors = {name: _walk(chance, 23.6, 0.5) for name in ("a", "b", "c")[: seed + 1]}
    fired = 0
    for number in range(_LOOKS):
        now = START + number * _MINUTE
        ago = timedelta(seconds=chance.randrange(1, 60))
        values = {name: next(walk) for name, walk in sensors.items()}
        room.put(room.climate(now - ago, name, temperature=value) for name, value in values.items() if value)
        alarms.check(now)
        fired += bool(alarms.firing)
    assert 0 < fired < _LOOKS, "a walk that tells nothing"


def test_a_gas_is_judged_at_each_place(room: Room) -> None:
    chance = random.Random(5)
    alarms = Alarms(room, "gas", SubjectKind.GAS)
    walk, fired = _walk(chance, 33.5, 4), 0
    for number in range(_LOOKS):
        now, value = START + number * _MINUTE, next(walk)
        tags = {"node": room.node, "sensor": "mq", "gas": "CO", "channel": "0", "location": room.location}
        given: list[Point] = (
            [] if value is None else [make(GAS, tags, {"concentration": value}, now - _MINUTE / 3)]
        )
        room.put(given)
        alarms.check(now)
        fired += bool(alarms.firing)
    assert 0 < fired < _LOOKS, "a walk that tells nothing"


def test_a_picture_at_the_edge_of_black_stays_what_it_was(room: Room) -> None:
    chance = random.Random(2)
    alarms = Alarms(room, "dark", SubjectKind.CAMERA)
    walk, fired = _walk(chance, 0.012, 0.004), 0
    for number in range(_LOOKS):
        now, value = START + number * _MINUTE, next(walk)
        luma = None if value is None else chance.uniform(0.006, 0.018)
        room.put([] if luma is None else [room.picture(now - _MINUTE / 3, luma=luma)])
        alarms.check(now)
        fired += bool(alarms.firing)
    assert 0 < fired < _LOOKS, "a walk that tells nothing"
