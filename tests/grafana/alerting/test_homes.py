"""What the queries of alert rules say of whole homes: empty ones, long seeded ones, and who lives in them."""

from datetime import timedelta

import pytest

from grafana.alerting.what import What
from influx.alert_rules import SubjectKind
from influx.points import make
from influx.registry import Kind
from influx.rules import RULES
from influx.schema import PET_EVENT
from tests.grafana.alerting.room import START, Alarms, Room, told
from tests.grafana.conftest import Lived

ASKED = [(name, kind) for name, rule in RULES.items() for kind in rule.kinds if name != "store"]
_MINUTE = timedelta(minutes=1)


def test_in_an_empty_home_nothing_is_told_and_nothing_fails(room: Room) -> None:
    for name, kind in ASKED:
        assert room.told(name, kind, START) == {}, (name, kind)


@pytest.mark.parametrize(("name", "kind"), ASKED)
def test_every_query_tells_of_a_lived_in_home_what_grafana_needs(
    lived: Lived, name: str, kind: SubjectKind
) -> None:
    told(lived.ask, name, kind, lived.home, lived.seeded.now)


def test_who_lives_at_a_location_narrows_its_range_until_it_is_elsewhere_or_retired(room: Room) -> None:
    alarms = Alarms(room, "temperature", SubjectKind.LOCATION)
    room.put([room.climate(START - _MINUTE, temperature=22)])
    room.expect(Kind.PET)
    room.set("temperature", SubjectKind.PET, high=21.0)
    alarms.check(START)
    assert not alarms.firing, "nobody has seen the pet there"
    room.put([room.event(START - timedelta(days=20))])
    alarms.check(START)
    assert alarms.firing == {room.location}
    room.set("temperature", SubjectKind.LOCATION, high=25.0)
    room.set("temperature", SubjectKind.CAMERA, low=22.5)
    alarms.check(START)
    assert alarms.firing == {room.location}, "where nothing is safe by all it is as it was"
    room.set("temperature", SubjectKind.PET, off=True)
    alarms.check(START)
    room.set("temperature", SubjectKind.PET, off=False)
    elsewhere = {"camera": "other", "location": "elsewhere", "pet": room.pet, "event_type": "passing"}
    room.put([make(PET_EVENT, elsewhere, {"event_id": "x", "duration": 1.0}, START - timedelta(days=19))])
    alarms.check(START)
    room.put([room.event(START - timedelta(days=18))])
    alarms.check(START)
    room.retire(Kind.PET)
    alarms.check(START)


@pytest.mark.parametrize(
    "fields",
    [{"low": 18.0}, {"high": 12.0}, {"low": 26.0}, {"low": 20.0, "high": 19.0}, {"low": 23.8, "high": 24.0}],
    ids=str,
)
def test_what_was_set_counts_alone_where_it_is_no_range_with_the_rest(
    room: Room, fields: dict[str, float]
) -> None:
    alarms = Alarms(room, "temperature", SubjectKind.LOCATION)
    room.set("temperature", SubjectKind.LOCATION, "", **fields)
    for number, value in enumerate((5, 15.6, 18, 19.5, 23.9, 23.95, 26.1)):
        now = START + number * _MINUTE
        room.put([room.climate(now - _MINUTE / 3, temperature=value)])
        alarms.check(now)
    assert alarms.found[room.location].threshold is not None


def test_exactly_at_a_threshold_and_at_its_margin_it_stays_what_it_was(room: Room) -> None:
    alarms = Alarms(room, "temperature", SubjectKind.LOCATION)
    values = (23.9, 23.900001, 23.9, 23.61, 23.59, 23.9, 15.6, 15.599999, 15.6, 15.91)
    fired = []
    for number, value in enumerate(values):
        now = START + number * _MINUTE
        room.put([room.climate(now - _MINUTE / 3, temperature=value)])
        alarms.check(now)
        fired.append(bool(alarms.firing))
    assert fired == [False, True, True, True, False, False, False, True, True, False]


def test_a_dead_sensor_holds_the_all_clear_back(room: Room) -> None:
    alarms = Alarms(room, "temperature", SubjectKind.LOCATION)
    for number in range(30):
        now = START + number * _MINUTE
        room.put([room.climate(now - _MINUTE / 3, "b", temperature=20)])
        if number in (3, 4):
            room.put([room.climate(now - _MINUTE / 3, "a", temperature=26)])
        alarms.check(now)
        assert (room.location in alarms.firing) is (number >= 3)


def test_a_device_whose_clock_runs_ahead_is_heard_at_once(room: Room) -> None:
    alarms = Alarms(room, "temperature", SubjectKind.LOCATION)
    for number, value in enumerate((22, 26, 23.8, 20)):
        now = START + number * _MINUTE
        room.put([room.climate(now + 3 * _MINUTE, temperature=value)])
        alarms.look(now)
        said = room.told("temperature", SubjectKind.LOCATION, now)
        if number != 2:
            assert (said[room.location][What.STATE] == 1) is (room.location in alarms.firing) is (number == 1)
