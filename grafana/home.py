"""What dashboards must know of a home and no panel can ask the store for."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from influx.config import DEFAULT_RETENTION, Location, Retention

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Home:
    """The home that dashboards are made for; the committed ones are for what nobody has configured.

    ``zone`` says where days begin, ``prefix`` what bucket names begin with, and ``locations`` which range of
    temperature is safe where people have set none. With another ``retention`` than the real one panels are
    coarser than they had to be, or empty where raw points have expired sooner. ``origin`` is where Hutch is,
    such as ``https://hutch.example.org``, for a Grafana that is elsewhere; empty: on the same origin.
    """

    zone: ZoneInfo = _UTC
    prefix: str = ""
    retention: Retention = DEFAULT_RETENTION
    locations: tuple[Location, ...] = ()
    origin: str = ""


ANY_HOME = Home()
"""With UTC, buckets without prefix, and the retention of the defaults."""
