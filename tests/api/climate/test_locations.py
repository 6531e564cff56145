"""One value for a location with two sensors: by ``GET /locations``, on the overview, and over time."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from collector.config import SensorSection
from influx import points
from influx.points import Point
from influx.registry import Kind, Thing, announcement, retirement
from influx.schema import ENVIRONMENT
from tests.api.home import NOW, Home, serving

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def said(sensor: str, at: datetime, temperature: float, *, node: str = "pi", **more: float) -> Point:
    tags = {"node": node, "sensor": sensor, "location": "hutch"}
    return points.make(ENVIRONMENT, tags, {"temperature": temperature, **more}, at)


@pytest.fixture
def two(home: Home) -> Home:
    """A home whose hutch has a second sensor."""
    sensors = (
        *home.context.sensors,
        SensorSection(kind="dht22", name="pin", location="hutch", interval=timedelta(seconds=10)),
    )
    home.context = replace(home.context, sensors=sensors)
    return home


def words(client: httpx.Client) -> str:
    answer = client.get("/pages/parts/locations")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def value(client: httpx.Client, field: str = "temperature") -> dict[str, Any]:
    (found,) = [value for value in client.get("/locations").json()["values"] if value["field"] == field]
    assert isinstance(found, dict)
    return found


def test_two_sensors_of_a_location_are_one_value(two: Home, client: httpx.Client) -> None:
    two.store(
        said("hat", NOW - 3 * SECOND, 21.0, humidity=40), said("pin", NOW - 9 * SECOND, 21.4, humidity=44)
    )
    assert value(client) == {
        "location": "hutch",
        "field": "temperature",
        "unit": "°C",
        "value": 21.2,
        "age": 9.0,
        "stale": False,
        "spread": 0.4,
        "disagrees": False,
        "sensors": [
            {"sensor": "hat", "value": 21.0, "age": 3.0, "stale": False},
            {"sensor": "pin", "value": 21.4, "age": 9.0, "stale": False},
        ],
    }
    assert value(client, "humidity")["value"] == 42.0
    assert "21.2 °C 42 % humidity" in words(client)
    assert "2 sensors, 0.4 °C apart" in words(client)
    assert "disagree" not in words(client)


def test_sensors_that_disagree_are_a_warning_in_words(two: Home, client: httpx.Client) -> None:
    two.store(said("hat", NOW, 21.0, humidity=40), said("pin", NOW, 24.5, humidity=51))
    assert value(client)["disagrees"] is True
    assert value(client, "humidity")["disagrees"] is True
    assert "Sensors disagree by 3.5 °C: hat 21.0 °C, pin 24.5 °C." in words(client)
    assert "Sensors disagree about humidity by 11 %: hat 40 %, pin 51 %." in words(client)


def test_a_reader_of_fahrenheit_reads_the_spread_in_fahrenheit(two: Home, client: httpx.Client) -> None:
    two.store(said("hat", NOW, 21.0), said("pin", NOW, 24.5))
    client.cookies.set("unit", "F")
    assert "Sensors disagree by 6.3 °F: hat 69.8 °F, pin 76.1 °F." in words(client)


def test_the_configuration_says_how_far_apart_is_too_far(two: Home) -> None:
    lax = tuple(
        location.model_copy(update={"temperature_disagreement": 4.0}) for location in two.context.locations
    )
    two.context = replace(two.context, locations=lax)
    two.store(said("hat", NOW, 21.0), said("pin", NOW, 24.5))
    with serving(two) as client:
        assert value(client)["disagrees"] is False
        assert "2 sensors, 3.5 °C apart" in words(client)


def test_a_silent_sensor_leaves_the_value_to_the_living_one(two: Home, client: httpx.Client) -> None:
    two.store(said("hat", NOW, 21.0), said("pin", NOW - 20 * MINUTE, 35.0, humidity=50))
    shown = value(client)
    assert (shown["value"], shown["stale"], shown["disagrees"]) == (21.0, False, False)
    assert [(one["sensor"], one["stale"]) for one in shown["sensors"]] == [("hat", False), ("pin", True)]
    assert "pin not current, last heard 20 min ago" in words(client)
    assert "Too warm" not in words(client), "an old value is no alarm of now"
    assert "humidity" not in words(client), "nobody measures it now"
    assert value(client, "humidity")["stale"] is True


def test_where_every_sensor_is_silent_the_last_value_is_shown_as_old(two: Home, client: httpx.Client) -> None:
    two.store(said("hat", NOW - 30 * MINUTE, 21.0), said("pin", NOW - 20 * MINUTE, 22.0))
    assert (value(client)["value"], value(client)["stale"]) == (22.0, True)
    assert 'class="value stale"' in client.get("/pages/parts/locations").text
    assert "hat not current, last heard 30 min ago" in words(client)


def test_a_sensor_that_never_spoke_is_told_apart(two: Home, client: httpx.Client) -> None:
    two.store(said("hat", NOW, 21.0))
    assert client.get("/locations").json()["unheard"] == ["pin"]
    assert "pin has not been heard of yet" in words(client)
    assert "hat" in words(client)


def test_a_sensor_that_was_retired_is_not_missed(two: Home, client: httpx.Client) -> None:
    two.store(said("hat", NOW, 21.0), said("pin", NOW - 20 * MINUTE, 35.0, humidity=50))
    pin = Thing(Kind.SENSOR, "pin", "pi")
    two.store(announcement(pin, NOW - 60 * MINUTE), retirement(pin, NOW - 10 * MINUTE))
    assert [one["sensor"] for one in value(client)["sensors"]] == ["hat"]
    assert "pin" not in words(client)
    two.store(said("pin", NOW, 21.0))
    assert [one["sensor"] for one in value(client)["sensors"]] == ["hat", "pin"], "it speaks"


def test_a_sensor_that_was_retired_before_it_spoke_is_not_waited_for(two: Home, client: httpx.Client) -> None:
    pin = Thing(Kind.SENSOR, "pin", "pi")
    two.store(said("hat", NOW, 21.0), retirement(pin, NOW - 10 * MINUTE))
    assert client.get("/locations").json()["unheard"] == []
    assert "pin" not in words(client)


def test_sensors_of_one_name_on_two_nodes_are_two(home: Home, client: httpx.Client) -> None:
    home.store(said("hat", NOW, 21.0), said("hat", NOW, 26.0, node="attic"))
    assert "Sensors disagree by 5.0 °C: hat (attic) 26.0 °C, hat (pi) 21.0 °C." in words(client)


def test_the_locations_of_an_empty_home_have_no_values(empty_client: httpx.Client) -> None:
    answer = empty_client.get("/locations").json()
    assert answer["values"] == []
    assert answer["unheard"] == ["hat"]


def test_history_is_the_median_of_the_sensors_not_of_who_talks_most(two: Home, client: httpx.Client) -> None:
    start = NOW - 10 * MINUTE
    chatty = [said("hat", start + n * 10 * SECOND, 20.0) for n in range(30)]
    two.store(*chatty, said("pin", start, 22.0), said("old", start, 35.0, node="attic"))
    two.store(said("pin", start + 5 * MINUTE, 24.0))
    rows = client.get("/temperature/history").json()
    assert [row["temperature"] for row in rows] == [22.0, 24.0]
