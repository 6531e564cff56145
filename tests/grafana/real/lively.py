"""A home for Grafana to show: what pages are furnished with, and a fortnight of all that has a dashboard.

The pictures of dashboards in docs/ are taken here. Real files are behind every clip that can be clicked.
"""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np

from collector.sensors.simulated import climate
from hutch import demo
from influx import points
from influx.points import FieldValue, Point, make
from influx.schema import (
    BACKUP,
    CAMERA,
    ENVIRONMENT,
    GAS,
    NODE,
    PET_ACTIVITY,
    PET_EVENT,
    PIPELINE,
    VOLUME,
)
from influx.windows import Window
from tests.api.furnished import furnish
from tests.api.home import Home
from tests.api.lived_in import entry, reading
from vision.cameras.painter import Painter
from vision.cameras.script import Script
from vision.events import Event

_FORTNIGHT = timedelta(days=14)
_AHEAD = timedelta(minutes=30)
"""For how long after its moment the home goes on living: current while it is looked at."""
_WARM = (timedelta(hours=1.5), timedelta(hours=8))
"""Since when, seen from now, and until when a window let the sun in; above what is safe in its middle."""
_SHOWN = timedelta(days=1)
"""Of so long the furnished home has gas and a battery already."""
_WARMTH = 6.5
_FED = (
    (timedelta(hours=3), "drink", 120, "ml milk"),
    (timedelta(hours=7), "food", 3, "baby carrots"),
    (timedelta(hours=9), "food", 1, "banana"),
)
"""What the baby has every so often."""
_PLAY = (55, 10)
"""From which second on the scripted play is a clip, and for how many."""


def enliven(home: Home) -> Home:
    """``home`` with a fortnight that ends at the moment of its clock, rolled up."""
    now, context = home.clock.moment, home.context
    furnish(home, painted)
    start = now - _FORTNIGHT
    made = [*_warm_afternoon(now), *_asleep(start, now)]
    for moment in _every(timedelta(minutes=5), start, now - timedelta(minutes=2)):
        made += [*_machines(moment, now), *(() if now - moment < _SHOWN else _gas(moment))]
    for moment in _every(timedelta(seconds=20), now, now + _AHEAD):
        made += [*_machines(moment, now), *_room(moment)]
    for moment in _every(timedelta(minutes=5), now, now + _AHEAD):
        made += _gas(moment)
    made += [point for number, each in enumerate(_FED) for point in _fed(start, now, number, *each)]
    for name in {point.measurement for point in made}:
        lines = [points.line(point) for point in made if point.measurement == name]
        for first in range(0, len(lines), 5000):
            context.store.write(name, lines[first : first + 5000])
    for spec in (ENVIRONMENT, GAS, NODE, PIPELINE, CAMERA, VOLUME, BACKUP, PET_EVENT, PET_ACTIVITY):
        context.store.roll_up(spec.name, Window(start, now), context.timezone)
    # Before there were seven days nothing is usual.
    for hour in _every(timedelta(hours=1), now - timedelta(days=7), now):
        context.store.baseline(hour, context.timezone)
    return home


def painted(path: Path) -> Path:
    """Write a clip of the scripted play, as small as pages need it."""
    painter, play = Painter(), Script()
    begin, seconds = _PLAY
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(seconds * 10):
            picture = cv2.cvtColor(painter.paint(play.poses(begin + number / 10)), cv2.COLOR_YUV2RGB_I420)
            small = np.asarray(cv2.resize(picture, (640, 360), interpolation=cv2.INTER_AREA), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(small, format="rgb24")))
        container.mux(stream.encode())
    return path


def _every(step: timedelta, start: datetime, until: datetime) -> Iterator[datetime]:
    moment = start
    while moment < until:
        yield moment
        moment += step


def _warm_afternoon(now: datetime) -> Iterator[Point]:
    """The readings of some hours again, as if the sun had come in."""
    tags = {"node": demo.NODE, "sensor": demo.SENSOR, "location": demo.LOCATION}
    latest, earliest = _WARM
    moment = (now - earliest).replace(second=0, microsecond=0)
    while moment < now - latest:
        part = (moment - (now - earliest)) / (earliest - latest)
        room = climate(demo.SEED, moment)
        warm = room.temperature + _WARMTH * math.sin(math.pi * part) ** 2
        yield make(ENVIRONMENT, tags, {"temperature": round(warm, 2)}, moment)
        moment += timedelta(minutes=1)


def _room(moment: datetime) -> Iterator[Point]:
    """What the thermometers go on to say."""
    room = climate(demo.SEED, moment)
    tags = {"node": demo.NODE, "sensor": demo.SENSOR, "location": demo.LOCATION}
    fields = {"temperature": room.temperature, "humidity": room.humidity, "pressure": room.pressure}
    yield make(ENVIRONMENT, tags, dict(fields), moment)
    yield reading("nursery", "thermometer", moment, 21.0, 48.5)


def _asleep(start: datetime, now: datetime) -> Iterator[Point]:
    """Naps of both pets that the camera saw, longer ones at noon."""
    for number, moment in enumerate(_every(timedelta(hours=5), start, now - timedelta(hours=2))):
        for track, pet in enumerate(("miso", "nori")):
            begin = moment + timedelta(minutes=17 * ((number + track) % 4))
            length = timedelta(minutes=25 + 11 * ((number * 3 + track * 5) % 7))
            event = Event(
                demo.CAMERA, demo.LOCATION, 900 + track, "sleeping", begin, begin + length, pet, 0.9, {}
            )
            yield event.point()


def _gas(moment: datetime) -> Iterator[Point]:
    """As the newest day of pages has it."""
    number = moment.timestamp() / 300
    for channel, (gas, value) in enumerate(
        (("CH4", 180 + 40 * math.sin(number / 20)), ("CO", 6 + 3 * math.sin(number / 33)))
    ):
        tags = {"node": "handheld", "sensor": "handheld", "gas": gas, "location": demo.LOCATION}
        yield make(GAS, tags | {"channel": str(channel)}, {"concentration": round(value, 1)}, moment)


def _machines(moment: datetime, now: datetime) -> Iterator[Point]:
    seconds = moment.timestamp()
    day = math.sin(seconds / 86_400 * math.tau)
    wave, ripple = math.sin(seconds / 5_000), math.sin(seconds / 700)
    part = (now - moment) / _FORTNIGHT
    health: dict[str, FieldValue] = {
        "cpu_temperature": 51 + 4 * day + ripple,
        "load": 0.5 + 0.2 * wave + 0.1 * ripple,
        "disk_used": 37 - 9 * part,
        "memory_used": 44 + 2 * wave,
        "uptime": 86_400 * (20 - 14 * part),
        "clock_offset": 0.004 * ripple,
    }
    yield make(NODE, {"node": demo.NODE}, health, moment)
    if now - moment > _SHOWN or moment > now:
        yield make(
            NODE, {"node": "handheld"}, {"battery": min(99, 62 + 30 * (now - moment) / _SHOWN)}, moment
        )
    waiting = 3 + 2 * ripple
    spool: dict[str, FieldValue] = {
        "depth": int(waiting),
        "oldest_age": waiting / 2,
        "accepted": 10**6,
        "rejected": 0,
        "dropped": 0,
    }
    yield make(PIPELINE, {"node": demo.NODE, "part": "spool"}, spool, moment)
    for number, camera in enumerate(("scripted", "cot")):
        seen: dict[str, FieldValue] = {
            "fps": 10 - number + 0.2 * wave,
            "frame_age": 0.12 + 0.04 * number + 0.02 * ripple,
            "still_age": max(0.0, 40 * (wave - 0.3 * number)),
            "luma": 0.5 + 0.1 * day - 0.06 * number,
            "state": "running",
        }
        yield make(CAMERA, {"node": demo.NODE, "camera": camera}, seen, moment)
    room = {"used": int(8e9 * (1 - 0.4 * part)), "budget": 10**10, "free": 10**10}
    yield make(VOLUME, {"node": demo.NODE, "volume": "clips"}, dict(room), moment)
    yield make(BACKUP, {"target": "nas"}, {"age": seconds % 86_400, "bytes": 10**8, "ok": True}, moment)


def _fed(
    start: datetime, now: datetime, number: int, every: timedelta, kind: str, amount: float, name: str
) -> Iterator[Point]:
    moment, count = now - every * 0.7, 0
    while moment > start:
        count += 1
        more = (count * 7 + number) % 5 - 2
        yield entry(kind, max(1, amount + (10 if amount > 10 else 1) * more * 0.5), name, moment)
        moment -= every + timedelta(minutes=13 * more)
