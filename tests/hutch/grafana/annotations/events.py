"""Events with clips, and how they are written."""

from datetime import UTC, datetime, timedelta
from typing import Any

from influx import points
from influx.points import Point
from influx.schema import PET_EVENT
from influx.store import Store
from influx.windows import Window
from tests.hutch.grafana.annotations.held import Held
from vision.events import CLIP_STORED, Event

NOON = datetime(2026, 5, 28, 12, tzinfo=UTC)
DAY = Window(NOON - timedelta(hours=12), NOON + timedelta(hours=12))


def event(minutes: float = 0, *, seconds: float = 12, track: int = 1, **more: Any) -> Event:
    """One that began ``minutes`` after noon."""
    start = NOON + timedelta(minutes=minutes)
    given = {"pet": "miso", "event_type": "playing", "clip": "c", "clip_state": CLIP_STORED, "snapshot": "s"}
    told = given | more
    stop = start + timedelta(seconds=seconds)
    return Event("cam", "cage", track, told.pop("event_type"), start, stop, **told)


def write(store: Store, *events: Event | Point) -> None:
    """As whoever delivers for a camera."""
    found = [each.point() if isinstance(each, Event) else each for each in events]
    store.write(PET_EVENT.name, [points.line(point) for point in found])


def texts(notes: Held) -> list[str]:
    """What is on the graphs, in the order of time."""
    items = sorted(notes.items.values(), key=lambda item: (item["time"], item["id"]))
    return [item["text"].rpartition(">")[0].removesuffix("</a").rpartition(">")[2] for item in items]
