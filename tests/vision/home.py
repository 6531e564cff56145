"""A data folder with the real spool and a real store of clips, and what the tests ask of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from collector.config import SpoolSection
from collector.spool import Spool
from influx.lines import parse_line
from influx.points import FieldValue, Point
from vision.clips import Clips, DirectoryClips
from vision.outbox import Outbox

Fields = dict[str, FieldValue]


@dataclass
class Home:
    """One camera, ``cage``, and everything that its events go through."""

    data_dir: Path
    spool: Spool
    clips: Clips
    outbox: Outbox

    @property
    def recordings(self) -> Path:
        return self.data_dir / "recordings" / "cage"

    def points(self, measurement: str) -> list[Point]:
        """The points in the spool in the order they were written, which is that of a store's overwriting."""
        drain = self.spool.drain()
        assert drain is not None
        with drain:
            entries = [entry for entry in drain.batch() if entry.measurement == measurement]
        return [parse_line(line) for entry in entries for line in entry.lines]

    def events(self) -> dict[str, Fields]:
        """The fields of each event as a store has them in the end, by event id."""
        stored: dict[tuple[tuple[tuple[str, str], ...], int], Fields] = {}
        for point in self.points("pet_event"):
            fields = stored.setdefault((tuple(sorted(point.tags.items())), point.time_ns), {})
            fields.update(point.fields, event_type=point.tags["event_type"])
        by_id = {str(fields["event_id"]): fields for fields in stored.values()}
        assert len(by_id) == len(stored), "an event has several points that do not overwrite each other"
        return by_id

    def evidence(self, event_id: str) -> dict[str, object]:
        """The evidence of an event."""
        evidence: dict[str, object] = json.loads(str(self.events()[event_id]["evidence"]))
        return evidence

    def store_all(self) -> None:
        """Store what waits in the outbox."""
        for sidecar in self.outbox.waiting():
            self.outbox.store(sidecar)

    def leftovers(self) -> list[str]:
        """Files that nobody will ever look at again."""
        folders = (self.recordings, self.outbox.folder)
        return [path.name for folder in folders if folder.exists() for path in folder.iterdir()]


@contextmanager
def home(data_dir: Path, clips: Clips | None = None) -> Iterator[Home]:
    """The home in ``data_dir``, with clips in its folder unless others are given."""
    store = clips or DirectoryClips(data_dir / "clips")
    spool = Spool(data_dir / "spool.sqlite", SpoolSection())
    try:
        yield Home(data_dir, spool, store, Outbox(data_dir / "outbox" / "cage", store, spool))
    finally:
        spool.close()
        if clips is None:
            store.close()
