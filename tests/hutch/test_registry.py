"""``hutch registry`` as a user runs it, over the embedded store."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hutch.config import parse
from hutch.expected import expected
from influx.embedded import EmbeddedStore
from influx.points import line, make
from influx.registry import Kind, Thing, announcement
from influx.schema import ENVIRONMENT
from tests.hutch.test_commands import hutch, one_sentence

CONFIG: dict[str, Any] = {
    "node": "pi",
    "locations": [{"name": "room"}],
    "collector": {
        "sensors": [
            {"kind": "simulated", "name": "hat", "location": "room"},
            {"kind": "host", "name": "host"},
        ]
    },
    "vision": {"cameras": [{"kind": "scripted", "name": "cage", "location": "room"}]},
}


def test_what_is_configured_is_expected_and_the_host_sensor_is_the_node() -> None:
    assert expected(parse(CONFIG, "test")) == (
        Thing(Kind.SENSOR, "hat", "pi"),
        Thing(Kind.CAMERA, "cage", "pi"),
        Thing(Kind.NODE, "pi", "pi"),
    )
    assert expected(parse({"node": "pi"}, "test")) == (), "a machine that looks after nothing is not missed"


def test_a_sensor_that_mqtt_brings_under_a_fixed_name_is_expected() -> None:
    def topic(name: str, sensor: str, field: str) -> dict[str, Any]:
        return {"topic": name, "sensor": sensor, "location": "room", "fields": {field: "$.x"}}

    topics = [
        topic("zigbee2mqtt/cot", "cot", "temperature"),
        topic("zigbee2mqtt/cot", "cot", "humidity"),
        topic("tele/+/SENSOR", "tasmota-{1}", "temperature"),
    ]
    mqtt = {"broker": "localhost", "topics": topics}
    config = {"node": "pi", "locations": [{"name": "room"}], "collector": {"mqtt": mqtt}}
    assert expected(parse(config, "test")) == (
        Thing(Kind.SENSOR, "cot", "pi"),
        Thing(Kind.NODE, "pi", "pi"),
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "hutch.toml").write_text("node = 'pi'\ndata_dir = 'data'\n")
    things = [
        Thing(Kind.SENSOR, "hat", "pi"),
        Thing(Kind.SENSOR, "hat", "attic"),
        Thing(Kind.CAMERA, "cage", "pi"),
    ]
    now = datetime.now(UTC)  # not when the file was read, which in a long run is long ago
    tags = {"node": "pi", "sensor": "hat", "location": "room"}
    with closing(EmbeddedStore(tmp_path / "data" / "points.sqlite")) as store:
        store.write("registry", [line(announcement(thing, now - timedelta(days=1))) for thing in things])
        store.write("environment", [line(make(ENVIRONMENT, tags, {"temperature": 20.0}, now))])
    return tmp_path


def listed(home: Path) -> dict[str, str]:
    ended = hutch("registry", "list", "--json", cwd=home)
    assert ended.returncode == 0, ended.stderr
    found = [json.loads(text) for text in ended.stdout.splitlines()]
    return {f"{one['kind']} {one['name']} {one['node']}": one["state"] for one in found}


def test_the_list_says_who_is_heard(home: Path) -> None:
    assert listed(home) == {"sensor hat attic": "never", "sensor hat pi": "ok", "camera cage pi": "never"}
    table = hutch("registry", "list", cwd=home).stdout
    assert all(word in table for word in ("hat", "attic", "cage", "never", "ok"))


def test_what_is_retired_is_expected_again_when_that_is_undone(home: Path) -> None:
    ended = hutch("registry", "retire", "camera", "cage", cwd=home)
    assert ended.stdout == "camera cage of pi is no longer expected\n", ended.stderr
    assert listed(home)["camera cage pi"] == "retired"
    ended = hutch("registry", "retire", "camera", "cage", "--undo", cwd=home)
    assert ended.stdout == "camera cage of pi is expected again\n", ended.stderr
    assert listed(home)["camera cage pi"] == "never"


def test_a_name_that_two_machines_have_needs_the_machine(home: Path) -> None:
    told = one_sentence(hutch("registry", "retire", "sensor", "hat", cwd=home))
    assert told == "hutch: attic, pi each have a sensor hat; name one with --node"
    assert hutch("registry", "retire", "sensor", "hat", "--node", "attic", cwd=home).returncode == 0
    assert listed(home)["sensor hat attic"] == "retired"


def test_a_node_is_of_nobody(home: Path) -> None:
    with closing(EmbeddedStore(home / "data" / "points.sqlite")) as store:
        store.write("registry", [line(announcement(Thing(Kind.NODE, "attic", "attic"), datetime.now(UTC)))])
    ended = hutch("registry", "retire", "node", "attic", cwd=home)
    assert ended.stdout == "node attic is no longer expected\n", ended.stderr


def test_what_is_retired_is_heard_all_the_same(home: Path) -> None:
    assert hutch("registry", "retire", "sensor", "hat", "--node", "pi", cwd=home).returncode == 0
    told = [json.loads(text) for text in hutch("registry", "list", "--json", cwd=home).stdout.splitlines()]
    (hat,) = [one for one in told if (one["name"], one["node"]) == ("hat", "pi")]
    assert (hat["state"], hat["missed"]) == ("retired", False)
    assert hat["last_heard"] is not None


def test_what_is_not_registered_cannot_be_retired(home: Path) -> None:
    told = one_sentence(hutch("registry", "retire", "pet", "miso", "--node", "pi", cwd=home))
    assert told == "hutch: no pet miso of pi is registered; `hutch registry list` lists what is"
