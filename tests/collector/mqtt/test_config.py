"""The section of hutch.toml that names a broker and what is taken from it."""

import pytest
from pydantic import ValidationError

from collector.mqtt.config import MqttSection, TopicSection

TOPIC = {"topic": "a/+/b/+", "sensor": "{1}-{2}", "location": "hutch", "fields": {"temperature": "$.t"}}
GAS = {"measurement": "gas", "fields": {"concentration": "$.c"}}


def why_not(changes: dict[str, object]) -> str:
    with pytest.raises(ValidationError) as caught:
        TopicSection.model_validate(TOPIC | changes)
    (mistake,) = caught.value.errors()
    return mistake["msg"].removeprefix("Value error, ")


@pytest.mark.parametrize("topic", ["", "a/b+", "a/#/b", "a#", "+a", "$SYS/#", "a\x00"])
def test_what_is_no_topic_filter_is_refused(topic: str) -> None:
    assert "no topic filter" in why_not({"topic": topic, "sensor": "s"}) or not topic


@pytest.mark.parametrize("topic", ["a", "#", "+", "a/#", "+/+/#", "/a", "a//b", "Küche/temperatur"])
def test_a_topic_filter_is_taken(topic: str) -> None:
    assert TopicSection.model_validate(TOPIC | {"topic": topic, "sensor": "s"}).topic == topic


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"fields": {"warmth": "$.t"}},
            "has no field 'warmth'; it has temperature, humidity, pressure",
        ),
        ({"fields": {"estimated": "$.t"}}, "environment has no field 'estimated'"),
        (
            {"fields": {"temperature": "temperature"}},
            "'temperature' is no path to one value; write it like",
        ),
        ({"fields": {"temperature": "$..t"}}, "'$..t' is no path to one value"),
        ({"fields": {"temperature": "$[?@.a == 1]"}}, "is no path to one value"),
        ({"fields": {"temperature": "$.a["}}, "is no path to one value"),
        ({"fields": {"temperature": "$.a | $.b"}}, "is no path to one value"),
        ({"fields": {"temperature": "", "humidity": "$.h"}}, "a payload that is a bare number has one field"),
        ({"fields": {"temperature": ""}, "time": "$.at"}, "a payload that is a bare number has one field"),
        ({"units": {"temperature": "hPa"}}, "'hPa' is no unit for what is stored in °C"),
        ({"units": {"warmth": "°F"}}, "environment has no field 'warmth'"),
        ({"units": {"temperature": "$..u"}}, "is no path to one value"),
        ({"time": "at"}, "'at' is no path to one value"),
        ({"time_zone": "Zurich"}, "'Zurich' is no time zone; write one like Europe/Zurich"),
        ({"sensor": ""}, "should have at least 1 character"),
        ({"sensor": "{3}"}, "{3} in '{3}': the topic 'a/+/b/+' has 2 +"),
        ({"sensor": "{name}"}, "{name} in '{name}': the topic 'a/+/b/+' has 2 +"),
        ({"tags": {"gas": "CO"}}, "environment takes no tags beyond sensor and location"),
        (GAS, "tags of gas must be channel, gas"),
        (GAS | {"tags": {"gas": "CO", "channel": "{0}"}}, "{0} in '{0}'"),
    ],
)
def test_an_entry_that_cannot_be_is_refused(changes: dict[str, object], sentence: str) -> None:
    assert sentence in why_not(changes)


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"broker": "localhost"}, "a broker needs [[collector.mqtt.topics]]"),
        ({"topics": [TOPIC]}, "broker is missing; topics need one"),
        ({"broker": "mqtt://x", "topics": [TOPIC]}, "String should match pattern"),
        ({"broker": "x", "topics": [TOPIC], "password_file": "p"}, "password_file needs a username"),
        ({"broker": "x", "topics": [TOPIC], "ca_file": "c"}, "ca_file needs tls = true"),
    ],
)
def test_a_broker_that_cannot_be_is_refused(section: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MqttSection.model_validate(section)
    assert sentence in str(caught.value)


def test_the_port_follows_from_tls() -> None:
    section = {"broker": "x", "topics": [TOPIC]}
    assert MqttSection.model_validate(section).address == ("x", 1883)
    assert MqttSection.model_validate(section | {"tls": True}).address == ("x", 8883)
    assert MqttSection.model_validate(section | {"tls": True, "port": 1}).address == ("x", 1)
