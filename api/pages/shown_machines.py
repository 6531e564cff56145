"""Machines, stores of clips and whatever else is expected, as people read them; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.pages import words
from influx.points import FieldValue, Point
from influx.registry import Entry, Kind, State


@dataclass(frozen=True, slots=True)
class Table:
    """What one machine tells of itself: names and values, and how long ago."""

    title: str
    rows: tuple[tuple[str, str], ...]
    age: timedelta


_NODE_ROWS = (
    ("battery", "Battery", "%"),
    ("cpu_temperature", "Processor", "°C"),
    ("load", "Load", ""),
    ("memory_used", "Memory used", "%"),
    ("disk_used", "Disk used", "%"),
    ("uptime", "Running for", "s"),
    ("clock_offset", "Clock is off by", "s"),
)


def nodes(node: Iterable[Point], pipeline: Iterable[Point], now_ns: int, unit: str) -> list[Table]:
    """A table a machine: how it is, and how points and clips leave it."""
    rows: dict[str, list[tuple[str, str]]] = {}
    newest: dict[str, int] = {}
    for point in node:
        told = point.fields
        shown = [
            (label, _value(name, told[name], kind, unit)) for name, label, kind in _NODE_ROWS if name in told
        ]
        rows.setdefault(point.tags["node"], []).extend(shown)
        newest[point.tags["node"]] = max(newest.get(point.tags["node"], 0), point.time_ns)
    for point in pipeline:
        rows.setdefault(point.tags["node"], []).extend(_pipeline(point))
        newest[point.tags["node"]] = max(newest.get(point.tags["node"], 0), point.time_ns)
    return [
        Table(name, tuple(rows[name]), timedelta(microseconds=max(0, now_ns - newest[name]) // 1000))
        for name in sorted(rows)
    ]


def _pipeline(point: Point) -> list[tuple[str, str]]:
    part, told = point.tags["part"], point.fields
    what = {"spool": "Points waiting", "outbox": "Clips waiting", "mqtt": "MQTT messages waiting"}
    depth = int(told.get("depth", 0))
    age = (
        f", the oldest for {words.length(float(told['oldest_age']))}"
        if depth and "oldest_age" in told
        else ""
    )
    rows = [(what.get(part, f"Waiting in {part}"), f"{depth}{age}")]
    for name, label in (("accepted", "delivered"), ("rejected", "refused"), ("dropped", "dropped")):
        if part == "spool" and name in told:
            rows.append((f"Points {label}", f"{int(told[name]):,}".replace(",", words.THIN_SPACE)))
    return rows


def _value(name: str, value: FieldValue, kind: str, unit: str) -> str:
    number = float(value)
    if kind == "°C":
        return words.temperature(number, unit)
    if kind == "s":
        return f"{number:.3f}{words.THIN_SPACE}s" if name == "clock_offset" else words.length(number)
    return f"{number:.0f}{words.THIN_SPACE}%" if kind == "%" else f"{number:.2f}"


def volumes(found: Iterable[Point]) -> list[tuple[str, str]]:
    """How full each store of clips is."""
    return [(point.tags["volume"], _room(point)) for point in found]


def _room(point: Point) -> str:
    told = {name: size(point.fields[name]) for name in ("used", "budget", "free") if name in point.fields}
    said = [f"{told['used']} of {told['budget']}" if "budget" in told else f"{told['used']}, unbounded"]
    if "free" in told:
        said.append(f"{told['free']} free")
    if lacking := point.fields.get("lacking"):
        said.append(f"{size(lacking)} too much, of which pinned clips or the first ever go a day later")
    return ", ".join(said)


@dataclass(frozen=True, slots=True)
class ShownThing:
    """Something that is expected: what, how it is, when it was heard of, and how to retire it."""

    name: str
    state: str
    sentence: str
    retire: str


def things(entries: Sequence[Entry]) -> list[ShownThing]:
    """What the registry knows, who is missed first, and what is retired last."""
    return [_thing(entry) for entry in sorted(entries, key=_order)]


def _order(entry: Entry) -> int:
    return 0 if entry.missed else 2 if entry.state is State.RETIRED else 1


def _thing(entry: Entry) -> ShownThing:
    thing = entry.thing
    name = f"{thing.kind.capitalize()} {thing.name}"
    if thing.kind in (Kind.SENSOR, Kind.CAMERA):
        name += f" of {thing.node}"
    if entry.state is State.RETIRED:
        return ShownThing(name, "retired", "Not expected any more.", "")
    never, last = ("Never seen", "Seen") if thing.kind is Kind.PET else ("Never spoke", "Heard")
    heard = never if entry.age is None else f"{last} {words.ago(entry.age)}"
    if entry.missed:
        retire = f"hutch registry retire {thing.kind} {thing.name}"
        advice = "Look after it." if thing.kind is Kind.PET else "See that it has power and runs."
        return ShownThing(name, "bad", f"{heard}. {advice}", retire)
    return ShownThing(name, "well", f"{heard}.", "")


def size(count: FieldValue) -> str:
    """A number of bytes as people read it."""
    number = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(number) < 1000:
            return (
                f"{number:.0f}{words.THIN_SPACE}{unit}"
                if unit == "B"
                else f"{number:.1f}{words.THIN_SPACE}{unit}"
            )
        number /= 1000
    return f"{number:.1f}{words.THIN_SPACE}TB"
