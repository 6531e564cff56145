"""A home that is lived in: a store with a fortnight of climate, events with clips, a journal, a camera."""

import math
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from api.config import ApiSection
from api.context import Context
from collector.config import SensorSection, SpoolSection
from collector.spool import Spool
from collector.writer import Writer
from influx import points
from influx.config import Location, Retention
from influx.embedded import EmbeddedStore
from influx.points import Point
from influx.schema import ENVIRONMENT, JOURNAL
from tests.api.clip import make_clip
from vision.clips import DirectoryClips, clip_key, snapshot_key
from vision.config import CameraSection
from vision.events import Event

NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Zurich")
HOSTILE = "<b>oat & \"milk\"</b> 'x'"
"""A name with everything in it that HTML would take for its own."""


@dataclass
class Clock:
    """The time of the home; a test moves it by hand."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment


@contextmanager
def home(folder: Path, *, clock: Clock | None = None, empty: bool = False) -> Iterator[Context]:
    """The context of a home, seeded unless ``empty``; a writer drains its spool until the end."""
    clock = clock or Clock()
    stop = threading.Event()
    with ExitStack() as stack:
        seconds = lambda: clock().timestamp()  # noqa: E731 -- shared by both
        store = stack.enter_context(closing(EmbeddedStore(folder / "points.sqlite", now=seconds)))
        spool = stack.enter_context(closing(Spool(folder / "spool.sqlite", SpoolSection(), now=seconds)))
        clips = stack.enter_context(closing(DirectoryClips(folder / "clips")))
        writer = threading.Thread(target=Writer(spool, store, stop=stop).run)
        writer.start()
        stack.callback(writer.join)
        stack.callback(stop.set)
        context = _context(folder, store, spool, clips, clock, empty=empty)
        if not empty:
            _seed(context, folder)
        yield context


def _context(
    folder: Path, store: EmbeddedStore, spool: Spool, clips: DirectoryClips, clock: Clock, *, empty: bool
) -> Context:
    return Context(
        config=ApiSection(),
        node="attic",
        data_dir=folder,
        timezone=ZONE,
        retention=Retention(),
        locations=()
        if empty
        else (
            Location(name="hutch", label="Chancho's hutch", temperature_low=15.6, temperature_high=23.9),
            Location(name="nursery", temperature_low=18, temperature_high=22),
        ),
        sensors=()
        if empty
        else (
            SensorSection(
                kind="simulated", name="sense-hat", location="hutch", interval=timedelta(seconds=10)
            ),
            SensorSection(kind="usb", name="dongle", location="nursery", interval=timedelta(minutes=5)),
        ),
        cameras=()
        if empty
        else (
            CameraSection(kind="scripted", name="playpen", location="hutch"),
            CameraSection(kind="url", name="cot-cam", location="nursery"),
        ),
        store=store,
        spool=spool,
        clips=clips,
        now=clock,
    )


def write(context: Context, *made: Point) -> None:
    """Put points straight into the store."""
    for name in {point.measurement for point in made}:
        context.store.write(name, [points.line(point) for point in made if point.measurement == name])


def reading(location: str, sensor: str, at: datetime, temperature: float, humidity: float) -> Point:
    """A reading of the climate."""
    tags = {"node": "attic", "sensor": sensor, "location": location}
    return points.make(ENVIRONMENT, tags, {"temperature": temperature, "humidity": humidity}, at)


def entry(kind: str, amount: float, name: str, at: datetime, note: str = "") -> Point:
    """A journal entry."""
    time_ns = points.to_ns(at)
    return points.make(
        JOURNAL,
        {"person": "baby", "entry_type": kind},
        {"amount": amount, "name": name, "note": note or None, "entry_id": str(time_ns)},
        time_ns,
    )


def _seed(context: Context, folder: Path) -> None:
    start = NOW - timedelta(days=13, hours=20)
    write(context, *_climate(start))
    events = list(_events())
    write(context, *(event.point() for event in events))
    video = make_clip(folder / "seed.mp4")
    for event in events:
        if event.snapshot:
            picture = folder / "seed.jpg"
            picture.write_bytes(jpeg(event.track, event.event_type))
            context.clips.put(event.snapshot, picture)
        if event.clip_state == "stored":
            copy = folder / "copy.mp4"
            copy.write_bytes(video.read_bytes())
            context.clips.put(event.clip, copy)
    ago = [timedelta(minutes=m) for m in (45, 130, 400, 1500)]
    write(
        context,
        entry("drink", 4, "oz of milk", NOW - ago[0]),
        entry("food", 3, "baby carrots", NOW - ago[1], "ate them all"),
        entry("drink", 2.5, HOSTILE, NOW - ago[2]),
        entry("food", 1, "banana", NOW - ago[3]),
    )


def _climate(start: datetime) -> Iterator[Point]:
    moment = start
    while moment <= NOW:
        hours = (moment - start).total_seconds() / 3600
        day = math.sin(hours / 24 * 2 * math.pi)
        wave = 0.35 * math.sin(hours * 2.3) + 0.2 * math.sin(hours * 7.1)
        silent = timedelta(hours=5) < NOW - moment < timedelta(hours=8)
        if not silent:
            yield reading("hutch", "sense-hat", moment, 20.6 + 1.6 * day + wave, 47 - 6 * day + 3 * wave)
        if moment < NOW - timedelta(hours=3):
            yield reading("nursery", "dongle", moment, 20.1 + 0.9 * day + wave, 52 - 4 * day)
        moment += timedelta(minutes=5)
    yield reading("hutch", "sense-hat", NOW - timedelta(seconds=8), 24.7, 41)


def _events() -> Iterator[Event]:
    told = (
        (4, "playing", "miso", 34.2, "stored"),
        (21, "sitting", "chancho", 610, "none"),
        (55, "motion", "unknown", 12.4, "waiting"),
        (180, "passing", "miso", 6.1, "pruned"),
        (1600, "passing", "chancho", 8.8, "lost"),
    )
    for track, (minutes, kind, pet, seconds, state) in enumerate((*told, *_older()), 1):
        start = NOW - timedelta(minutes=minutes)
        camera = "cot-cam" if kind == "motion" else "playpen"
        event = Event(
            camera,
            "nursery" if camera == "cot-cam" else "hutch",
            track,
            kind,
            start,
            start + timedelta(seconds=seconds),
            pet,
            0.87,
            {"mean_motion": 0.0412, "speed": 0.23, "frames": 171, "still": False},
        )
        clip = "" if state == "none" else clip_key(event.id)
        snapshot = "" if state == "lost" else snapshot_key(event.id)
        yield Event(
            **{name: getattr(event, name) for name in event.__slots__}
            | {"clip": clip, "clip_state": state, "snapshot": snapshot}
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
