"""A fortnight of a home: points that are the same whenever they are made, and the rollups of them."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from influx import points
from influx.alert_rules import TEMPERATURE, Side, SubjectKind
from influx.alert_settings import Subject, change
from influx.points import FieldValue, Point, make
from influx.registry import Kind, Thing, announcement
from influx.schema import (
    BACKUP,
    BASELINE,
    CAMERA,
    ENVIRONMENT,
    GAS,
    JOURNAL,
    NODE,
    PET_ACTIVITY,
    PET_EVENT,
    PIPELINE,
    VOLUME,
)
from influx.store import Store
from influx.windows import Window

ZONE = ZoneInfo("Europe/Zurich")
LENGTH = timedelta(days=13, hours=20)
SENSORS = (("den", "usb"), ("den", "hat"), ("nursery", "esp"))
PETS = ("miso", "pip")
TYPES = ("playing", "sleeping", "eating_drinking", "photo")
RANGE = (15.5, 24.0)
_ROLLED = (ENVIRONMENT, GAS, NODE, PIPELINE, CAMERA, VOLUME, BACKUP, PET_EVENT, PET_ACTIVITY)


@dataclass(frozen=True)
class Seeded:
    """The points of the fortnight that ends at ``now``, by measurement."""

    now: datetime
    given: dict[str, list[Point]] = field(default_factory=lambda: defaultdict(list))

    @property
    def start(self) -> datetime:
        """The first moment that has points."""
        return self.now - LENGTH

    def add(self, *made: Point) -> None:
        """Have ``made`` too."""
        for point in made:
            self.given[point.measurement].append(point)


def seed(store: Store, now: datetime) -> Seeded:
    """Write the fortnight before ``now`` into ``store`` and roll it up."""
    home = Seeded(now)
    for moment in _every(home, timedelta(minutes=5)):
        home.add(*_climate(moment))
    for moment in _every(home, timedelta(minutes=15)):
        home.add(*_machines(moment))
    for number, moment in enumerate(_every(home, timedelta(minutes=47))):
        home.add(_event(number, moment), *_seen(number, moment))
    for number, moment in enumerate(_every(home, timedelta(hours=4, minutes=10))):
        home.add(_entry(number, moment))
    for moment in _every(home, timedelta(hours=1)):
        hour = moment.replace(minute=0)
        tags = {"kind": "activity", "subject": "miso"}
        home.add(make(BASELINE, tags, {"mean": 1.5, "deviation": 0.5, "days": 14}, hour))
    home.add(*_settings(home))
    for measurement, made in home.given.items():
        lines = [points.line(point) for point in made]
        for start in range(0, len(lines), 5000):
            store.write(measurement, lines[start : start + 5000])
    for spec in _ROLLED:
        store.roll_up(spec.name, Window(home.start, now), ZONE)
    return home


def _every(home: Seeded, step: timedelta) -> Iterator[datetime]:
    """Moments up to shortly before now, so that what is current is there."""
    moment = home.now - timedelta(seconds=90)
    while moment >= home.start:
        yield moment
        moment -= step


def _climate(moment: datetime) -> Iterator[Point]:
    swing = math.sin(moment.timestamp() / 86_400 * math.tau)
    for number, (location, sensor) in enumerate(SENSORS):
        tags = {"node": "pi", "sensor": sensor, "location": location}
        wave = math.sin(moment.timestamp() / 7_000 + number)
        fields = {
            "temperature": round(20 + number + 3 * swing + wave, 2),
            "humidity": round(50 + 10 * wave, 1),
            "pressure": round(1000 + 5 * swing, 1),
        }
        yield make(ENVIRONMENT, tags, dict(fields), moment)


def _machines(moment: datetime) -> Iterator[Point]:
    wave = math.sin(moment.timestamp() / 9_000)
    for gas, least in (("CO", 5.0), ("CH4", 900.0)):
        tags = {"node": "lora", "sensor": "mq", "gas": gas, "channel": "0", "location": "den"}
        yield make(GAS, tags, {"concentration": least * (1.5 + wave)}, moment)
    numbers = dict.fromkeys(
        ("battery", "cpu_temperature", "load", "disk_used", "memory_used"), 40 + 10 * wave
    )
    yield make(NODE, {"node": "pi"}, numbers | {"uptime": 9.0, "clock_offset": wave / 10}, moment)
    waiting = {"depth": 3, "oldest_age": 1.5, "accepted": 100, "rejected": 1, "dropped": 0}
    yield make(PIPELINE, {"node": "pi", "part": "spool"}, dict(waiting), moment)
    seen = {"fps": 15.0, "frame_age": 0.1, "still_age": 0.2, "luma": 0.5, "motion": 0.1, "bitrate": 1e6}
    yield make(CAMERA, {"node": "pi", "camera": "cage"}, seen | {"state": "running", "dropped": 0}, moment)
    room = {"used": 10**9, "budget": 10**10, "free": 5 * 10**9}
    yield make(VOLUME, {"node": "pi", "volume": "clips"}, dict(room), moment)
    yield make(BACKUP, {"target": "nas"}, {"age": 3600.0, "bytes": 10**8, "ok": True}, moment)


def _event(number: int, moment: datetime) -> Point:
    pet, kind = PETS[number % 3 % 2], TYPES[number % len(TYPES)]
    tags = {"camera": "cage", "location": "den", "pet": pet, "event_type": kind}
    name = f"cage-{number:06d}"
    has_clip = kind not in ("sleeping", "photo")
    fields: dict[str, FieldValue] = {
        "event_id": name,
        "duration": 10.0 + number % 50,
        "confidence": 0.9,
        "clip": f"{name}.mp4" if has_clip else "",
        "clip_state": "stored" if has_clip else "none",
        "snapshot": f"{name}.jpg" if number % 5 else "",
        "evidence": "{}",
        "revision": 0,
    }
    return make(PET_EVENT, tags, fields, moment)


def _seen(number: int, moment: datetime) -> Iterator[Point]:
    for second in range(0, 90, 10):
        at = moment + timedelta(seconds=second)
        tags = {"camera": "cage", "pet": PETS[number % 3 % 2]}
        yield make(PET_ACTIVITY, tags, {"motion": 0.2, "x": 0.5, "y": 0.4}, at)


def _entry(number: int, moment: datetime) -> Point:
    kind, name = (("drink", "ml milk"), ("food", "baby carrots"))[number % 2]
    fields: dict[str, FieldValue] = {
        "amount": 60.0 + number % 7,
        "name": name,
        "note": "",
        "entry_id": str(number),
    }
    return make(JOURNAL, {"person": "mia", "entry_type": kind}, fields, moment)


def _settings(home: Seeded) -> Iterator[Point]:
    low, high = RANGE
    yield change(
        TEMPERATURE,
        Subject(SubjectKind.LOCATION, "den"),
        {Side.LOW: low, Side.HIGH: high},
        home.start + timedelta(days=1),
    )
    for kind, name in ((Kind.NODE, "pi"), (Kind.SENSOR, "usb"), (Kind.SENSOR, "lost"), (Kind.CAMERA, "cage")):
        yield announcement(Thing(kind, name, "pi"), home.start)


def now() -> datetime:
    """The moment that everything is seeded before."""
    return datetime.now(UTC).replace(microsecond=0)
