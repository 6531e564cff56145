"""A home as it could be: the demo's fortnight, a nursery, gas, photographs, people and devices at its door.

The pictures in docs/ are taken here, so what stands in it is what somebody could have.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import cv2

from api.access.ledger import ledger_of
from api.access.passwords import hashed
from api.events import listing
from api.events.listing import Filters
from api.gas.messages import Message, to_points
from api.pets import photos
from collector.config import SensorSection
from hutch import demo
from influx import points
from influx.config import Location
from influx.points import Point
from influx.registry import Kind, Thing, announcement
from influx.schema import CAMERA, NODE, PET_EVENT, PIPELINE, VOLUME
from influx.windows import Window
from tests.api.clip import make_clip
from tests.api.home import Home
from tests.api.lived_in import entry, reading
from vision.cameras.painter import HEIGHT, WIDTH, Painter
from vision.cameras.script import Action, Pet, Pose, Script
from vision.cameras.scripted import ScriptedCamera, ScriptedOptions
from vision.clips import clip_key, snapshot_key
from vision.config import CameraSection

OWNER, PASSWORD = "ada", "a pillow of hay"
_PICTURES = 36
"""How many of the newest events have a snapshot; the moving ones among them have a clip."""
_COATS = {"miso": Pet.MANGO, "nori": Pet.SHADOW}
"""Who of the scripted room stands for which pet."""
_ACTIONS = {"sitting": Action.SIT, "playing": Action.RUN}
_MINUTE = timedelta(minutes=1)


def furnish(home: Home, video: Callable[[Path], Path] = make_clip) -> Home:
    """``home`` with everything that its pages can show, at the moment of its clock.

    ``video`` makes the file that all clips are.
    """
    now = home.clock.moment
    home.context = replace(
        home.context,
        locations=(
            Location(name="hutch", label="The hutch", temperature_low=15.6, temperature_high=23.9),
            Location(name="nursery", label="Nursery", temperature_low=18, temperature_high=22),
        ),
        sensors=(
            SensorSection(kind="simulated", name="simulated", location="hutch", interval=_MINUTE),
            SensorSection(kind="usb", name="thermometer", location="nursery", interval=5 * _MINUTE),
        ),
        cameras=(
            CameraSection(kind="scripted", name="scripted", location="hutch"),
            CameraSection(kind="scripted", name="cot", location="nursery"),
        ),
    )
    demo.back_fill(home.context.store, home.context.data_dir, now)
    home.store(*_keep_pictures(home, video))
    week = Window(now - timedelta(days=8), now)
    home.context.store.roll_up(PET_EVENT.name, week, home.context.timezone)
    gas = sorted(_gas(now), key=lambda point: point.measurement)
    home.store(*_nursery(now), *gas, *_machine(now), *_expected(now))
    _let_in(home)
    return home


def _nursery(now: datetime) -> Iterator[Point]:
    for number in range(1, 12 * 24 * 14):
        hours = number / 12
        day = math.sin((hours - 4) / 24 * 2 * math.pi) + 0.2 * math.sin(hours * 2.1)
        yield reading("nursery", "thermometer", now - number * 5 * _MINUTE, 20.3 - 0.8 * day, 51 + 3 * day)
    yield reading("nursery", "thermometer", now - timedelta(seconds=70), 21.0, 48.5)
    for minutes, entry_type, amount, name, note in (
        (45, "drink", 4, "oz of milk", ""),
        (130, "food", 3, "baby carrots", "ate them all"),
        (300, "drink", 120, "ml milk", ""),
        (1500, "food", 1, "banana", ""),
    ):
        yield entry(entry_type, amount, name, now - minutes * _MINUTE, note)


def _gas(now: datetime) -> Iterator[Point]:
    for number in range(288):
        at = int(now.timestamp()) - 60 - number * 300
        sensors = [
            {"type": "CH4", "val": round(180 + 40 * math.sin(number / 20))},
            {"type": "CO", "val": round(6 + 3 * math.sin(number / 33), 1)},
        ]
        told = {"pct": 62 + number // 10, "id": "handheld", "ts": at, "sensors": sensors}
        yield from to_points(Message.model_validate(told), "hutch")


def _machine(now: datetime) -> Iterator[Point]:
    node = {"cpu_temperature": 51.2, "load": 0.42, "disk_used": 37, "memory_used": 44, "uptime": 900_000}
    spool = {"depth": 0, "accepted": 1_234_567, "rejected": 0, "dropped": 0}
    room = {"used": 8 * 10**9, "budget": 10**10, "free": 10**9}
    yield points.make(NODE, {"node": "demo"}, node, now)
    yield points.make(PIPELINE, {"node": "demo", "part": "spool"}, spool, now)
    yield points.make(VOLUME, {"node": "demo", "volume": "clips"}, room, now)
    for camera in ("scripted", "cot"):
        told: dict[str, float | str] = {"fps": 10.0, "frame_age": 0.1, "luma": 0.5, "state": "running"}
        yield points.make(CAMERA, {"node": "demo", "camera": camera}, told, now)


def _expected(now: datetime) -> Iterator[Point]:
    since = now - timedelta(days=13)
    for kind, name in (
        (Kind.NODE, "demo"),
        (Kind.SENSOR, "simulated"),
        (Kind.CAMERA, "scripted"),
        (Kind.PET, "miso"),
        (Kind.PET, "nori"),
    ):
        yield announcement(Thing(kind, name, "demo"), since)
    yield announcement(Thing(Kind.SENSOR, "thermometer", "pi"), since)


def _keep_pictures(home: Home, video: Callable[[Path], Path]) -> Iterator[Point]:
    """The newest events again, with a snapshot, and a clip where something moves."""
    context = home.context
    newest = listing.page(context, Filters(), None, limit=_PICTURES).events
    clip = video(context.data_dir / "seed.mp4")
    picture = context.data_dir / "seed.jpg"
    painter = Painter()
    for number, point in enumerate(newest):
        identifier = str(point.fields["event_id"])
        picture.write_bytes(jpeg := _painted(painter, point, number))
        fields = {**point.fields, "snapshot": snapshot_key(identifier)}
        context.clips.put(snapshot_key(identifier), picture)
        if point.tags["event_type"] != "sitting":
            context.clips.put(clip_key(identifier), clip)
            fields |= {"clip": clip_key(identifier), "clip_state": "stored"}
        yield points.make(PET_EVENT, point.tags, fields, point.time)
        if number < 4:
            photos.keep(context, point.tags["pet"], jpeg)


def _painted(painter: Painter, event: Point, number: int) -> bytes:
    """What the scripted room looks like while the pet of ``event`` is at it."""
    action = _ACTIONS.get(event.tags["event_type"], Action.WALK)
    x, y = 0.18 + 0.09 * (number * 5 % 8), 0.72 + 0.05 * (number % 4)
    pose = Pose(_COATS[event.tags["pet"]], action, x, y, 1 - 2 * (number % 2), 0.3 * number % 1)
    picture = cv2.cvtColor(painter.paint([pose]), cv2.COLOR_YUV2BGR_I420)
    done, packed = cv2.imencode(".jpg", cv2.resize(picture, (WIDTH // 2, HEIGHT // 2)))
    assert done
    return packed.tobytes()


class Still(Script):
    """One moment of the scripted play, for ever: pictures of it are the same whenever they are taken."""

    def __init__(self, moment: float) -> None:
        super().__init__()
        self._moment = moment

    def poses(self, seconds: float) -> list[Pose]:
        """The pets at that moment, whatever the time."""
        return super().poses(self._moment)


def standing_still(moment: float) -> ScriptedCamera:
    """A camera that shows the play as it is ``moment`` seconds after its beginning."""
    shown = ScriptedCamera(ScriptedOptions(fps=5))
    shown.script = Still(moment)
    return shown


def _let_in(home: Home) -> None:
    """An owner, somebody who may look, and devices with tokens."""
    now = home.clock.moment
    with closing(ledger_of(home.context.data_dir)) as ledger:
        ledger.add_user(OWNER, "owner", hashed(PASSWORD), now - timedelta(days=13))
        ledger.add_user("gus", "viewer", hashed(PASSWORD), now - timedelta(days=9))
        ledger.add_device("Thermometer in the nursery", "ingest", "nursery", now - timedelta(days=9))
        ledger.add_device("Screen in the hall", "live", None, now - timedelta(days=4))
        for device in ledger.devices():
            ledger.see_device(device.id, now - 2 * _MINUTE)
