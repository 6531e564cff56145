"""What a query string says: moments, lengths of time, windows and days."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import TypeAdapter, ValidationError

from influx.windows import Window, WindowError

_SHORT = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(s|m|h|d|w)?")
_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_ISO_LENGTH = TypeAdapter(timedelta)
_LONGEST = timedelta(days=366 * 100)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = "A day (its midnight at home), ISO 8601 with a zone, or seconds since 1970."
_EXAMPLE_MOMENT = "write it like 2026-05-28T14:00:00Z, or as seconds since 1970"

StartText = Annotated[str | None, Query(max_length=40, description=_MOMENT)]
StopText = Annotated[str | None, Query(max_length=40, description=_MOMENT)]
LastText = Annotated[str | None, Query(max_length=40, description="A length such as 3h, 2d or PT3H.")]
EveryText = Annotated[str | None, Query(max_length=40, description="A step such as 5m, PT5M or 300.")]


def moment(text: str, name: str) -> datetime:
    """The UTC moment that ``text`` says: ISO 8601 with a zone, or seconds since 1970.

    Raises ``WindowError`` naming the parameter ``name``.
    """
    try:
        seconds = float(text)
    except ValueError:
        return _iso_moment(text, name)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise WindowError(f"{name} {text!r} is no time; {_EXAMPLE_MOMENT}") from None


def _iso_moment(text: str, name: str) -> datetime:
    # A + in a query string arrives as a space.
    text = text.strip().replace(" ", "+") if text.count("T") == 1 else text
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise WindowError(f"{name} {text!r} is no time; {_EXAMPLE_MOMENT}") from None
    if found.tzinfo is None:
        raise WindowError(f"{name} {text} has no time zone; {_EXAMPLE_MOMENT}")
    try:
        return found.astimezone(UTC)
    except (OverflowError, ValueError):
        raise WindowError(f"{name} {text} is outside the years 1970 to 2200") from None


def length(text: str, name: str) -> timedelta:
    """The length of time that ``text`` says: ``5m``, ``1h``, ``PT5M``, or seconds.

    Raises ``WindowError`` naming the parameter ``name``.
    """
    found: timedelta | None = None
    if match := _SHORT.fullmatch(text):
        seconds = float(match[1]) * _UNIT[match[2] or "s"]
        found = timedelta(seconds=seconds) if seconds <= _LONGEST.total_seconds() else _LONGEST
    elif text.startswith("P"):
        try:
            found = _ISO_LENGTH.validate_python(text)
        except ValidationError:
            found = None
    if found is None or not timedelta(0) < found <= _LONGEST:
        raise WindowError(
            f"{name} {text!r} is no length of time; write it like 5m, 3h, 2d, PT5M or 300 (seconds)"
        )
    return found


def window(
    now: datetime,
    default: timedelta,
    zone: ZoneInfo,
    start: str | None = None,
    stop: str | None = None,
    last: str | None = None,
) -> Window:
    """The window asked for: from ``start`` to ``stop``, or the ``last`` so long; ``default`` back from now.

    A day as ``start`` or ``stop`` (``2026-05-28``) is its midnight in ``zone``. Raises ``WindowError``.
    """
    if last is not None:
        if start is not None or stop is not None:
            raise WindowError("give either last, or start and stop")
        return Window.last(length(last, "last"), now)
    end = _day_or_moment(stop, "stop", zone) if stop is not None else now
    return Window(_day_or_moment(start, "start", zone) if start is not None else end - default, end)


def _day_or_moment(text: str, name: str, zone: ZoneInfo) -> datetime:
    return day(text, zone, name).start if _DATE.fullmatch(text.strip()) else moment(text, name)


def day(text: str, zone: ZoneInfo, name: str = "date") -> Window:
    """The day ``text`` (``2026-05-28``) as it is in ``zone``: 23 to 25 hours.

    Raises ``WindowError`` naming the parameter ``name``.
    """
    try:
        found = date.fromisoformat(text.strip())
        start = datetime.combine(found, time(), zone)
        stop = datetime.combine(found + timedelta(days=1), time(), zone)
        return Window(start, stop)
    except (ValueError, OverflowError) as error:
        if isinstance(error, WindowError):
            raise
        raise WindowError(f"{name} {text!r} is no day; write it like 2026-05-28") from None
