"""Loading hutch.toml: one file, a section per package, every mistake named by file, section and key."""

import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from api.config import ApiSection, address
from collector.config import CollectorSection
from hutch.alerting.config import AlertsSection
from hutch.grafana.config import GrafanaSection
from influx.config import HomePath, InfluxSection, Location, Name, Section, ZoneName
from vision.config import VisionSection


class ConfigError(Exception):
    """What is wrong with the configuration, one line a mistake."""


def host_name() -> str:
    """This machine's host name as the name of a node."""
    name = "".join(c if c.isalnum() else "-" for c in socket.gethostname().split(".")[0].lower()).strip("-")
    name = name[:48].strip("-")
    return name if name.isascii() and name else "home"


class Config(Section):
    """All of hutch.toml."""

    node: Name = Field(
        default_factory=host_name, description="Name of this machine; its host name where unset."
    )
    data_dir: HomePath = Field(
        Path("data"), description="Folder for everything Hutch keeps; relative to this file."
    )
    timezone: ZoneName = Field("UTC", description="The home's time zone, such as Europe/Zurich.")
    locations: tuple[Location, ...] = Field((), description="Rooms and cages.")
    influx: InfluxSection = Field(default_factory=InfluxSection, description="Where points are stored.")
    collector: CollectorSection = Field(default_factory=CollectorSection, description="Sensors.")
    vision: VisionSection = Field(default_factory=VisionSection, description="Cameras.")
    api: ApiSection = Field(default_factory=ApiSection, description="The API and its pages.")
    alerts: AlertsSection = Field(
        default_factory=AlertsSection, description="When something is wrong: who looks, and who is told."
    )
    grafana: GrafanaSection = Field(
        default_factory=GrafanaSection, description="The Grafana that clips are shown in."
    )

    @property
    def labels(self) -> dict[str, str]:
        """What people call locations, by their names; those that they call something."""
        return {location.name: location.label for location in self.locations if location.label}

    @property
    def pages_url(self) -> str:
        """Where others find the pages: what letters and Grafana lead to."""
        host = self.api.host
        if host in ("0.0.0.0", "::"):  # noqa: S104 -- compared, not listened on
            host = self.node
        return self.api.public_url or address(host, self.api.port)

    @model_validator(mode="after")
    def _names_agree(self) -> "Config":
        mistakes: list[str] = []
        for what, names in (
            ("location", [location.name for location in self.locations]),
            ("sensor", [sensor.name for sensor in self.collector.sensors]),
            ("camera", [camera.name for camera in self.vision.cameras]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            mistakes += [f"two {what}s are called {name!r}; each needs a name of its own" for name in twice]
        known = {location.name for location in self.locations}
        places = [(sensor.name, sensor.location) for sensor in self.collector.sensors]
        places += [(camera.name, camera.location) for camera in self.vision.cameras]
        places += [(topic.topic, topic.location) for topic in self.collector.mqtt.topics]
        mistakes += [
            f"location {place!r} of {name!r} is not the name of any of the [[locations]]"
            for name, place in places
            if place is not None and place not in known
        ]
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self


def load(path: Path) -> Config:
    """The configuration in ``path``; raises ``ConfigError`` naming file, section and key of each mistake."""
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
    except OSError as error:
        advice = "; write it, or name another file" if isinstance(error, FileNotFoundError) else ""
        raise ConfigError(f"{path}: cannot be read: {error.strerror}{advice}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is no TOML: {error}") from None
    return parse(raw, str(path), base=path.parent)


def parse(raw: dict[str, Any], origin: str, *, base: Path | None = None) -> Config:
    """The configuration that ``raw`` says; ``origin`` stands in the messages of ``ConfigError``.

    Relative files and folders are in ``base`` where it is given.
    """
    try:
        return Config.model_validate(raw, context={"base": base})
    except ValidationError as error:
        lines = (line for mistake in error.errors() for line in _sentences(origin, dict(mistake)))
        raise ConfigError("\n".join(lines)) from None


def _sentences(origin: str, mistake: dict[str, Any]) -> Iterator[str]:
    """Usually one; a check of several keys together tells each of its mistakes in a line of its own."""
    unknown = mistake["type"] in ("extra_forbidden", "unexpected_keyword_argument")
    message = "unknown key" if unknown else mistake["msg"]
    where = " ".join([f"{origin}:", *_place(mistake["loc"])]).removesuffix(":")
    for line in message.removeprefix("Value error, ").split("\n"):
        yield f"{where}: {line[:1].lower()}{line[1:]}"


def _place(parts: tuple[str | int, ...]) -> Iterator[str]:
    """Section and key as they stand in the file: ``[api] port``, ``[[locations]] number 2: name``."""
    for index, part in enumerate(parts):
        if isinstance(part, int):
            yield f"[[{'.'.join(map(str, parts[:index]))}]] number {part + 1}:"
            yield from _place(parts[index + 1 :])
            return
    if len(parts) > 1:
        yield f"[{'.'.join(map(str, parts[:-1]))}]"
    if parts:
        yield str(parts[-1])
