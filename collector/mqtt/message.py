"""What a message says: a topic and a payload become points, or a sentence on what is wrong with it."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from collector.clock import EARLIEST, Stamp
from collector.json_path import value_at
from collector.mqtt.config import TopicSection, fill
from collector.sampler import ESTIMATED
from collector.units import UnitError, to_stored
from influx import points
from influx.buckets import refusal
from influx.config import DEFAULT_RETENTION, Retention
from influx.points import FieldValue, Point, PointError, to_datetime
from influx.schema import MEASUREMENTS

MOST_BYTES = 64 * 1024
"""Bytes of a payload; what devices send has hundreds."""
_MILLISECONDS = 1e11
"""From here on a number is a time in ms, below in s: as seconds it would be the year 5138."""


class BadMessage(ValueError):
    """A message that says nothing of use, in one sentence."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came. ``late`` says that it may have waited at the broker for nobody knows how long."""

    topic: str
    payload: bytes
    arrived: Stamp
    retained: bool = False
    late: bool = False


class Dated(NamedTuple):
    """A point, and the boot that its time counts from where that is not 1970."""

    point: Point
    boot: str | None


class Translator:
    """Makes points of messages, as one entry of ``[[collector.mqtt.topics]]`` says.

    While our clock is right, a time that ``retention`` does not keep, or in the future, is refused.
    """

    def __init__(self, section: TopicSection, node: str, retention: Retention = DEFAULT_RETENTION) -> None:
        self.topic = section.topic
        self._section = section
        self._spec = MEASUREMENTS[section.measurement]
        self._node = node
        self._retention = retention
        self._pattern = _pattern(section.topic)
        self._zone = ZoneInfo(section.time_zone) if section.time_zone else None

    def read(self, message: Message) -> Dated | None:
        """The point of ``message``; None where it is of another topic or another device.

        A retained message without a time of its own is as old as it likes, so it makes none either; one that
        is ``late`` makes a point that is marked ``estimated``. Raises ``BadMessage``.
        """
        found = self._pattern.fullmatch(message.topic)
        if found is None:
            return None
        document = _document(message.payload, bare="" in self._section.fields.values())
        fields: dict[str, FieldValue | None] = dict(self._values(document))
        if not any(value is not None for value in fields.values()):
            if found.groups() or self._section.topic.endswith("#"):
                return None  # of another device that publishes beside ours
            raise BadMessage(f"nothing in it at {', '.join(self._section.fields.values())}")
        own_time = self._own_time(document, message.arrived)
        if own_time is None and message.retained:
            return None
        if own_time is None and (message.late or message.arrived.estimated):
            fields |= ESTIMATED
        boot = message.arrived.boot if own_time is None else None
        time = message.arrived.time_ns if own_time is None else own_time
        try:
            return Dated(points.make(self._spec, self._tags(found.groups()), fields, time), boot)
        except PointError as error:
            raise BadMessage(str(error)) from None

    def _values(self, document: Any) -> dict[str, float | None]:
        values: dict[str, float | None] = {}
        for name, path in self._section.fields.items():
            value = _number(name, value_at(path, document) if path else document)
            unit = self._section.units.get(name, "")
            if unit.startswith("$"):
                unit = str(value_at(unit, document) or "")
            if value is not None and unit:
                try:
                    value = to_stored(value, unit, self._spec.field(name).unit)
                except UnitError as error:
                    raise BadMessage(f"{name}: {error}") from None
            values[name] = value
        return values

    def _tags(self, levels: tuple[str, ...]) -> dict[str, str]:
        section = self._section
        named = {name: fill(text, levels) for name, text in section.tags.items()}
        return named | {
            "node": self._node,
            "sensor": fill(section.sensor, levels),
            "location": section.location,
        }

    def _own_time(self, document: Any, arrived: Stamp) -> datetime | None:
        value = value_at(self._section.time, document) if self._section.time else None
        if value is None:
            return None
        # Where our own clock is not right, the device's may be.
        now = to_datetime(arrived.time_ns) if arrived.boot is None and not arrived.estimated else None
        time = _moment(value, self._zone, now)
        if time.timestamp() < EARLIEST:
            raise BadMessage(f"its time {time.isoformat()} cannot be; set the device's clock")
        if now is not None:
            reason = refusal(self._spec.name, points.to_ns(time), now.timestamp(), self._retention)
            if reason is not None:
                raise BadMessage(reason)
        return time


def _pattern(topic: str) -> re.Pattern[str]:
    """A pattern for topics that a filter takes, with a group for what each + matched."""
    inner = re.escape(topic).replace(r"\+", "([^/]*)")
    pattern = re.sub(r"/\\\#$|^\\\#$", lambda found: "(?:/.*)?" if found[0][0] == "/" else ".*", inner)
    return re.compile(r"(?!\$)" + pattern, re.DOTALL)


def _document(payload: bytes, *, bare: bool) -> Any:
    """What the payload holds: a number where it is ``bare``, else JSON."""
    if len(payload) > MOST_BYTES:
        raise BadMessage(f"it has {len(payload)} bytes; {MOST_BYTES} are read at most")
    try:
        text = payload.decode()
        return text if bare else json.loads(text)
    except UnicodeDecodeError as error:
        raise BadMessage(f"no UTF-8 at byte {error.start}") from None
    except (ValueError, RecursionError):
        raise BadMessage(f"no JSON: {text!r:.60}") from None


def _number(name: str, value: Any) -> float | None:
    """A number, also one that is written as a string; None for none."""
    if value is None:
        return None
    if isinstance(value, int | float | str) and not isinstance(value, bool) and "_" not in str(value):
        with suppress(ValueError, OverflowError):
            return float(value)
    raise BadMessage(f"{name} is no number: {value!r:.60}")


def _moment(value: Any, zone: ZoneInfo | None, now: datetime | None) -> datetime:
    """A time in ISO 8601, or in s or ms since 1970; a time without a zone is one of ``zone``."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS else value, UTC)
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        # In autumn an hour of the clock comes twice: it is the one closest to now.
        first, second = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except (TypeError, ValueError, OverflowError, OSError):
        raise BadMessage(f"its time is none: {value!r:.60}") from None
    if zone is None:
        raise BadMessage(f"its time {value} names no zone; set time_zone, or leave time out")
    return second if now is not None and abs(now - second) < abs(now - first) else first
