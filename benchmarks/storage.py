"""What it takes to keep 100,000 clips within their room: in a folder and on MinIO, with SQLite and InfluxDB.

Clips of ten bytes of four cameras over two years and an event for each are put into both pairs of stores.
Then the keeper of clips looks at everything, as at its start and every six hours, does a round in between,
and prunes 1,000 clips. Told are seconds, and the memory that a list of so many clips takes.
Needs ``python scripts/servers.py influxd minio``.
"""

import argparse
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks._ground import with_store
from influx.config import Retention
from influx.embedded import EmbeddedStore
from influx.points import line
from influx.store import Store
from tests.servers import minio
from vision.clips import Clips, DirectoryClips, clip_key
from vision.config import ClipsSection
from vision.events import CLIP_STORED, Event
from vision.inventory import Inventory
from vision.s3 import S3Clips
from vision.storage import Storage

CAMERAS = ("cage", "cot", "den", "run")
BYTES, PRUNED = 10, 1000


def events(count: int, now: datetime) -> Iterator[Event]:
    """``count`` events over the two years before ``now``, half of them of a pet with a name."""
    for number in range(count):
        start = now - timedelta(days=1) - timedelta(days=725) * number / count
        start = start.replace(microsecond=start.microsecond // 1000 * 1000)
        camera, pet = CAMERAS[number % 4], ("miso", "unknown")[number // 4 % 2]
        event = Event(camera, "room", 1, "passing", start, start + timedelta(seconds=9), pet, 0.9)
        yield Event(
            camera, "room", 1, "passing", start, event.end, pet, 0.9, {}, clip_key(event.id), CLIP_STORED
        )


def fill(store: Store, clips: Clips, count: int, now: datetime, folder: Path) -> None:
    """Store ``count`` events with their clips."""
    source = folder / "source"
    source.write_bytes(b"x" * BYTES)
    made = list(events(count, now))
    for start in range(0, count, 5000):
        store.write("pet_event", [line(event.point()) for event in made[start : start + 5000]])
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda event: clips.put(event.clip, source), made, chunksize=100):
            pass


@contextmanager
def pair(kind: str, folder: Path) -> Iterator[tuple[Store, Clips]]:
    """SQLite and a folder, or InfluxDB and MinIO."""
    folder.mkdir()
    if kind == "SQLite and a folder":
        with closing(EmbeddedStore(folder / "points.sqlite")) as store:
            # Not by its own put, which syncs each: that is not what is measured.
            yield store, Quick(folder / "clips")
        return
    (folder / "minio").mkdir()
    with (
        with_store(folder) as (_, store),
        minio(folder / "minio") as server,
        closing(
            S3Clips(server.endpoint, "clips", server.access_key, server.secret_key, secure=server.secure)
        ) as clips,
    ):
        yield store, clips


class Quick(DirectoryClips):
    """A folder that is filled without syncing."""

    def put(self, key: str, file: Path) -> None:
        """Write it, and nothing more."""
        target = self._root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())


def measured(work: Callable[[], object]) -> float:
    """Seconds that ``work`` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def held(clips: Clips) -> float:
    """MB that the list of ``clips`` takes."""
    tracemalloc.start()
    try:
        inventory = Inventory(clips, threading.Event())
        inventory.list_all()
        return tracemalloc.get_traced_memory()[0] / 1e6
    finally:
        tracemalloc.stop()


def measure(kind: str, count: int, folder: Path, table: Table, console: Console) -> None:
    """Fill a pair of stores, and measure the keeper there."""
    now = datetime.now(UTC)
    with pair(kind, folder) as (store, clips):
        filled = measured(lambda: fill(store, clips, count, now, folder))
        console.print(f"{kind}: {count} clips are made in {filled:.0f} s")
        keeper = Storage(
            store,
            clips,
            ClipsSection(floor=0),
            Retention(),
            node="pi",
            volume="clips",
            warned=folder / "warned.json",
        )
        first = measured(lambda: keeper.round(now))
        between = measured(lambda: keeper.round(now + timedelta(minutes=5)))
        budget = int((keeper.inventory.used - PRUNED * BYTES) / 0.99) + 1
        pruned = measured(lambda: keeper.make_room(now + timedelta(minutes=10), budget=budget))
        row = (f"{first:.1f}", f"{between:.2f}", f"{pruned:.1f}", f"{held(clips):.0f}")
        table.add_row(kind, *row)
        console.print(kind, *row)


def main() -> None:
    """Measure both pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    count = parser.parse_args().count
    console = Console()
    table = Table("stores", "everything, s", "a round, s", f"prune {PRUNED}, s", "memory, MB")
    with tempfile.TemporaryDirectory() as name:
        for kind in ("SQLite and a folder", "InfluxDB and MinIO"):
            measure(kind, count, Path(name) / kind.split()[0], table, console)
    console.print(table)


if __name__ == "__main__":
    main()
