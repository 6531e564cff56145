"""Pets: which there are, when each was seen, what it does, where it is, and its photographs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from api.context import Context
from api.events.listing import Filters, kept
from api.events.listing import page as events_page
from api.ingest.intake import accept
from api.pets import heat
from api.problems import Problem
from api.questions import day
from influx import points, rfc3339
from influx.buckets import AHEAD, keeps
from influx.pet_names import NOBODY, written
from influx.plan import plan
from influx.points import Point
from influx.registry import Kind
from influx.rfc3339 import iso
from influx.schema import CAPTURED_EVENT_TYPES, PET_ACTIVITY, PET_EVENT, REGISTRY
from influx.store import DensityQuery, Series
from influx.windows import Aggregate, Window
from influx.words import Measurement
from vision.photos import Photo

SECONDS_EACH = 10
"""Seconds that a point of them stands for."""
DAY = timedelta(days=1)
_EVER = timedelta(days=3660)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pet:
    """A pet that is registered or was seen; ``expected``: its silence is an alarm.

    ``seen`` is when it was seen last, by the camera ``camera``; None and empty where it never was.
    """

    name: str
    registered: bool
    expected: bool
    seen: datetime | None
    camera: str


def pets(context: Context) -> list[Pet]:
    """Every pet that is registered or was seen, by name; raises what the store raises."""
    registered = _registered(context)
    seen = _seen(context)
    return [_pet(name, registered.get(name), seen.get(name)) for name in sorted({*registered, *seen})]


def pet_named(context: Context, name: str) -> Pet:
    """The pet of this name, in whatever case; raises ``Problem`` 404 and what the store raises."""
    known = {pet.name: pet for pet in pets(context)}
    found = known.get(name) or known.get(written(name))
    if found is None:
        there = ", ".join(known) or "none yet"
        raise Problem(404, f"There is no pet {name!r:.60}; there are {there:.400}.")
    return found


def register(context: Context, name: str, *, expected: bool) -> None:
    """Know the pet ``name`` from now on, durably; ``expected``: its silence is an alarm."""
    now = context.now()
    point = _registered(context).get(name)
    since = rfc3339.told(now) if point is None else point.fields.get("since")
    tags = {"kind": Kind.PET, "name": name, "node": context.node if point is None else point.tags["node"]}
    accept(context, [points.make(REGISTRY, tags, {"since": since, "retired": not expected}, now)])


def _registered(context: Context) -> dict[str, Point]:
    window = Window(_LONG_AGO, context.now() + AHEAD)
    known = context.store.latest(REGISTRY.name, window, {"kind": Kind.PET})
    return {point.tags["name"]: point for point in known}


def _seen(context: Context) -> dict[str, Point]:
    """The newest sign of each pet."""
    now = context.now()
    activity = Window(now - (keeps(PET_ACTIVITY.bucket, context.retention) or _EVER), now + AHEAD)
    signs = [
        *context.store.latest(PET_EVENT.name, kept(context), fields=("duration",)),
        *context.store.latest(PET_ACTIVITY.name, activity),
    ]
    found: dict[str, Point] = {}
    for point in signs:
        name = point.tags["pet"]
        if name not in NOBODY:
            found[name] = max(found.get(name, point), point, key=lambda sign: sign.time_ns)
    return found


def _pet(name: str, registered: Point | None, seen: Point | None) -> Pet:
    return Pet(
        name,
        registered is not None,
        registered is not None and registered.fields.get("retired") is not True,
        None if seen is None else seen.time,
        "" if seen is None else seen.tags["camera"],
    )


def counts(context: Context, length: timedelta = DAY) -> dict[str, dict[str, int]]:
    """How many events of each type every pet had in the last ``length``, the most frequent first.

    What was no pet or whose nobody knows, and captures, are no pet's doing.
    """
    found: dict[str, Counter[str]] = {}
    for line in _counted(context, Window.last(length, context.now()), None, ("pet", "event_type"), {}):
        if line.tags["pet"] not in NOBODY and line.tags["event_type"] not in CAPTURED_EVENT_TYPES:
            kind = found.setdefault(line.tags["pet"], Counter())
            kind[line.tags["event_type"]] += sum(int(row[1][0] or 0) for row in line.rows)
    return {pet: dict(kinds.most_common()) for pet, kinds in found.items()}


def by_day(context: Context, pet: str, days: int = 7) -> dict[date, dict[str, int]]:
    """How many events of each type ``pet`` had on each of the last ``days`` of the home, today included.

    Captures are none of its doing.
    """
    zone = context.timezone
    today = context.now().astimezone(zone).date()
    found: dict[date, dict[str, int]] = {today - n * DAY: {} for n in reversed(range(days))}
    window = Window(day(min(found).isoformat(), zone).start, context.now())
    for line in _counted(context, window, DAY, ("event_type",), {"pet": pet}):
        for moment, (number,) in line.rows:
            kinds = found.get(moment.astimezone(zone).date())
            if kinds is not None and number and line.tags["event_type"] not in CAPTURED_EVENT_TYPES:
                kinds[line.tags["event_type"]] = int(number)
    return found


def _counted(
    context: Context,
    window: Window,
    every: timedelta | None,
    group: tuple[str, ...],
    tags: Mapping[str, str],
    spec: Measurement = PET_EVENT,
    field: str = "duration",
) -> list[Series]:
    asked = plan(
        spec.name,
        (field,),
        window,
        horizon=context.horizon,
        every=every,
        aggregates=(Aggregate.COUNT,),
        group=group,
        tags=tags,
    )
    return context.store.series(asked)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a camera saw a pet: how many spans of 10 s in each cell of a heat map, by column and row."""

    camera: str
    cells: Mapping[tuple[int, int], int]

    @property
    def seconds(self) -> int:
        """How long the pet was seen."""
        return SECONDS_EACH * sum(self.cells.values())


def seconds_seen(context: Context, pet: str, window: Window) -> dict[str, int]:
    """For how many seconds each camera saw ``pet`` within ``window``, the one that saw it most first."""
    seen: Counter[str] = Counter()
    for line in _counted(context, window, None, ("camera",), {"pet": pet}, PET_ACTIVITY, "motion"):
        seen[line.tags["camera"]] += sum(int(row[1][0] or 0) for row in line.rows)
    return {camera: SECONDS_EACH * number for camera, number in seen.most_common() if number}


def whereabouts(context: Context, pet: str, window: Window, camera: str = "") -> Whereabouts:
    """Where ``camera`` saw ``pet`` within ``window``, or the camera that saw it most where none is named."""
    chosen = camera or next(iter(seconds_seen(context, pet, window)), "")
    if not chosen:
        return Whereabouts("", {})
    tags = {"pet": pet, "camera": chosen}
    query = DensityQuery(PET_ACTIVITY.name, window, tags, "x", "y", heat.WIDTH, heat.HEIGHT)
    return Whereabouts(chosen, context.store.density(query))


def newest_snapshot(context: Context, *, pet: str = "", camera: str = "") -> Point | None:
    """The newest event of ``pet`` or ``camera`` that has a picture, of the last few; None without one."""
    found = events_page(context, Filters(pet=pet, camera=camera), None, limit=20)
    return next((event for event in found.events if event.fields.get("snapshot")), None)


def as_json(pet: Pet, now: datetime, today: Mapping[str, int], photo: Photo | None) -> dict[str, Any]:
    """A pet as the API gives it; ``today`` is what it did in the last 24 hours."""
    return {
        "name": pet.name,
        "registered": pet.registered,
        "expected": pet.expected,
        "last_seen": None if pet.seen is None else iso(pet.seen),
        "age": None if pet.seen is None else round(max(0.0, (now - pet.seen).total_seconds()), 3),
        "camera": pet.camera or None,
        "events": dict(today),
        "photo": None if photo is None else photo_address(pet.name, photo.id),
    }


def photo_address(pet: str, identifier: str) -> str:
    """Where a photograph is to be had."""
    return f"/pets/{quote(pet, safe='')}/photos/{identifier}"


def photo_json(pet: str, photo: Photo) -> dict[str, Any]:
    """A photograph as the API gives it."""
    return {"id": photo.id, "taken_in": iso(photo.taken_in), "photo": photo_address(pet, photo.id)}
