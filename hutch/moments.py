"""Moments as people type them after an option."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hutch.errors import UsageError


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
