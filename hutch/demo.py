"""The demo: a simulated room, a scripted camera, and a fortnight behind them, all labelled as simulated."""

import logging
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from collector.sensors.simulated import drops_out, reading
from influx import points
from influx.points import Point
from influx.schema import ENVIRONMENT, PET_ACTIVITY, PET_EVENT
from influx.store import Store
from influx.windows import Window
from vision.events import Event

logger = logging.getLogger(__name__)

FILE = "demo.toml"
NODE, LOCATION, SENSOR, CAMERA = "demo", "hutch", "simulated", "scripted"
SEED = 7
HISTORY = timedelta(days=14)
_HISTORY_STEP = timedelta(minutes=1)
_MARGIN = timedelta(minutes=10)
"""Kept away from the edge of the retention, so that no point is refused while it is being written."""

CONFIG = """\
# Made by `hutch run --demo`: a simulated room and a scripted camera. Nothing here is real.
node = "{node}"
data_dir = "."

[[locations]]
name = "{location}"
label = "The hutch"
temperature_low = 15.6   # 60 °F: chinchillas want 60 to 75 °F
temperature_high = 23.9  # 75 °F

[[collector.sensors]]
kind = "simulated"
name = "{sensor}"
location = "{location}"
interval = 5
seed = {seed}

[[collector.sensors]]
kind = "host"
name = "host"
interval = 10

[vision]
consent = true  # two painted pets have no objection

[[vision.cameras]]
kind = "scripted"
name = "{camera}"
location = "{location}"

[api]
port = {port}
"""


def write_config(data_dir: Path, port: int) -> Path:
    """Write the demo's hutch.toml into ``data_dir`` (made where missing) and return its path."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FILE
    text = CONFIG.format(node=NODE, location=LOCATION, sensor=SENSOR, camera=CAMERA, seed=SEED, port=port)
    path.write_text(text, encoding="utf-8")
    return path


def holds_demo(data_dir: Path) -> bool:
    """Whether ``data_dir`` holds a demo, whose points would pass for those of a real home."""
    return (data_dir / FILE).exists()


def back_fill(store: Store, data_dir: Path, now: datetime) -> int:
    """Write what is missing of the fortnight before ``now``; returns the number of points.

    The history is the same whenever it is made, so that doing it again after a crash adds nothing.
    """
    marker = data_dir / "filled"
    since = max(_filled(store, marker), now - HISTORY + _MARGIN)
    written = 0
    events = list(_events(since, now))
    for measurement, made in (
        (ENVIRONMENT.name, _climate(since, now)),
        (PET_EVENT.name, (event.point() for event in events)),
        (PET_ACTIVITY.name, (point for event in events for point in _whereabouts(event))),
    ):
        lines = [points.line(point) for point in made]
        for start in range(0, len(lines), 5000):
            store.write(measurement, lines[start : start + 5000])
        written += len(lines)
    marker.write_text(now.isoformat(), encoding="utf-8")
    if written:
        logger.info("back-filled %s simulated points over %s", written, str(now - since).split(".")[0])
    return written


def _filled(store: Store, marker: Path) -> datetime:
    """Until when the history was filled in before; long ago where it was not, or the store was lost."""
    long_ago = datetime.fromtimestamp(0, UTC)
    try:
        filled = datetime.fromisoformat(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return long_ago
    before = Window(filled - timedelta(hours=1), filled)
    return filled if store.latest(ENVIRONMENT.name, before, {"sensor": SENSOR}) else long_ago


def _climate(since: datetime, until: datetime) -> Iterator[Point]:
    moment = since.replace(second=0, microsecond=0) + _HISTORY_STEP
    tags = {"node": NODE, "sensor": SENSOR, "location": LOCATION}
    while moment < until:
        if not drops_out(SEED, moment):
            yield points.make(ENVIRONMENT, tags, reading(SEED, moment).fields, moment)
        moment += _HISTORY_STEP


_HABITS = (("sitting", 8.0, 240.0), ("passing", 10.0, 6.0), ("playing", 6.0, 40.0), ("motion", 3.0, 15.0))
"""Event type, how often a day, and the usual length in seconds."""


def _events(since: datetime, until: datetime) -> Iterator[Event]:
    """The events that ended between ``since`` and ``until``."""
    day = since.astimezone(UTC).date() - timedelta(days=1)
    while day <= until.astimezone(UTC).date():
        for event in _day(day):
            if since < event.end <= until and event.start > until - HISTORY:
                yield event
        day += timedelta(days=1)


def _day(day: date) -> Iterator[Event]:
    """The events of two pets on one day, always the same; they are busiest at dusk and dawn."""
    dice = random.Random(f"{SEED} {day.isoformat()}")  # noqa: S311 -- a believable history, no secret
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    track = 0
    for pet in ("miso", "nori"):
        for event_type, a_day, usual in _HABITS:
            for _ in range(max(1, round(dice.gauss(a_day, 1.5)))):
                track += 1
                hour = dice.gauss(dice.choice((6.5, 20.5)), 1.8) % 24
                start = midnight + timedelta(milliseconds=int(hour * 3_600_000))
                end = start + timedelta(milliseconds=int(usual * 1000 * dice.uniform(0.4, 1.8)))
                confidence = round(dice.uniform(0.7, 0.98), 2)
                yield Event(
                    CAMERA, LOCATION, track, event_type, start, end, pet, confidence, {"simulated": True}
                )


_FAVOURITES = {"miso": ((0.22, 0.74), (0.62, 0.66)), "nori": ((0.80, 0.78), (0.45, 0.70))}
"""Where each pet likes to be, the first most: x and y of the picture, 0 left and top to 1."""
_ACTIVITY_EVERY = timedelta(seconds=10)


def _whereabouts(event: Event) -> Iterator[Point]:
    """Where the pet of ``event`` was while it lasted: at a favourite place, or on its way between two."""
    dice = random.Random(f"{SEED} {event.id}")  # noqa: S311 -- a believable history, no secret
    first, second = _FAVOURITES[event.pet]
    still = event.event_type == "sitting"
    if still and dice.random() < 0.3:
        first = second
    spread, moment = 0.02 if still else 0.06, event.start
    while moment < event.end:
        part = 0.0 if still else dice.random()
        place = (dice.gauss(a + (b - a) * part, spread) for a, b in zip(first, second, strict=True))
        x, y = (round(min(1.0, max(0.0, value)), 4) for value in place)
        motion = round(dice.uniform(0.0, 0.03) if still else dice.uniform(0.1, 0.6), 3)
        yield points.make(
            PET_ACTIVITY,
            {"camera": event.camera, "pet": event.pet},
            {"motion": motion, "x": x, "y": y},
            moment,
        )
        moment += _ACTIVITY_EVERY
