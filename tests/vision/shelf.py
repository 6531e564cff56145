"""Events with clips and snapshots of chosen sizes, in real stores, and what became of them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from influx import pins, points
from influx.config import Retention
from influx.corrections import newest, points_of
from influx.lines import parse_line
from influx.points import FieldValue, Point
from influx.schema import PET_EVENT
from influx.store import Store
from influx.windows import ALL_TIME
from vision.clips import Clips, clip_key, event_of, snapshot_key
from vision.config import ClipsSection
from vision.events import CLIP_PRUNED, CLIP_STORED, Event, start_of
from vision.reserve import Reserve
from vision.storage import Storage, everybodys

NOW = datetime.now(UTC).replace(microsecond=0)
KB = 1000


@dataclass
class Shelf:
    """Clips of a home whose points are in ``store``; ``folder`` is for what is only of this machine."""

    store: Store
    clips: Clips
    folder: Path

    def add(
        self,
        age: timedelta,
        *,
        clip: int = 0,
        snapshot: int = 0,
        pet: str = "unknown",
        state: str = "",
        pinned: bool = False,
        camera: str = "cage",
        told: bool = True,
    ) -> str:
        """Store an event that began ``age`` ago, with a clip and a snapshot of so many bytes."""
        start = NOW - age
        event = Event(camera, "hutch", 1, "playing", start, start + timedelta(seconds=9), pet, 0.5)
        if clip:
            self.put(clip_key(event.id), clip)
            event = replace(event, clip=clip_key(event.id), clip_state=CLIP_STORED)
        if snapshot:
            self.put(snapshot_key(event.id), snapshot)
            event = replace(event, snapshot=snapshot_key(event.id))
        event = replace(event, clip_state=state or event.clip_state)
        if event.clip_state == CLIP_PRUNED:
            event = replace(event, clip="")
        if told:
            self.write(event.point())
        if pinned:
            self.write(pins.pin(event.point(), pinned=True, person="ann"))
        return event.id

    def put(self, key: str, size: int) -> None:
        source = self.folder / "source"
        source.write_bytes(b"x" * size)
        self.clips.put(key, source)

    def write(self, *made: Point) -> None:
        for point in made:
            self.store.write(point.measurement, [points.line(point)])

    def event(self, event_id: str) -> Point | None:
        found = points_of(self.store, event_id.rsplit("-", 2)[0], event_id, start_of(event_id))
        return newest(found)

    def says(self, event_id: str) -> tuple[FieldValue, FieldValue, FieldValue]:
        """Clip state, clip and snapshot, as the event has them."""
        event = self.event(event_id)
        assert event is not None, f"there is no event {event_id}"
        return event.fields["clip_state"], event.fields["clip"], event.fields["snapshot"]

    def there(self) -> set[str]:
        """The keys in the store of clips."""
        return {info.key for info in self.clips.list()}

    def size(self) -> int:
        return sum(info.size for info in self.clips.list())

    def agree(self) -> None:
        """No dead link, and nothing that no event names."""
        keys = self.there()
        for event_id in {name for key in keys if (name := event_of(key))}:
            event = self.event(event_id)
            assert event is not None, f"{event_id} has files and no point"
        for lines in self.store.lines(PET_EVENT.name, ALL_TIME):
            for event_id in {str(parse_line(line).fields["event_id"]) for line in lines}:
                state, clip, snapshot = self.says(event_id)
                assert (state == CLIP_STORED) == (clip_key(event_id) in keys), (event_id, state)
                assert clip == (clip_key(event_id) if state == CLIP_STORED else "")
                assert bool(snapshot) == (snapshot_key(event_id) in keys), (event_id, snapshot)


def storage(
    shelf: Shelf,
    *,
    retention: Retention | None = None,
    ours: Callable[[str], bool] = everybodys,
    stop: threading.Event | None = None,
    begun: Path | None = None,
    **bounds: object,
) -> Storage:
    """The keeper of ``shelf``; without a floor unless one is given."""
    return Storage(
        shelf.store,
        shelf.clips,
        ClipsSection.model_validate({"floor": 0, **bounds}),
        retention or Retention(),
        node="pi",
        volume="clips",
        warned=shelf.folder / "warned.json",
        ours=ours,
        begun=begun,
        reserve=Reserve(shelf.folder / "reserve", 2 * 1024**2),
        stop=stop,
    )
