"""Configuration of the store, and the types that every package's section is built from."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)


class Section(BaseModel):
    """A section of hutch.toml: unknown keys are errors, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9_-]{0,46}[a-z0-9])?$")]
"""Names of nodes, sensors, cameras, locations and pets: lower case letters, digits, - and _ within."""
TAG = r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\\]$"
MOST_OF_TAG = 64
TagValue = Annotated[str, Field(min_length=1, max_length=MOST_OF_TAG, pattern=TAG)]
"""What strangers may call what becomes a tag: no control characters, no backslash at its end."""


def _beside(path: Path, info: ValidationInfo) -> Path:
    base: Path | None = (info.context or {}).get("base")
    return path if base is None else (base / path).resolve()


HomePath = Annotated[Path, AfterValidator(_beside)]
"""A file or folder; where it is relative, beside the configuration file that names it."""


def _positive(length: timedelta) -> timedelta:
    if length <= timedelta(0):
        raise ValueError("must be longer than nothing")
    return length


Span = Annotated[timedelta, AfterValidator(_positive)]
"""A length of time: seconds as a number, or ISO 8601 such as "P14D" or "PT5M"."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write one like Europe/Zurich") from None
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]
"""A time zone by its name in the tz database."""


class Retention(Section):
    """How long each bucket keeps its points; nothing stands for ever."""

    readings: Span | None = Field(timedelta(days=14), description="Climate and gas as they were read.")
    health: Span | None = Field(
        timedelta(days=30), description="How nodes, cameras and the pipeline are doing."
    )
    events: Span | None = Field(timedelta(days=730), description="What the pets did.")
    activity: Span | None = Field(timedelta(days=90), description="Where the pets are, every 10 s.")
    journal: Span | None = Field(None, description="Food and drink; kept for ever unless set.")
    settings: Span | None = Field(None, description="Thresholds and the registry; kept for ever unless set.")
    rollup_15m: Span | None = Field(timedelta(days=730), description="15-minute rollups.")
    rollup_1d: Span | None = Field(None, description="Daily rollups; kept for ever unless set.")


DEFAULT_RETENTION = Retention()
"""Where nothing is configured."""


class InfluxSection(Section):
    """Where points are stored."""

    url: str = Field(
        "",
        description="Address of InfluxDB 2; empty: SQLite in the data folder.",
    )
    org: str = Field("hutch", min_length=1, description="Organisation in InfluxDB.")
    token_dir: HomePath = Field(
        Path("secrets/influx"),
        description="Folder with a token a role, as `hutch influx apply` makes them; relative to this file.",
    )
    token_file: HomePath | None = Field(
        None,
        description="File with one token for every role that has none in token_dir; "
        "without it the environment's HUTCH_INFLUX_TOKEN is used.",
    )

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s/]\S*", url):
            raise ValueError(f"{url!r:.80} is no address; write it like http://127.0.0.1:8086")
        return url

    bucket_prefix: str = Field(
        "", pattern=r"^[a-z0-9_-]{0,32}$", description="Put before each bucket's name on a shared server."
    )
    timeout: Span = Field(timedelta(seconds=10), description="How long one answer of InfluxDB may take.")
    retention: Retention = Field(
        default_factory=Retention, description="How long each bucket keeps its points."
    )


class Location(Section):
    """A room or cage, and the range that is safe for who lives in it."""

    name: Name = Field(description="As sensors and cameras refer to it.")
    label: str = Field("", max_length=60, description="What people read; the name where empty.")
    temperature_low: float | None = Field(None, ge=-50, le=80, description="Lowest safe temperature in °C.")
    temperature_high: float | None = Field(None, ge=-50, le=80, description="Highest safe temperature in °C.")
    temperature_disagreement: float = Field(
        2.0, gt=0, le=50, description="Two sensors here that are more °C apart disagree."
    )
    humidity_disagreement: float = Field(
        10.0, gt=0, le=100, description="Two sensors here that are more % of humidity apart disagree."
    )

    @model_validator(mode="after")
    def _ordered(self) -> "Location":
        low, high = self.temperature_low, self.temperature_high
        if low is not None and high is not None and low >= high:
            raise ValueError(f"temperature_low {low:g} must be below temperature_high {high:g}")
        return self

    def disagreement(self, field: str) -> float | None:
        """How far apart sensors here may be, in the unit of ``field``; None where nothing is said of it."""
        return {"temperature": self.temperature_disagreement, "humidity": self.humidity_disagreement}.get(
            field
        )
