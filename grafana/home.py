"""What dashboards and alert rules must know of a home and no query can ask the store for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from influx.config import DEFAULT_RETENTION, Location, Retention
from influx.registry import Thing

_UTC = ZoneInfo("UTC")

MOST_CONTACTS = 16
"""In the list of who is told: so many are removed from Grafana once they are no longer in it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody whom Grafana tells: an address of mail, a topic of ntfy, or where JSON is posted.

    ``least`` is the lowest severity that is told. ``has_token``: Grafana's environment has one for it, under
    the name that ``grafana.alerting.contacts.token_variable`` gives.
    """

    name: str
    kind: Literal["email", "ntfy", "webhook"]
    to: str
    least: Literal["warning", "critical"] = "warning"
    has_token: bool = False


@dataclass(frozen=True, slots=True)
class Notices:
    """How people are told where Grafana warns: whom, when warnings wait, how often they are told again.

    ``quiet`` is from when to when, in the home's zone. What lasts is told again after ``again_critical`` and
    ``again_warning``; None: never. Links begin with ``hutch``, and those to dashboards with ``grafana``;
    both without a slash at the end.
    """

    contacts: tuple[Contact, ...] = ()
    quiet: tuple[time, time] | None = None
    again_critical: timedelta | None = timedelta(hours=4)
    again_warning: timedelta | None = timedelta(days=1)
    hutch: str = "https://hutch.example.org"
    grafana: str = "https://hutch.example.org/grafana"


@dataclass(frozen=True, slots=True)
class Home:
    """The home that dashboards are made for; the committed ones are for what nobody has configured.

    ``zone`` says where days begin, ``prefix`` what bucket names begin with, and ``locations`` which range of
    temperature is safe where people have set none. With another ``retention`` than the real one panels are
    coarser than they had to be, or empty where raw points have expired sooner. ``origin`` is where Hutch is,
    such as ``https://hutch.example.org``, for a Grafana that is elsewhere; empty: on the same origin.
    ``alerts_by`` says who warns; what is told, and to whom, is in ``notices``. ``cameras`` are the locations
    of cameras by their names; ``patience`` is how long each sensor that is configured may be quiet.
    """

    zone: ZoneInfo = _UTC
    prefix: str = ""
    retention: Retention = DEFAULT_RETENTION
    locations: tuple[Location, ...] = ()
    origin: str = ""
    alerts_by: Literal["hutch", "grafana"] = "hutch"
    notices: Notices = Notices()
    cameras: Mapping[str, str] = field(default_factory=dict)
    patience: Mapping[Thing, timedelta] = field(default_factory=dict)


ANY_HOME = Home(
    alerts_by="grafana",
    notices=Notices((Contact("owner", "email", "you@example.org"),), (time(22), time(7))),
)
"""With UTC, buckets without prefix, and the retention of the defaults. Grafana warns, so that one can read
how it would.
"""
