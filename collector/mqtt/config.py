"""Configuration of what is taken from an MQTT broker."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from collector.json_path import compiled
from collector.units import check_unit
from influx.config import HomePath, Name, Section, ZoneName
from influx.schema import MEASUREMENTS
from influx.words import FieldType

_FILTER = re.compile(r"(?!\$)(?:\+|[^+#/\x00-\x1f]*)(?:/(?:\+|[^+#/\x00-\x1f]*))*(?:(?<![^/])#)?")
_LEVEL = re.compile(r"\{([^{}]*)\}")
_OWN_TAGS = ("node", "sensor", "location")


def _json_path(path: str) -> str:
    if path:
        compiled(path)
    return path


JsonPath = Annotated[str, AfterValidator(_json_path)]
"""A JSON path to one value; empty: the payload is the value."""


class TopicSection(Section):
    """What the messages of a topic say. ``{1}`` in a name stands for what the first ``+`` matched."""

    topic: str = Field(
        min_length=1, max_length=256, description="Topic filter; + is any one level, # any at the end."
    )
    measurement: Literal["environment", "gas"] = Field("environment", description="environment or gas.")
    sensor: str = Field(
        min_length=1, max_length=100, description="The sensor's name; {1} is what the first + matched."
    )
    location: Name = Field(description="Where it is: the name of a location.")
    fields: dict[str, JsonPath] = Field(
        min_length=1, description='JSON path of each field; "" where the payload is a bare number.'
    )
    units: dict[str, str] = Field(
        {}, description="Unit of a field that comes in another than ours, or the path to its name."
    )
    tags: dict[str, str] = Field({}, description="The tags gas and channel, where measurement is gas.")
    time: JsonPath | None = Field(
        None, min_length=1, description="JSON path of the time of the reading; its arrival where unset."
    )
    time_zone: ZoneName | None = Field(
        None, description="Zone of times that name none, such as Europe/Zurich."
    )

    @property
    def is_for_many(self) -> bool:
        """Whether the sensor's name depends on the topic of the message."""
        return _LEVEL.search(self.sensor) is not None

    @field_validator("topic")
    @classmethod
    def _is_a_filter(cls, topic: str) -> str:
        if not _FILTER.fullmatch(topic):
            raise ValueError(
                f"{topic!r} is no topic filter; + stands for one whole level, # for all after the last /"
            )
        return topic

    @model_validator(mode="after")
    def _fits_the_vocabulary(self) -> "TopicSection":
        spec = MEASUREMENTS[self.measurement]
        numbers = {field.name: field.unit for field in spec.fields if field.type is FieldType.FLOAT}
        for name in (*self.fields, *self.units):
            if name not in numbers:
                raise ValueError(f"{self.measurement} has no field {name!r}; it has {', '.join(numbers)}")
        for name, unit in self.units.items():
            if unit.startswith("$"):
                compiled(unit)
            else:
                check_unit(unit, numbers[name])
        self._check_tags(set(spec.tag_names))
        paths = [*self.fields.values(), *(unit for unit in self.units.values() if unit.startswith("$"))]
        if "" in paths and (len(paths) > 1 or self.time):
            raise ValueError(
                "a payload that is a bare number has one field, and neither units by path nor time"
            )
        return self

    def _check_tags(self, known: set[str]) -> None:
        wanted = known - set(_OWN_TAGS)
        if wanted != self.tags.keys():
            raise ValueError(
                f"tags of {self.measurement} must be {', '.join(sorted(wanted))}"
                if wanted
                else f"{self.measurement} takes no tags beyond sensor and location"
            )
        levels = self.topic.split("/").count("+")
        for text in (self.sensor, *self.tags.values()):
            for number in _LEVEL.findall(text):
                if not number.isdecimal() or not 1 <= int(number) <= levels:
                    raise ValueError(f"{{{number}}} in {text!r}: the topic {self.topic!r} has {levels} +")


def fill(text: str, levels: tuple[str, ...]) -> str:
    """``text`` with ``{1}``, ``{2}``, ... replaced by what each + of the topic matched."""
    return _LEVEL.sub(lambda found: levels[int(found[1]) - 1], text)


class MqttSection(Section):
    """A broker to listen to."""

    broker: str = Field(
        "", pattern=r"^[^\s/:@]*$", description="Host name or address of the MQTT broker; empty: none."
    )
    port: int | None = Field(None, ge=1, le=65535, description="Its port; 1883 where unset, 8883 with tls.")
    username: str = Field("", description="User name at the broker; empty: none.")
    password_file: HomePath | None = Field(None, description="File that holds the password.")
    tls: bool = Field(False, description="Speak TLS to the broker.")
    ca_file: HomePath | None = Field(
        None, description="Certificates that the broker's must descend from; the system's where unset."
    )
    client_id: str = Field(
        "", max_length=64, description="How the broker knows this subscriber; hutch-<node> where empty."
    )
    topics: tuple[TopicSection, ...] = Field((), description="What is taken, and what it says.")

    @model_validator(mode="after")
    def _complete(self) -> "MqttSection":
        if self.broker and not self.topics:
            raise ValueError("a broker needs [[collector.mqtt.topics]], what is taken from it")
        if self.topics and not self.broker:
            raise ValueError("broker is missing; topics need one")
        if self.password_file and not self.username:
            raise ValueError("password_file needs a username")
        if self.ca_file and not self.tls:
            raise ValueError("ca_file needs tls = true")
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.broker, self.port or (8883 if self.tls else 1883)
