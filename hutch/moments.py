"""Moments as people type them after an option."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hutch.errors import UsageError
from influx.windows import Window, WindowError


def moment(text: str, option: str, zone: ZoneInfo) -> datetime:
    """The UTC moment that ``text`` says: a day (its midnight) or ISO 8601, in ``zone`` where it names none.

    Raises ``UsageError`` naming ``option``.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} {text!r} is no time; write it like 2026-05-28 or 2026-05-28T14:00:00Z"
        ) from None


def typed_window(start: str, stop: str, zone: ZoneInfo) -> Window:
    """From what was typed after --start to what was after --stop; raises ``UsageError`` in the same words."""
    first, last = moment(start, "--start", zone), moment(stop, "--stop", zone)
    if first >= last:
        raise UsageError(
            f"the window must start before it stops: --start {start} is not before --stop {stop}"
        )
    try:
        return Window(first, last)
    except WindowError as error:
        raise UsageError(str(error)) from None
