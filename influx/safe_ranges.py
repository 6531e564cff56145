"""The range of temperature that is safe at each location: the newest setting over the configuration's.

A location's own range is narrowed by those of its cameras and of the pets that were last seen there, however
long ago: a pet is not safe because its camera died.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from math import inf

from influx import alert_settings, registry
from influx.alert_rules import TEMPERATURE, SubjectKind, Thresholds
from influx.alert_settings import Settings, Subject
from influx.config import Location
from influx.registry import Kind
from influx.schema import PET_EVENT
from influx.store import RowQuery, Store
from influx.windows import Window

SEEN_WITHIN = timedelta(days=365)
"""How far back is looked for where a pet was last."""


def by_location(
    store: Store, now: datetime, locations: Iterable[Location], cameras: Mapping[str, str], found: Settings
) -> dict[str, Location]:
    """Each of ``locations`` by its name, with its range as ``found`` has it; raises what the store raises.

    ``cameras`` are the locations of cameras by their names. Where ranges of several contradict each other,
    the one with the lowest low counts first.
    """
    guests = sorted(_guests(store, now, cameras, found), key=_lowest_first)
    return {location.name: _ranged(location, found, guests) for location in locations}


def _ranged(location: Location, found: Settings, guests: Iterable[tuple[str, Thresholds]]) -> Location:
    own = Thresholds(location.temperature_low, location.temperature_high)
    own = alert_settings.effective(found, TEMPERATURE, Subject(SubjectKind.LOCATION, location.name), own)
    for where, wanted in guests:
        if where == location.name:
            own = narrowed(own, wanted)
    if (own.low, own.high) == (location.temperature_low, location.temperature_high):
        return location
    return location.model_copy(update={"temperature_low": own.low, "temperature_high": own.high})


def narrowed(own: Thresholds, wanted: Thresholds) -> Thresholds:
    """What is safe by both; ``own`` where nothing is."""
    low = max((low for low in (own.low, wanted.low) if low is not None), default=None)
    high = min((high for high in (own.high, wanted.high) if high is not None), default=None)
    return own if low is not None and high is not None and low >= high else Thresholds(low, high)


def _guests(
    store: Store, now: datetime, cameras: Mapping[str, str], found: Settings
) -> Iterator[tuple[str, Thresholds]]:
    """Where cameras and pets with a range of their own are, and that range; who is retired is nowhere."""
    left: set[str] | None = None
    for (rule, subject), setting in found.items():
        if rule != TEMPERATURE.name or setting.off:
            continue
        where = cameras.get(subject.name) if subject.kind is SubjectKind.CAMERA else None
        if subject.kind is SubjectKind.PET:
            left = registry.left(store, now, Kind.PET) if left is None else left
            where = None if subject.name in left else _last_place(store, now, subject.name)
        if where is not None:
            yield where, setting.thresholds


def _lowest_first(guest: tuple[str, Thresholds]) -> tuple[float, float]:
    _, wanted = guest
    return -inf if wanted.low is None else wanted.low, inf if wanted.high is None else wanted.high


def _last_place(store: Store, now: datetime, pet: str) -> str | None:
    window = Window.last(SEEN_WITHIN, now + timedelta(seconds=1))
    seen = store.rows(RowQuery(PET_EVENT.name, window, {"pet": pet}, limit=1)).points
    return seen[0].tags["location"] if seen else None
