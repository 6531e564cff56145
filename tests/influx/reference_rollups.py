"""What rollups, active minutes and baselines must be: worked out in plain Python from raw points alone."""

import math
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from influx.points import FieldValue, Point, make, to_ns
from influx.schema import MEASUREMENTS
from influx.windows import Window
from influx.words import FieldType, Measurement

MINUTE = timedelta(minutes=1)
QUARTER = 15 * MINUTE
NOT_ROLLED = {"revision"}
ACTIVE = 0.05

Start = Callable[[datetime], datetime]
Key = tuple[str, int, tuple[tuple[str, str], ...]]


def by_key(points: Iterable[Point]) -> dict[Key, dict[str, FieldValue]]:
    """The fields of points, by what says which point it is."""
    return {
        (point.measurement, point.time_ns, tuple(sorted(point.tags.items()))): dict(point.fields)
        for point in points
    }


def quarter(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def midnight_in(zone: ZoneInfo) -> Start:
    """The start of the day of ``zone``: the first quarter hour that has the same date."""
    known: dict[date, datetime] = {}

    def start(moment: datetime) -> datetime:
        wanted = moment.astimezone(zone).date()
        if wanted not in known:
            first = quarter(moment)
            while (first - QUARTER).astimezone(zone).date() == wanted:
                first -= QUARTER
            known[wanted] = first
        return known[wanted]

    return start


def rollup(points: Iterable[Point], start: Start, suffix: str) -> list[Point]:
    """The rollup of each window of each series; ``start`` gives the start of the window of a moment."""
    found: dict[tuple[str, datetime, tuple[tuple[str, str], ...]], dict[str, list[float]]] = {}
    for point in points:
        values = found.setdefault(
            (point.measurement, start(point.time), tuple(sorted(point.tags.items()))), defaultdict(list)
        )
        for name, value in point.fields.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool) and name not in NOT_ROLLED:
                values[name].append(float(value))
    return [
        Point(f"{name}_{suffix}", dict(tags), rolled(values), to_ns(at))
        for (name, at, tags), values in found.items()
        if values
    ]


def rolled(values: dict[str, list[float]]) -> dict[str, FieldValue]:
    fields: dict[str, FieldValue] = {}
    for name, numbers in values.items():
        total = math.fsum(numbers)
        fields |= {f"{name}_mean": total / len(numbers), f"{name}_sum": total, f"{name}_count": len(numbers)}
        fields |= {f"{name}_min": min(numbers), f"{name}_max": max(numbers)}
    return fields


def active_minutes(points: Iterable[Point]) -> set[tuple[str, datetime]]:
    """Each minute in which some camera saw a pet move."""
    return {
        (point.tags["pet"], point.time.replace(second=0, microsecond=0))
        for point in points
        if point.measurement == "pet_activity" and float(point.fields.get("motion", 0.0)) >= ACTIVE
    }


def active(points: Iterable[Point], start: Start, suffix: str) -> list[Point]:
    counts: dict[tuple[str, datetime], int] = defaultdict(int)
    for pet, minute in active_minutes(points):
        counts[pet, start(minute)] += 1
    return [
        Point(f"pet_active_{suffix}", {"pet": pet}, {"minutes": count}, to_ns(at))
        for (pet, at), count in counts.items()
    ]


def everything(points: list[Point], zone: ZoneInfo) -> list[Point]:
    """All rollups of ``points``, of quarter hours and of days."""
    midnight = midnight_in(zone)
    return [
        *rollup(points, quarter, "15m"),
        *rollup(points, midnight, "1d"),
        *active(points, quarter, "15m"),
        *active(points, midnight, "1d"),
    ]


def baseline(points: list[Point], hour: datetime, zone: ZoneInfo) -> dict[tuple[str, str], list[float]]:
    """The numbers of the 14 days before, by kind and subject."""
    this, number = hour.astimezone(zone).date(), hour.astimezone(zone).hour
    days = {this - timedelta(days=n) for n in range(1, 15)}
    temperatures: dict[tuple[str, date], list[float]] = defaultdict(list)
    for point in points:
        local = point.time.astimezone(zone)
        is_temperature = point.measurement == "environment" and "temperature" in point.fields
        if is_temperature and local.date() in days and local.hour == number:
            value = float(point.fields["temperature"])
            temperatures[point.tags["location"], local.date()].append(value)
    minutes: dict[tuple[str, date], int] = defaultdict(int)
    for pet, minute in active_minutes(points):
        local = minute.astimezone(zone)
        if local.date() in days:
            minutes[pet, local.date()] += local.hour == number
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (location, _), values in temperatures.items():
        found["temperature", location].append(math.fsum(values) / len(values))
    for (pet, _), count in minutes.items():
        found["activity", pet].append(count)
    return found


def baseline_points(points: list[Point], hour: datetime, start: datetime, zone: ZoneInfo) -> list[Point]:
    return [
        Point(
            "baseline",
            {"kind": kind, "subject": subject},
            {"mean": statistics.fmean(days), "deviation": statistics.pstdev(days), "days": len(days)},
            to_ns(start),
        )
        for (kind, subject), days in baseline(points, hour, zone).items()
    ]


def some_points(
    spec: Measurement, window: Window, count: int, chance: random.Random, **tags: list[str]
) -> list[Point]:
    """Points of ``spec`` anywhere in ``window``, to the ns, of a few series, some of their fields missing."""
    values = {tag: tags.get(tag, [f"{tag} 1", f"{tag}-2"]) for tag in spec.tag_names}
    start, length = to_ns(window.start), to_ns(window.stop) - to_ns(window.start)
    # Windows begin with a point and end with one, to the ns.
    edges = [edge for n in range(0, length, 900_000_000_000 * 7) for edge in (n, n + 900_000_000_000 - 1)]
    times = [*edges, *(chance.randrange(length) for _ in range(count))]
    return [
        make(
            spec,
            {tag: chance.choice(known) for tag, known in values.items()},
            some_fields(spec, chance),
            start + time,
        )
        for time in times
        if time < length
    ]


def some_fields(spec: Measurement, chance: random.Random) -> dict[str, FieldValue]:
    chosen = chance.sample(spec.fields, chance.randint(1, len(spec.fields)))
    fields: dict[str, FieldValue] = {}
    for field in chosen:
        low = -50.0 if field.low is None else field.low
        high = max(low + 1000.0 if field.high is None else field.high, low)
        match field.type:
            case FieldType.FLOAT:
                fields[field.name] = chance.uniform(low, high) * (0.1 if field.name == "motion" else 1.0)
            case FieldType.INTEGER:
                # Sums of some of them leave 64 bits.
                fields[field.name] = chance.choice((int(low), chance.randrange(1000), 2**62))
            case FieldType.STRING:
                fields[field.name] = chance.choice(("", "text", "a\nb"))
            case FieldType.BOOLEAN:
                fields[field.name] = chance.random() < 0.5
    return fields


def differences(found: list[Point], expected: list[Point]) -> list[str]:
    """In words, what of ``found`` is not as expected; empty where all is."""
    ours, theirs = by_key(found), by_key(expected)
    wrong = [f"missing: {key}" for key in theirs.keys() - ours.keys()]
    wrong += [f"too much: {key}" for key in ours.keys() - theirs.keys()]
    for key in ours.keys() & theirs.keys():
        for name in sorted(ours[key].keys() | theirs[key].keys()):
            value, wanted = ours[key].get(name), theirs[key].get(name)
            if not same(value, wanted):
                wrong.append(f"{name} is {value}, not {wanted}: {key}")
    return sorted(wrong)


def same(value: FieldValue | None, wanted: FieldValue | None) -> bool:
    """Whether they agree, floats to within the rounding of their order."""
    if isinstance(value, float) and isinstance(wanted, float):
        return math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-9)
    return type(value) is type(wanted) and value == wanted


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def derived(name: str) -> Measurement:
    spec = MEASUREMENTS[name]
    assert spec.derived
    return spec
