"""Times as text, RFC 3339 in UTC: to the ns as InfluxDB and files have them, and as sentences tell them."""

from datetime import UTC, datetime
from functools import lru_cache

from influx.points import to_datetime, to_ns

_SECOND = 1_000_000_000


def exactly(time_ns: int) -> str:
    """``time_ns`` with all its nine digits behind the second."""
    seconds, fraction = divmod(time_ns, _SECOND)
    return f"{_second(seconds)}.{fraction:09d}Z"


def parse(text: str) -> int:
    """The ns since 1970 of a time in UTC, exactly, however many digits it has; raises ``ValueError``."""
    second, _, fraction = text.removesuffix("Z").partition(".")
    return _seconds(second) * _SECOND + int(fraction.ljust(9, "0"))


def told(moment: datetime) -> str:
    """``moment`` in UTC, with as many digits as it has."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def iso(moment: datetime) -> str:
    """``moment`` in UTC to the millisecond, or to the second where it is a whole one."""
    utc = moment.astimezone(UTC)
    spec = "milliseconds" if utc.microsecond else "seconds"
    return utc.isoformat(timespec=spec).replace("+00:00", "Z")


# Points of one second share all but their fraction.
@lru_cache(maxsize=8192)
def _second(seconds: int) -> str:
    return to_datetime(seconds * _SECOND).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=8192)
def _seconds(text: str) -> int:
    return to_ns(datetime.fromisoformat(text + "Z")) // _SECOND
