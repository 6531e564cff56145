"""A home that is lived in: a fortnight of climate, events with clips, a journal, two cameras."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import cv2
import numpy as np

from collector.config import SensorSection
from influx import points
from influx.config import Location
from influx.points import Point
from influx.schema import ENVIRONMENT, JOURNAL
from tests.api.clip import make_clip
from tests.api.home import NOW, Home
from vision.clips import clip_key, snapshot_key
from vision.config import CameraSection
from vision.events import Event

HOSTILE = "<b>oat & \"milk\"</b> 'x'"
"""A name with everything in it that HTML would take for its own."""


def live_in(home: Home) -> Home:
    """``home`` with two rooms, two cameras, and everything that is seen on pages stored in it."""
    home.context = replace(
        home.context,
        locations=(
            Location(name="hutch", label="Chancho's hutch", temperature_low=15.6, temperature_high=23.9),
            Location(name="nursery", temperature_low=18, temperature_high=22),
        ),
        sensors=(
            SensorSection(kind="simulated", name="hat", location="hutch", interval=timedelta(seconds=10)),
            SensorSection(kind="usb", name="dongle", location="nursery", interval=timedelta(minutes=5)),
        ),
        cameras=(
            CameraSection(kind="scripted", name="cage", location="hutch"),
            CameraSection(kind="url", name="cot-cam", location="nursery"),
        ),
    )
    _store_all(home, _climate())
    events = list(_events())
    _store_all(home, (event.point() for event in events))
    _keep_pictures(home, events)
    _store_all(home, _journal())
    return home


def _store_all(home: Home, made: Iterator[Point]) -> None:
    found = list(made)
    home.context.store.write(found[0].measurement, [points.line(point) for point in found])


def reading(location: str, sensor: str, at: datetime, temperature: float, humidity: float) -> Point:
    """A reading of the climate."""
    tags = {"node": "pi", "sensor": sensor, "location": location}
    return points.make(ENVIRONMENT, tags, {"temperature": temperature, "humidity": humidity}, at)


def entry(entry_type: str, amount: float, name: str, at: datetime, note: str = "") -> Point:
    """A journal entry."""
    time_ns = points.to_ns(at)
    return points.make(
        JOURNAL,
        {"person": "baby", "entry_type": entry_type},
        {"amount": amount, "name": name, "note": note or None, "entry_id": str(time_ns)},
        time_ns,
    )


def _journal() -> Iterator[Point]:
    yield entry("drink", 4, "oz of milk", NOW - timedelta(minutes=45))
    yield entry("food", 3, "baby carrots", NOW - timedelta(minutes=130), "ate them all")
    yield entry("drink", 2.5, HOSTILE, NOW - timedelta(minutes=400))
    yield entry("food", 1, "banana", NOW - timedelta(minutes=1500))


def _keep_pictures(home: Home, events: list[Event]) -> None:
    video = make_clip(home.context.data_dir / "seed.mp4")
    picture = home.context.data_dir / "seed.jpg"
    for event in events:
        if event.snapshot:
            picture.write_bytes(jpeg(event.track, event.event_type))
            home.context.clips.put(event.snapshot, picture)
        if event.clip_state == "stored":
            home.context.clips.put(event.clip, video)


def _climate() -> Iterator[Point]:
    start = NOW - timedelta(days=13, hours=20)
    moment = start
    while moment < NOW - timedelta(minutes=4):
        hours = (moment - start).total_seconds() / 3600
        day = math.sin(hours / 24 * 2 * math.pi)
        wave = 0.35 * math.sin(hours * 2.3) + 0.2 * math.sin(hours * 7.1)
        if not timedelta(hours=5) < NOW - moment < timedelta(hours=8):
            yield reading("hutch", "hat", moment, 21.6 + 1.9 * day + wave, 47 - 6 * day + 3 * wave)
        if moment < NOW - timedelta(hours=3):
            yield reading("nursery", "dongle", moment, 20.1 + 0.9 * day + wave, 52 - 4 * day)
        moment += timedelta(minutes=5)
    yield reading("hutch", "hat", NOW - timedelta(seconds=8), 24.7, 41)


def _events() -> Iterator[Event]:
    told = (
        (4, "playing", "miso", 34.2, "stored"),
        (21, "sitting", "chancho", 610, "none"),
        (55, "motion", "unknown", 12.4, "waiting"),
        (180, "passing", "miso", 6.1, "pruned"),
        (1600, "passing", "chancho", 8.8, "lost"),
    )
    for track, (minutes, event_type, pet, seconds, state) in enumerate((*told, *_older()), 1):
        start = NOW - timedelta(minutes=minutes)
        camera = "cot-cam" if event_type == "motion" else "cage"
        event = Event(
            camera,
            "nursery" if camera == "cot-cam" else "hutch",
            track,
            event_type,
            start,
            start + timedelta(seconds=seconds),
            pet,
            0.87,
            {"mean_motion": 0.0412, "speed": 0.23, "frames": 171, "still": False},
            clip_state=state,
        )
        yield replace(
            event,
            clip="" if state == "none" else clip_key(event.id),
            snapshot="" if state == "lost" else snapshot_key(event.id),
        )


def _older() -> Iterator[tuple[int, str, str, float, str]]:
    for number in range(30):
        yield 2000 + 97 * number, "passing", "miso", 5.0 + number, "pruned"


def jpeg(seed: int, words: str = "") -> bytes:
    """A picture of a room with somebody round in it."""
    picture = np.zeros((360, 640, 3), np.uint8)
    picture[:230] = (176, 190, 201)
    picture[230:] = (88, 118, 146)
    cv2.rectangle(picture, (60, 60), (190, 160), (222, 226, 214), -1)
    x = 120 + seed * 67 % 400
    cv2.ellipse(picture, (x, 262), (70, 48), 0, 0, 360, (96, 92, 92), -1)
    for side in (-22, 16):
        cv2.ellipse(picture, (x + 44 + side // 2, 205), (13, 26), side, 0, 360, (112, 104, 108), -1)
    cv2.circle(picture, (x + 50, 240), 32, (104, 98, 98), -1)
    cv2.circle(picture, (x + 62, 234), 5, (20, 16, 16), -1)
    cv2.putText(picture, words, (14, 345), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (240, 240, 240), 1, cv2.LINE_AA)
    done, packed = cv2.imencode(".jpg", picture)
    assert done
    return packed.tobytes()
