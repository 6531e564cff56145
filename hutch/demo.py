"""The demo: a simulated room, a scripted camera, and a fortnight behind them, all labelled as simulated."""

import logging
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.sensors.simulated import drops_out, reading
from influx import points
from influx.points import Point
from influx.schema import ENVIRONMENT
from influx.store import Store
from influx.windows import Window
from vision.events import Event

logger = logging.getLogger(__name__)

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
    path = data_dir / "demo.toml"
    path.write_text(
        CONFIG.format(node=NODE, location=LOCATION, sensor=SENSOR, camera=CAMERA, seed=SEED, port=port)
    )
    return path


def back_fill(store: Store, now: datetime) -> int:
    """Write the fortnight before ``now`` unless it is there already; returns the number of points."""
    yesterday = Window(now - timedelta(days=2), now - timedelta(days=1))
    if store.latest(ENVIRONMENT.name, yesterday, {"sensor": SENSOR}):
        return 0
    written = 0
    for measurement, made in (("environment", _climate(now)), ("pet_event", _events(now))):
        lines = [points.line(point) for point in made]
        for start in range(0, len(lines), 5000):
            store.write(measurement, lines[start : start + 5000])
        written += len(lines)
    logger.info("back-filled %s simulated points over %s days", written, HISTORY.days)
    return written


def _climate(now: datetime) -> Iterator[Point]:
    moment = (now - HISTORY + _MARGIN).replace(second=0, microsecond=0)
    tags = {"node": NODE, "sensor": SENSOR, "location": LOCATION}
    while moment < now:
        if not drops_out(SEED, moment):
            yield points.make(ENVIRONMENT, tags, reading(SEED, moment).fields, moment)
        moment += _HISTORY_STEP


_HABITS = (("sitting", 8.0, 240.0), ("passing", 10.0, 6.0), ("playing", 6.0, 40.0), ("motion", 3.0, 15.0))
"""Event type, how often a day, and the usual length in seconds."""


def _events(now: datetime) -> Iterator[Point]:
    """A fortnight of events of two pets that are busiest at dusk and dawn, ended before ``now``."""
    dice = random.Random(SEED)  # noqa: S311 -- a believable history, no secret
    first = (now - HISTORY + _MARGIN).astimezone(UTC)
    track = 0
    for day in range(HISTORY.days + 1):
        for pet in ("miso", "nori"):
            for event_type, a_day, usual in _HABITS:
                for _ in range(max(1, round(dice.gauss(a_day, 1.5)))):
                    track += 1
                    hour = dice.gauss(dice.choice((6.5, 20.5)), 1.8) % 24
                    start = first.replace(minute=0, second=0, microsecond=0)
                    start += timedelta(days=day, hours=hour - start.hour)
                    start = start.replace(microsecond=start.microsecond // 1000 * 1000)
                    length = timedelta(milliseconds=int(usual * 1000 * dice.uniform(0.4, 1.8)))
                    if start >= first and start + length < now - timedelta(minutes=5):
                        yield Event(
                            CAMERA,
                            LOCATION,
                            track,
                            event_type,
                            start,
                            start + length,
                            pet,
                            round(dice.uniform(0.7, 0.98), 2),
                            {"simulated": True},
                        ).point()
