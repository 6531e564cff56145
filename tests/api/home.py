"""A small home to ask: real stores in a folder, a clock that stands still, and a real server over them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from api.config import ApiSection
from api.context import Context
from api.server import listen, serve
from collector.config import SensorSection, SpoolSection
from collector.spool import Spool
from collector.writer import Writer
from influx import points
from influx.config import Location, Retention
from influx.embedded import EmbeddedStore
from influx.points import Point
from influx.schema import ENVIRONMENT, ROLLUPS
from influx.server import ServerStore
from influx.store import Store
from influx.windows import Window
from vision.clips import DirectoryClips
from vision.config import CameraSection
from vision.events import Event

NOW = datetime(2026, 5, 28, 14, 0, tzinfo=UTC)


class Clock:
    """A clock that is right and moves only when told; called it gives seconds since 1970."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> float:
        return self.moment.timestamp()

    @property
    def boot(self) -> str:
        return "this one"

    def now(self) -> float:
        return self()

    def elapsed_ns(self) -> int:
        return points.to_ns(self.moment)

    def is_right(self) -> bool:
        return True

    def is_synchronised(self) -> bool:
        return True


@dataclass
class Home:
    """What the server works with, at hand for a test."""

    clock: Clock
    context: Context
    url: str = ""

    def store(self, *made: Point) -> None:
        """Put points into the store at once, as if they had come by long ago, and roll them up."""
        for measurement, group in groupby(made, key=lambda point: point.measurement):
            stored = list(group)
            self.context.store.write(measurement, [points.line(point) for point in stored])
            if measurement in ROLLUPS:
                times = [point.time for point in stored]
                window = Window(min(times), max(times) + timedelta.resolution)
                self.context.store.roll_up(measurement, window, self.context.timezone)

    def deliver(self) -> None:
        """Bring everything that waits in the spool to the store, whoever drains it."""
        writer = Writer(self.context.spool, self.context.store, node="pi", stop=threading.Event())
        pause = threading.Event()
        for _ in range(500):
            if self.context.spool.status().depth == 0:
                return
            writer.drain_once()
            pause.wait(0.01)
        raise AssertionError(f"after 5 s there still waits: {self.context.spool.status()}")


def reading(at: datetime, temperature: float, location: str = "hutch", **more: float) -> Point:
    """A climate reading of the sensor ``hat``."""
    tags = {"node": "pi", "sensor": "hat", "location": location}
    return points.make(ENVIRONMENT, tags, {"temperature": temperature, **more}, at)


def event(
    start: datetime, *, camera: str = "cage", track: int = 1, seconds: float = 8, **more: object
) -> Event:
    """An event, ``passing`` unless told otherwise."""
    known = {"location": "hutch", "event_type": "passing", "pet": "miso", **more}
    return Event(camera=camera, track=track, start=start, end=start + timedelta(seconds=seconds), **known)  # type: ignore[arg-type]


@contextmanager
def a_home(folder: Path, store: Store | None = None, moment: datetime = NOW) -> Iterator[Home]:
    """A home in ``folder``, without a server; it has a store of its own where none is given."""
    clock = Clock(moment)
    store = store or EmbeddedStore(folder / "points.sqlite", retention=Retention(), now=clock)
    spool = Spool(folder / "spool.sqlite", SpoolSection(), clock=clock)
    clips = DirectoryClips(folder / "clips")
    context = Context(
        config=ApiSection(port=0),
        node="pi",
        data_dir=folder,
        timezone=ZoneInfo("Europe/Zurich"),
        retention=Retention(),
        locations=(
            Location(name="hutch", label="The hutch", temperature_low=15.6, temperature_high=23.9),
            Location(name="nursery"),
        ),
        sensors=(
            SensorSection(kind="simulated", name="hat", location="hutch", interval=timedelta(seconds=10)),
        ),
        cameras=(
            CameraSection(kind="scripted", name="cage", location="hutch"),
            CameraSection(kind="scripted", name="cot", location="nursery"),
        ),
        store=store,
        spool=spool,
        clips=clips,
        now=lambda: clock.moment,
    )
    try:
        yield Home(clock, context)
    finally:
        spool.close()
        store.close()
        clips.close()


def a_store_that_is_away() -> Store:
    """InfluxDB at an address where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return ServerStore(f"http://127.0.0.1:{taken.getsockname()[1]}", "hutch", "token")


@contextmanager
def serving(home: Home, port: int = 0) -> Iterator[httpx.Client]:
    """A real server over ``home`` on ``port``, by default a free one, and a client of it."""
    listener = listen("127.0.0.1", port)
    home.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(home.context, listener, stop), name="server")
    thread.start()
    try:
        with httpx.Client(base_url=home.url, timeout=10) as client:
            yield client
    finally:
        stop.set()
        thread.join(10)
        listener.close()
        assert not thread.is_alive(), "the server did not stop within 10 s"
