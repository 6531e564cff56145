"""The registry: everything that is expected to be heard of, joined with when it was.

What is expected is a point of its own, so that what never spoke, or fell silent before the oldest reading
that is kept, is missed too.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from types import MappingProxyType

from influx import points, rfc3339
from influx.buckets import AHEAD, keeps
from influx.config import Retention
from influx.points import Point
from influx.schema import (
    CAMERA,
    ENVIRONMENT,
    GAS,
    NODE,
    PET_ACTIVITY,
    PET_EVENT,
    PIPELINE,
    REGISTRY,
    ROLLUPS,
)
from influx.store import RowQuery, Store
from influx.windows import Window
from influx.words import Measurement

_LONGEST = timedelta(days=3660)
"""How far back is looked in a bucket that keeps its points for ever."""
_RECENTLY = timedelta(hours=1)
"""Where what speaks is found soon, however much is kept."""
_MISSED = 3
_NEVER_SILENT_BEFORE = timedelta(minutes=1)
_UNKNOWN = timedelta(minutes=15)
"""Of what no known configuration gives an interval: three posts of a device that sends every 5 minutes."""


class Kind(StrEnum):
    """What can be expected."""

    NODE = "node"
    SENSOR = "sensor"
    CAMERA = "camera"
    PET = "pet"


class State(StrEnum):
    """How something that is registered is doing."""

    OK = "ok"
    SILENT = "silent"
    NEVER = "never"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """Something that is expected: ``node`` is the machine whose configuration names it."""

    kind: Kind
    name: str
    node: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing as the registry has it; ``heard`` is when it last spoke, None where it never did.

    ``age`` is the time since then; ``missed`` says that somebody should look after it.
    """

    thing: Thing
    since: datetime
    heard: datetime | None
    age: timedelta | None
    state: State
    missed: bool


def patience(kind: Kind, interval: timedelta | None) -> timedelta:
    """How long something may be quiet: three times its ``interval``, at least a minute.

    None stands for an interval that no known configuration gives. Only sensors have one; the others speak
    of themselves when Hutch has them do so.
    """
    if kind is not Kind.SENSOR:
        interval = _REPORTS[kind]
    return _UNKNOWN if interval is None else max(_MISSED * interval, _NEVER_SILENT_BEFORE)


_REPORTS: Mapping[Kind, timedelta] = MappingProxyType(
    {Kind.NODE: timedelta(seconds=30), Kind.CAMERA: timedelta(seconds=10), Kind.PET: timedelta(hours=8)}
)
"""A pet says nothing, but is seen three times a day."""


def announcement(thing: Thing, since: datetime) -> Point:
    """The point that says that ``thing`` is expected; the same again overwrites it."""
    return points.make(REGISTRY, _tags(thing), {"since": rfc3339.told(since), "retired": False}, since)


def retirement(thing: Thing, now: datetime, *, retired: bool = True) -> Point:
    """The point that says from ``now`` on that ``thing`` is no longer expected, or is again."""
    return points.make(REGISTRY, _tags(thing), {"retired": retired}, now)


def entries(
    store: Store, retention: Retention, now: datetime, patience_of: Callable[[Thing], timedelta]
) -> list[Entry]:
    """Everything that is registered, in the order of kind, name and node; raises what the store raises."""
    known = _known(store, now)
    heard = _heard(store, retention, now, {thing: _since(point) for thing, point in known.items()})
    return [
        _entry(thing, known[thing], heard.get(thing), now, patience_of(thing)) for thing in _ordered(known)
    ]


def expected(store: Store, now: datetime) -> set[Thing]:
    """Everything that is expected to be heard of; raises what the store raises."""
    return {thing for thing, point in _known(store, now).items() if not _is_retired(point)}


def retired(store: Store, now: datetime) -> set[Thing]:
    """Everything that is no longer expected; raises what the store raises."""
    return {thing for thing, point in _known(store, now).items() if _is_retired(point)}


def left(store: Store, now: datetime, kind: Kind) -> set[str]:
    """Names of that kind that nobody expects any more; raises what the store raises."""
    known = {thing: point for thing, point in _known(store, now).items() if thing.kind is kind}
    there = {thing.name for thing, point in known.items() if not _is_retired(point)}
    return {thing.name for thing in known} - there


def things(store: Store, now: datetime) -> list[Thing]:
    """Everything that is registered, in the order of kind, name and node; raises what the store raises."""
    return _ordered(_known(store, now))


def told(entry: Entry) -> dict[str, str | float | bool | None]:
    """``entry`` as JSON has it; ages in seconds."""
    return {
        "kind": entry.thing.kind,
        "name": entry.thing.name,
        "node": entry.thing.node,
        "since": rfc3339.told(entry.since),
        "last_heard": None if entry.heard is None else rfc3339.told(entry.heard),
        "age": None if entry.age is None else round(entry.age.total_seconds(), 3),
        "state": entry.state,
        "missed": entry.missed,
    }


def _known(store: Store, now: datetime) -> dict[Thing, Point]:
    """What was last said of each thing."""
    known = store.latest(REGISTRY.name, Window(datetime.fromtimestamp(0, UTC), now + AHEAD))
    return {_thing(point): point for point in known if point.tags["kind"] in set(Kind)}


def _ordered(known: Iterable[Thing]) -> list[Thing]:
    order = list(Kind)
    return sorted(known, key=lambda thing: (order.index(thing.kind), thing.name, thing.node))


def _entry(thing: Thing, point: Point, heard: datetime | None, now: datetime, quiet: timedelta) -> Entry:
    since = _since(point)
    age = None if heard is None else max(timedelta(0), now - heard)
    if _is_retired(point):
        state = State.RETIRED
    elif age is None:
        state = State.NEVER
    else:
        state = State.SILENT if age > quiet else State.OK
    missed = state is State.SILENT or (state is State.NEVER and now - since > quiet)
    return Entry(thing, since, heard, age, state, missed)


def _heard(
    store: Store, retention: Retention, now: datetime, since: Mapping[Thing, datetime]
) -> dict[Thing, datetime]:
    """When each of the things of ``since`` spoke last, as far back as anything of it is kept.

    Asks for no more than that: a store takes as long as its answer has series and fields, and as there are
    points. So the last hour comes first, and all that is kept only for what it lacks. Nor for what was before
    a thing was expected, where all that was later is in what has been read already.
    """
    heard: dict[Thing, datetime] = {}
    for kind in Kind:
        read_from = datetime.max.replace(tzinfo=UTC)
        missing = {thing for thing in since if thing.kind is kind}
        for measurements in _SIGNS[kind]:
            missing = {thing for thing in missing if since[thing] < read_from}
            if not missing:
                break
            kept = {spec: keeps(spec.bucket, retention) or _LONGEST for spec in measurements}
            read_from = now - min(kept.values())
            recent = [dict.fromkeys(kept, _RECENTLY)] if measurements is _SIGNS[kind][0] else []
            for backs in (*recent, kept):
                for spec, back in backs.items():
                    window = Window(now - back, now + AHEAD)
                    for thing, moment in _signs(store, spec, window, missing):
                        heard[thing] = max(heard.get(thing, moment), moment)
                missing = missing - heard.keys()
    return heard


def _signs(
    store: Store, spec: Measurement, window: Window, of: Collection[Thing]
) -> Iterator[tuple[Thing, datetime]]:
    """Each of those things that spoke by ``spec`` within ``window``, and when it did last."""
    if not of:
        return
    for point in store.latest(spec.name, window, _tags_of(of, spec), _telling(spec)):
        for thing in filter(partial(_is_sign, point), of):
            moment = _spoke(store, window, point)
            if moment is not None:
                yield thing, moment


def _older(*measurements: Measurement) -> tuple[tuple[Measurement, ...], ...]:
    """``measurements``, then their rollups, which are kept for longer; the next only where one lacks all."""
    rollups = [ROLLUPS[spec.name] for spec in measurements]
    return (measurements, tuple(short for short, _ in rollups), tuple(long for _, long in rollups))


_SIGNS: Mapping[Kind, tuple[tuple[Measurement, ...], ...]] = MappingProxyType(
    {
        Kind.NODE: _older(NODE, PIPELINE),
        Kind.SENSOR: _older(ENVIRONMENT, GAS),
        Kind.CAMERA: ((CAMERA,),),
        Kind.PET: _older(PET_ACTIVITY, PET_EVENT),
    }
)
"""Where the newest sign of each kind is looked for, until there is one."""


def _tags_of(missing: Collection[Thing], spec: Measurement) -> Mapping[str, tuple[str, ...]]:
    """The tags of signs of ``missing``, things of one kind."""
    names: dict[str, set[str]] = {}
    for thing in missing:
        names.setdefault(thing.kind, set()).add(thing.name)
    return {kind: tuple(sorted(each)) for kind, each in names.items() if kind in spec.tag_names}


def _telling(spec: Measurement) -> tuple[str, ...]:
    """Fields of which every point of ``spec`` has one, as events are counted by their duration; none, which
    asks for all, where that is not known.
    """
    if spec is PET_EVENT:
        return ("duration",)
    return tuple(name for name in spec.field_names if spec.derived and name.endswith("_count"))


def _is_sign(point: Point, thing: Thing) -> bool:
    """Whether ``point`` is a sign of ``thing``: no tag of it says that it is one of another."""
    named = point.tags.get(thing.kind, thing.name)
    return named == thing.name and point.tags.get("node", thing.node) == thing.node


def _spoke(store: Store, window: Window, point: Point) -> datetime | None:
    """When what gave ``point`` spoke; a camera does so while it runs, not by word that it is lost."""
    if point.measurement != CAMERA.name or point.fields.get("state") == "running":
        return point.time
    running = RowQuery(CAMERA.name, window, point.tags, {"state": "running"}, limit=1)
    found = store.rows(running).points
    return found[0].time if found else None


def _thing(point: Point) -> Thing:
    return Thing(Kind(point.tags["kind"]), point.tags["name"], point.tags["node"])


def _tags(thing: Thing) -> dict[str, str]:
    return {"kind": thing.kind, "name": thing.name, "node": thing.node}


def _is_retired(point: Point) -> bool:
    return point.fields.get("retired") is True


def _since(point: Point) -> datetime:
    try:
        return datetime.fromisoformat(str(point.fields["since"])).astimezone(UTC)
    except (KeyError, ValueError):
        return point.time
