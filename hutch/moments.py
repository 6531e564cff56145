"""Moments and windows as people type them after an option."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hutch.errors import UsageError
from influx.windows import ALL_TIME, Window


def moment(text: str, option: str, zone: ZoneInfo) -> datetime:
    """The UTC moment that ``text`` says: a day (its midnight) or ISO 8601, in ``zone`` where it names none.

    Raises ``UsageError`` naming ``option``, also for what is outside ``ALL_TIME``.
    """
    try:
        found = datetime.fromisoformat(text)
        found = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} {text!r} is no time; write it like 2026-05-28 or 2026-05-28T14:00:00Z"
        ) from None
    if not ALL_TIME.start <= found <= ALL_TIME.stop:
        raise UsageError(f"{option} {text} is outside the years 1970 to 2200 (in UTC)")
    return found


def typed_window(start: str | None, stop: str | None, zone: ZoneInfo, usual: Window = ALL_TIME) -> Window:
    """From what was typed after --start to what was after --stop; that of ``usual`` where nothing was.

    Raises ``UsageError`` in the words that were typed, and with other moments as they are in ``zone``.
    """
    first = moment(start, "--start", zone) if start else usual.start
    last = moment(stop, "--stop", zone) if stop else usual.stop
    if first >= last:
        begin = f"--start {start}" if start else f"the start, {_at_home(first, zone)},"
        end = f"--stop {stop}" if stop else f"the stop, {_at_home(last, zone)}"
        raise UsageError(f"the window must start before it stops: {begin} is not before {end}")
    return Window(first, last)


def _at_home(at: datetime, zone: ZoneInfo) -> str:
    """``at`` to the second as it is in ``zone``, in a form that can be typed."""
    return at.astimezone(zone).isoformat(timespec="seconds")
