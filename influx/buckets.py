"""Buckets: their names, how long each keeps its points, and which points are refused for their time."""

from datetime import timedelta

from influx import rfc3339
from influx.config import Retention
from influx.points import length_ns, to_datetime
from influx.schema import MEASUREMENTS

BUCKETS = tuple(Retention.model_fields)
"""Every bucket, by the name that the vocabulary and the configuration use."""

AHEAD = timedelta(minutes=10)
"""How far ahead of us a device's clock may run."""

IN_THE_FUTURE = "lies in the future"
"""What every refusal says that is for a time ahead."""

_SECOND = 1_000_000_000


def bucket_name(bucket: str, prefix: str = "") -> str:
    """The name of ``bucket`` on a server that is shared with others, who have other prefixes."""
    return prefix + bucket


def keeps(bucket: str, retention: Retention) -> timedelta | None:
    """How long ``bucket`` keeps its points; None: for ever."""
    length: timedelta | None = getattr(retention, bucket)
    return length


def oldest_ns(bucket: str, now: float, retention: Retention) -> int | None:
    """The time of the oldest point that ``bucket`` keeps, in ns; None where it keeps all.

    ``now`` is in seconds since 1970.
    """
    length = keeps(bucket, retention)
    if length is None:
        return None
    return int(now * _SECOND) - length_ns(length)


def from_the_future(measurement: str, time_ns: int, now: float) -> str | None:
    """The first half of ``refusal``: it needs no bucket."""
    now_ns = int(now * _SECOND)
    if time_ns <= now_ns + length_ns(AHEAD):
        return None
    clock = f"where it is {_moment(now_ns)} now; check the clock of what sent it"
    return f"the point of {measurement} at {_moment(time_ns)} {IN_THE_FUTURE}, {clock}"


def refusal(measurement: str, time_ns: int, now: float, retention: Retention) -> str | None:
    """Why a point of ``measurement`` at ``time_ns`` is refused, in one sentence; None where it is welcome.

    Refused is what lies more than ``AHEAD`` in the future (InfluxDB would take it) and what is older
    than its bucket keeps. ``now`` is in seconds since 1970.
    """
    if reason := from_the_future(measurement, time_ns, now):
        return reason
    bucket = MEASUREMENTS[measurement].bucket
    oldest = oldest_ns(bucket, now, retention)
    if oldest is not None and time_ns < oldest:
        kept = spell(keeps(bucket, retention))
        return (
            f"the point of {measurement} at {_moment(time_ns)} is older than the {kept} that {bucket} keeps"
        )
    return None


def whole_seconds(length: timedelta) -> int:
    """A retention as InfluxDB takes it, rounded up."""
    return -(-length // timedelta(seconds=1))


def spell(length: timedelta | None) -> str:
    """A retention in words."""
    return "for ever" if length is None else str(length).removesuffix(", 0:00:00")


def _moment(time_ns: int) -> str:
    try:
        return rfc3339.told(to_datetime(time_ns))
    except OverflowError:
        return f"{time_ns} ns"
