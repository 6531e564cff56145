"""Pages of events out of a million, over the API, on SQLite and on InfluxDB: what the hardest filter takes.

A million events of two years (four cameras, five pets, 13 types; one pet was seen in the first month alone,
one type hardly ever, clips of the last month are there and older ones pruned, some events begin in the same
ms) are loaded into both stores. Two APIs as ``hutch run`` starts them are asked over HTTP by turns for pages
whose filters find little or nothing, which is what takes longest; both must give the same pages.
Needs ``python scripts/servers.py influxd``.
"""

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import Progress

from benchmarks._ground import api, by_turns, percentile, tell, with_store
from influx.embedded import EmbeddedStore
from influx.points import line
from influx.schema import EVENT_TYPES
from influx.store import Store
from tests.daemon import HOST
from vision.events import Event

COUNT, DAYS = 1_000_000, 729
PAGE_MS = {"SQLite": 50.0, "InfluxDB": 250.0}
"""What the slowest kind of page may take in 95 of 100 cases."""
EVENT_MS = 50.0
"""What one event by its id may take."""
CAMERAS = {"cage": "room", "cot": "nursery", "den": "room", "run": "garden"}
PETS = ("miso", "kiwi", "unknown", "none")
GONE_PET, RARE_TYPE, NEVER = "olaf", "abnormal", ("kiwi", "vocalizing")
STILL = {"sleeping", "sitting"}
STATES_KEPT = timedelta(days=30)
BATCH = 5000
NOW = datetime.now(UTC).replace(microsecond=0)
FIRST = NOW - timedelta(days=DAYS)


def events(count: int) -> Iterator[Event]:
    """The same events for the same count, oldest first."""
    chance = random.Random(5)
    step = timedelta(days=DAYS) / count
    common = sorted(EVENT_TYPES - {RARE_TYPE})
    start = FIRST
    for number in range(count):
        if number % 50:  # the others begin with the one before, at another camera
            start = FIRST + step * number + step * chance.random() / 2
            start = start.replace(microsecond=start.microsecond // 1000 * 1000)
        camera = list(CAMERAS)[number % len(CAMERAS)]
        gone = start < FIRST + timedelta(days=30) and chance.random() < 0.2
        pet = GONE_PET if gone else chance.choice(PETS)
        kind = RARE_TYPE if number % (count // 20) == 7 else chance.choice(common)
        if (pet, kind) == NEVER:
            kind = "playing"
        yield one_event(chance, camera, pet, kind, start)


def one_event(chance: random.Random, camera: str, pet: str, kind: str, start: datetime) -> Event:
    """An event as a camera writes it, its clip stored while it is new and pruned later."""
    made = Event(camera, CAMERAS[camera], chance.randrange(1, 500), kind, start, start, pet)
    key = f"{camera}/{start:%Y/%m/%d}/{made.id}"
    state = "none" if kind in STILL else "stored" if start > NOW - STATES_KEPT else "pruned"
    seconds = chance.randrange(2_000, 180_000) / 1000
    return Event(
        camera,
        CAMERAS[camera],
        made.track,
        kind,
        start,
        start + timedelta(seconds=seconds),
        pet,
        confidence=chance.randrange(300, 1000) / 1000,
        evidence={"frames": chance.randrange(9, 900), "motion": chance.randrange(1000) / 1000, "area": 0.125},
        clip="" if state == "none" else f"{key}.mp4",
        clip_state=state,
        snapshot=f"{key}.jpg",
    )


def load(stores: list[Store], count: int, console: Console) -> list[str]:
    """Write all events into every store; returns the ids of some, old and new."""
    ids: list[str] = []
    made = events(count)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("loading", total=count)
        while batch := list(islice(made, BATCH)):
            lines = [line(event.point()) for event in batch]
            for store in stores:
                store.write("pet_event", lines)
            ids.append(batch[len(ids) % len(batch)].id)
            progress.advance(task, len(batch))
    return ids


class Api:
    """What is asked of one API."""

    def __init__(self, client: httpx.Client, ids: list[str]) -> None:
        self._client = client
        self._ids = ids
        self._chance = random.Random(9)

    def get(self, path: str, **query: str) -> Any:
        """The answer, which must be one."""
        answer = self._client.get(path, params=query)
        if answer.status_code != httpx.codes.OK:
            raise SystemExit(f"{answer.url}: {answer.status_code} {answer.text:.300}")
        return answer.json()

    def any_event(self) -> None:
        """One event by its id, another one each time."""
        identifier = self._chance.choice(self._ids)
        if self.get(f"/events/{identifier}")["event_id"] != identifier:
            raise SystemExit(f"{identifier} is another event")

    def no_event(self) -> None:
        """An event that is none, at the time of another."""
        if self._client.get(f"/events/{self._chance.choice(self._ids)}9999").status_code != 404:
            raise SystemExit("an event that never was is there")

    def pages(self) -> dict[str, Callable[[], Any]]:
        """Kinds of pages."""
        ask = partial(partial, self.get)
        old, (pet, never) = FIRST + timedelta(days=200, hours=3), NEVER
        hour = {"start": old.isoformat(), "stop": (old + timedelta(hours=1)).isoformat()}
        middle = self.get("/events", stop=(NOW - timedelta(days=300)).isoformat())["next"]
        # The cursor of the page after the last clip that is there: behind it all are pruned.
        end = self.get("/events", stop=(NOW - STATES_KEPT).isoformat(), limit="1")["next"]
        return {
            "newest": ask("/events"),
            "newest, 200 of them": ask("/events", limit="200"),
            "in the middle, by cursor": ask("/events", before=middle),
            "of one pet and type": ask("/events", pet="Miso", type="playing"),
            "of a pet last seen 23 months ago": ask("/events", pet=GONE_PET),
            "the same, and a type": ask("/events", pet=GONE_PET, type="grooming"),
            "of a type that is rare": ask("/events", type=RARE_TYPE),
            "of a type that the pet never did": ask("/events", pet=pet, type=never),
            "of a pet that never was": ask("/events", pet="nobody"),
            "of an hour long ago": ask("/events", **hour),
            "of a day long ago": ask("/events", date=f"{old:%Y-%m-%d}"),
            "of a pet and a day long ago": ask("/events", date=f"{old:%Y-%m-%d}", pet="miso"),
            "clips, newest": ask("/recordings"),
            "clips of a pet": ask("/recordings", pet="miso"),
            "clips of a pet whose clips are gone": ask("/recordings", pet=GONE_PET),
            "clips of a type that is rare": ask("/recordings", type=RARE_TYPE),
            "clips behind the last that is there": ask("/recordings", before=end),
        }


def measure(clients: dict[str, Api], rounds: int, console: Console) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of every round, by store and what was asked; both must give the same pages."""
    ways: dict[str, Callable[[], object]] = {}
    for store, asked in clients.items():
        ways |= {f"{store}:{name}": way for name, way in asked.pages().items()}
        ways |= {f"{store}:id": asked.any_event, f"{store}:no id": asked.no_event}
    for name in next(iter(clients.values())).pages():
        one, other = (ways[f"{store}:{name}"]() for store in clients)
        if one != other:
            raise SystemExit(f"{name}: the stores give different pages")
    taken = by_turns(ways, rounds, console)
    return {
        store: {
            name.partition(":")[2]: [seconds * 1000 for seconds in each]
            for name, each in taken.items()
            if name.startswith(f"{store}:")
        }
        for store in clients
    }


def report(found: dict[str, dict[str, list[float]]]) -> bool:
    """Print p50 and p95 of everything, and the bars; whether all are met."""
    print(f"{'a page of events':<40}" + "".join(f"{store + ' p50':>15}{'p95 ms':>9}" for store in found))
    for name in next(iter(found.values())):
        cells = (
            f"{statistics.median(each[name]):>15.1f}{percentile(each[name], 95):>9.1f}"
            for each in found.values()
        )
        print(f"{name:<40}" + "".join(cells))
    met = []
    for store, each in found.items():
        worst = max((percentile(taken, 95), name) for name, taken in each.items() if not name.endswith("id"))
        met.append(tell(f"{store}: {worst[1]}, p95", worst[0], PAGE_MS[store], "ms"))
        met.append(tell(f"{store}: an event by its id, p95", percentile(each["id"], 95), EVENT_MS, "ms"))
    return all(met)


@contextmanager
def both(folder: Path, count: int, console: Console) -> Iterator[dict[str, Api]]:
    """Both stores with the events in them, each behind an API."""
    places = {name: folder / name for name in PAGE_MS}
    for place in places.values():
        (place / "data").mkdir(parents=True)
    with with_store(folder) as (server, influx):
        with closing(EmbeddedStore(places["SQLite"] / "data" / "points.sqlite")) as embedded:
            ids = load([embedded, influx], count, console)
        with (
            api(places["SQLite"]) as (one, _),
            api(places["InfluxDB"], server) as (other, _),
            httpx.Client(base_url=f"http://{HOST}:{one}", timeout=60) as on_sqlite,
            httpx.Client(base_url=f"http://{HOST}:{other}", timeout=60) as on_influx,
        ):
            yield {"SQLite": Api(on_sqlite, ids), "InfluxDB": Api(on_influx, ids)}


def main() -> int:
    """Load, measure, print; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument(
        "--quick", action="store_true", help="20,000 events and five rounds, to see that it runs"
    )
    options = parser.parse_args()
    count, rounds = (20_000, 5) if options.quick else (COUNT, options.rounds)
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as folder, both(Path(folder), count, console) as clients:
        found = measure(clients, rounds, console)
    print(f"{count} events of {DAYS} days, {rounds} rounds")
    return 0 if report(found) else 1


if __name__ == "__main__":
    sys.exit(main())
