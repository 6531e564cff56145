"""What is expected, joined with when it spoke last: the same over both stores."""

import itertools
from collections.abc import Collection
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from influx.config import InfluxSection, Retention
from influx.connect import connect
from influx.points import Point, line, make
from influx.registry import (
    Entry,
    Kind,
    State,
    Thing,
    announcement,
    entries,
    patience,
    retirement,
    told,
)
from influx.schema import CAMERA, ENVIRONMENT, GAS, NODE, PET_EVENT, PIPELINE, ROLLUPS
from influx.store import Store, Tags
from influx.windows import Window
from tests.influx.conftest import FOREVER

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
_nodes = (f"node-{number}" for number in itertools.count())


@pytest.fixture
def node() -> str:
    """The name of a machine that no other test knows."""
    return next(_nodes)


def put(store: Store, *given: Point) -> None:
    for point in given:
        store.write(point.measurement, [line(point)])


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def read(store: Store, node: str, now: datetime = NOW, retention: Retention = FOREVER) -> dict[str, Entry]:
    """The entries of ``node`` by name; everything may be quiet for a minute."""
    found = entries(store, retention, now, lambda thing: timedelta(minutes=1))
    return {entry.thing.name: entry for entry in found if entry.thing.node == node}


def sensor(node: str, name: str = "hat", since: datetime = SINCE) -> Point:
    return announcement(Thing(Kind.SENSOR, name, node), since)


def climate(node: str, moment: datetime, sensor: str = "hat") -> Point:
    tags = {"node": node, "sensor": sensor, "location": "room"}
    return make(ENVIRONMENT, tags, {"temperature": 20.0}, moment)


def test_a_sensor_that_speaks_is_ok_and_one_that_stopped_is_silent(store: Store, node: str) -> None:
    put(store, sensor(node), sensor(node, "stick"))
    put(store, climate(node, ago(seconds=60)), climate(node, ago(hours=5), "stick"))
    found = read(store, node)
    assert found["hat"] == Entry(
        Thing(Kind.SENSOR, "hat", node), SINCE, ago(seconds=60), timedelta(seconds=60), State.OK, missed=False
    )
    assert (found["stick"].state, found["stick"].age, found["stick"].missed) == (
        State.SILENT,
        timedelta(hours=5),
        True,
    )


def test_what_never_spoke_is_seen_and_missed_when_it_had_time_to(store: Store, node: str) -> None:
    put(store, sensor(node, since=ago(seconds=30)))
    put(store, climate("another-node", ago(seconds=1)), climate(node, ago(seconds=1), "another"))
    first, later = read(store, node)["hat"], read(store, node, NOW + timedelta(seconds=31))["hat"]
    assert (first.state, first.heard, first.age, first.missed) == (State.NEVER, None, None, False)
    assert (later.state, later.missed) == (State.NEVER, True)


def test_announcing_again_changes_nothing(store: Store, node: str) -> None:
    put(store, sensor(node))
    before = read(store, node)
    put(store, sensor(node))
    assert read(store, node) == before


def test_what_is_retired_is_not_missed_until_it_is_expected_again(store: Store, node: str) -> None:
    thing = Thing(Kind.SENSOR, "hat", node)
    put(store, sensor(node), retirement(thing, ago(hours=2)))
    assert (read(store, node)["hat"].state, read(store, node)["hat"].missed) == (State.RETIRED, False)
    put(store, sensor(node))
    assert read(store, node)["hat"].state is State.RETIRED, "the same announcement does not undo it"
    put(store, retirement(thing, ago(hours=1), retired=False))
    assert (read(store, node)["hat"].state, read(store, node)["hat"].since) == (State.NEVER, SINCE)
    put(store, retirement(thing, ago(minutes=50)), sensor(node, since=ago(minutes=40)))
    assert read(store, node)["hat"].state is State.NEVER, "configured anew, it is expected again"


def test_what_died_before_the_oldest_reading_is_silent_by_its_rollups(store: Store, node: str) -> None:
    died = datetime(2030, 1, 1, tzinfo=UTC)
    put(store, sensor(node, since=died - timedelta(days=9)))
    rolled_up = {"temperature_mean": 20.0, "temperature_count": 4}
    put(store, make(ROLLUPS["environment"][1], climate(node, died).tags, rolled_up, died))
    found = read(store, node, retention=Retention(rollup_15m=timedelta(days=90)))["hat"]
    assert (found.state, found.heard) == (State.SILENT, died)


@pytest.mark.parametrize("spec", [NODE, PIPELINE], ids=lambda spec: spec.name)
def test_a_node_is_heard_by_its_own_word_and_its_pipeline(store: Store, node: str, spec: object) -> None:
    put(store, announcement(Thing(Kind.NODE, node, node), SINCE))
    if spec is NODE:
        put(store, make(NODE, {"node": node}, {"load": 1.0}, ago(seconds=5)))
    else:
        put(store, make(PIPELINE, {"node": node, "part": "spool"}, {"depth": 1}, ago(seconds=5)))
    assert read(store, node)[node].heard == ago(seconds=5)


def camera(node: str, moment: datetime, state: str) -> Point:
    return make(CAMERA, {"node": node, "camera": "cage"}, {"state": state, "fps": 0.0}, moment)


def test_a_camera_that_says_it_is_lost_is_not_heard(store: Store, node: str) -> None:
    put(store, announcement(Thing(Kind.CAMERA, "cage", node), SINCE))
    put(store, camera(node, ago(seconds=5), "lost"))
    assert read(store, node)["cage"].state is State.NEVER
    put(store, camera(node, ago(hours=3), "running"))
    assert (read(store, node)["cage"].state, read(store, node)["cage"].age) == (
        State.SILENT,
        timedelta(hours=3),
    )
    put(store, camera(node, ago(seconds=2), "running"))
    assert read(store, node)["cage"].state is State.OK


def test_a_pet_is_heard_of_by_any_camera(store: Store, node: str) -> None:
    put(store, announcement(Thing(Kind.PET, f"miso-{node}", node), SINCE))
    tags = {"camera": "cage", "location": "room", "pet": f"miso-{node}", "event_type": "playing"}
    put(store, make(PET_EVENT, tags, {"duration": 1.0}, ago(seconds=9)))
    assert read(store, node)[f"miso-{node}"].heard == ago(seconds=9)


def test_a_gas_sensor_that_is_silent_is_told_from_its_neighbour(store: Store, node: str) -> None:
    put(store, sensor(node, "mq4"), sensor(node, "mq7"), sensor(node, "hat"), climate(node, ago(hours=1)))
    tags = {"node": node, "sensor": "mq4", "gas": "CH4", "channel": "0", "location": "room"}
    put(store, make(GAS, tags, {"concentration": 1.0}, ago(seconds=3)))
    found = read(store, node)
    assert (found["mq4"].heard, found["hat"].heard) == (ago(seconds=3), ago(hours=1))
    assert found["mq7"].state is State.NEVER


def test_two_gas_sensors_of_one_place_do_not_share_a_series(store: Store, node: str) -> None:
    tags = {"node": node, "gas": "CO", "channel": "0", "location": "room"}
    for name, concentration in (("left", 1.0), ("right", 9.0)):
        put(store, make(GAS, tags | {"sensor": name}, {"concentration": concentration}, ago(seconds=3)))
    said = store.latest("gas", Window(ago(minutes=1), NOW), {"node": node})
    assert {point.tags["sensor"]: point.fields["concentration"] for point in said} == {
        "left": 1.0,
        "right": 9.0,
    }


@pytest.mark.parametrize(
    ("interval", "quiet"),
    [(1, 60), (20, 60), (21, 63), (300, 900), (None, 900)],
)
def test_three_readings_may_be_missed_and_a_minute_always(interval: float | None, quiet: float) -> None:
    given = None if interval is None else timedelta(seconds=interval)
    assert patience(Kind.SENSOR, given) == timedelta(seconds=quiet)


def test_nodes_cameras_and_pets_have_patience_of_their_own() -> None:
    quiet = {kind: patience(kind, None).total_seconds() for kind in Kind}
    assert quiet == {Kind.NODE: 90, Kind.CAMERA: 60, Kind.PET: 86_400, Kind.SENSOR: 900}


def test_an_entry_is_told_as_json_has_it() -> None:
    thing = Thing(Kind.SENSOR, "hat", "pi")
    entry = Entry(thing, SINCE, ago(hours=3), timedelta(hours=3), State.SILENT, missed=True)
    assert told(entry) == {
        "kind": "sensor",
        "name": "hat",
        "node": "pi",
        "since": "2031-01-30T12:00:00Z",
        "last_heard": "2031-03-01T09:00:00Z",
        "age": 10_800.0,
        "state": "silent",
        "missed": True,
    }
    never = Entry(thing, SINCE, None, None, State.NEVER, missed=True)
    assert (told(never)["last_heard"], told(never)["age"]) == (None, None)


class Counting:
    """A store that notes how far back it is asked for the newest points of what."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[tuple[str, timedelta, object]] = []

    def latest(
        self, measurement: str, window: Window, tags: Tags | None = None, fields: Collection[str] = ()
    ) -> list[Point]:
        self.asked.append((measurement, NOW - window.start, (tags or {}).get("sensor")))
        return self._store.latest(measurement, window, tags, fields)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_only_what_was_not_heard_within_the_hour_is_looked_for_in_all_that_is_kept(tmp_path: Path) -> None:
    with closing(connect(InfluxSection(retention=FOREVER), tmp_path)) as empty:
        put(empty, sensor("pi"), sensor("pi", "stick"))
        put(empty, climate("pi", ago(seconds=5)), climate("pi", ago(hours=5), "stick"))
        asked = Counting(empty)
        found = read(cast(Store, asked), "pi")
        assert (found["hat"].heard, found["stick"].heard) == (ago(seconds=5), ago(hours=5))
        climates = [(back, names) for name, back, names in asked.asked if name == "environment"]
        first, second = climates
        assert first == (timedelta(hours=1), ("hat", "stick"))
        assert second[0] > timedelta(days=1)
        assert second[1] == ("stick",)
        put(empty, climate("pi", ago(seconds=5), "stick"))
        asked.asked.clear()
        read(cast(Store, asked), "pi")
        assert max(back for name, back, _ in asked.asked if name != "registry") == timedelta(hours=1)
