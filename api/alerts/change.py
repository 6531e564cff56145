"""What ``POST /alerts/config`` can say: thresholds of one subject, in whatever unit a person thinks in."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api import questions
from api.problems import Problem
from influx.alert_rules import NO_EVENT, RULES, TEMPERATURE, AlertRule, Side
from influx.config import TagValue
from influx.degrees import celsius
from influx.windows import WindowError

LARGEST = 1_000_000
"""Of any unit a threshold is in: no reading and no age comes near it."""
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]


class SafeTemperature(BaseModel):
    """The range of temperature that is safe; null: the default again."""

    low: Number | None = None
    high: Number | None = None
    unit: Literal["C", "F"] = "C"

    model_config = ConfigDict(extra="forbid")


class Change(BaseModel):
    """What to set of any rule, in its own unit; null: the default again. `off`: never tell of it."""

    low: Number | None = None
    high: Number | None = None
    off: bool | None = None

    model_config = ConfigDict(extra="forbid")


class AlertConfig(BaseModel):
    """What to set, for at most one subject; without one it is for the whole home."""

    pet: TagValue | None = None
    camera: TagValue | None = None
    location: TagValue | None = None
    sensor: TagValue | None = None
    node: TagValue | None = None
    gas: TagValue | None = None
    person: TagValue | None = None
    no_event_threshold: Annotated[
        Annotated[float, Field(strict=True, allow_inf_nan=False)]
        | Annotated[str, Field(max_length=40)]
        | None,
        Field(description="Minutes, or a length such as `2h`; null: the default again."),
    ] = None
    safe_temperature: SafeTemperature | None = Field(
        None, description="Null, or a side of it that is null: the default again."
    )
    rules: Annotated[dict[str, Change], Field(max_length=len(RULES))] = Field(
        default_factory=dict, description="Any rule by its name, as GET tells them."
    )
    mails: Annotated[dict[str, bool], Field(max_length=len(RULES))] = Field(
        default_factory=dict, description="Rules whose mails the caller wants, or does not."
    )

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"pet": "miso", "no_event_threshold": "8h"},
                {"location": "hutch", "safe_temperature": {"low": 60, "high": 75, "unit": "F"}},
            ]
        },
    )


def changes(config: AlertConfig) -> Iterator[tuple[AlertRule, Change]]:
    """What ``config`` sets of which rule; raises ``Problem`` 422 and ``WindowError``."""
    if "no_event_threshold" in config.model_fields_set:
        value = config.no_event_threshold
        high = minutes(value, "no_event_threshold") if isinstance(value, str) else value
        if high is not None and abs(high) > LARGEST:
            raise Problem(422, f"no_event_threshold may be {LARGEST} minutes at most.")
        yield NO_EVENT, Change(high=high)
    if "safe_temperature" in config.model_fields_set:
        yield TEMPERATURE, _in_celsius(config.safe_temperature)
    for name, change in config.rules.items():
        yield rule_named(name), change


def _in_celsius(asked_for: SafeTemperature | None) -> Change:
    if asked_for is None:
        return Change(low=None, high=None)
    sides: dict[str, Any] = {
        side: getattr(asked_for, side) for side in Side if side in asked_for.model_fields_set
    }
    if asked_for.unit == "F":
        sides = {side: None if value is None else celsius(value) for side, value in sides.items()}
    return Change(**sides)


def rule_named(name: str) -> AlertRule:
    """The rule of this name; raises ``Problem`` 422."""
    if name not in RULES:
        raise Problem(422, f"There is no alert rule {name!r:.60}; there are {', '.join(RULES)}.")
    return RULES[name]


def minutes(text: str, name: str) -> float:
    """Minutes that ``text`` says: ``120``, ``2h``, ``90 min``, ``2 hours``, ``PT2H``.

    Raises ``WindowError`` naming ``name``.
    """
    plain = "".join(text.split())
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", plain):
        return float(plain)
    plain = re.sub(
        r"(?i)(?<=[0-9])(minutes?|mins?|hours?|hrs?|days?|weeks?)$", lambda m: m[1][0].lower(), plain
    )
    try:
        return questions.length(plain, name).total_seconds() / 60
    except WindowError:
        raise WindowError(
            f"{name} {text!r:.50} is no length of time; write it like 90 (minutes), 2h or 1d"
        ) from None
