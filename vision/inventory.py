"""What lies in the store of clips, kept in memory: a listing of everything now and then, and of the newest
days in between. A listing of 100,000 keys takes seconds, those of a day none.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta
from pathlib import PurePosixPath

from influx import points
from vision.clips import ClipInfo, Clips, event_of
from vision.events import start_of
from vision.value import Kept, Part

_DAY = timedelta(days=1)


class Stopped(Exception):
    """Work was told to end before its time."""


Report = Callable[[str, int], None]
"""Is told how far long work is: what it counts, and how many there are so far."""


def silent(what: str, count: int) -> None:
    """Nobody watches."""


class Inventory:
    """What ``clips`` holds, event by event. For one thread; ``stop`` ends a listing with ``Stopped``."""

    def __init__(self, clips: Clips, stop: threading.Event, report: Report = silent) -> None:
        self.report = report
        self._clips = clips
        self._stop = stop
        self.kept: dict[str, Kept] = {}
        self.foreign = 0
        """Bytes of what is neither clip nor snapshot of an event; nothing of it is ever deleted."""

    @property
    def used(self) -> int:
        """Bytes of everything."""
        return self.foreign + sum(one.size for one in self.kept.values())

    def list_all(self) -> dict[str, datetime]:
        """List everything anew; ranks that are known stay.

        Returns when the newest part of each event was stored. Raises as ``Clips.list`` and ``Stopped``;
        then everything is as it was.
        """
        found: dict[str, Kept] = {}
        modified: dict[str, datetime] = {}
        foreign = 0
        for count, info in enumerate(self._listed(""), 1):
            if count % 1000 == 0:
                self.report("files", count)
            event_id = event_of(info.key)
            if event_id is None:
                foreign += info.size
                continue
            _put(found, event_id, info)
            modified[event_id] = max(modified.get(event_id, info.modified), info.modified)
        for event_id, one in found.items():
            if event_id in self.kept:
                one.rank = self.kept[event_id].rank
        self.kept, self.foreign = found, foreign
        return modified

    def list_newest(self, cameras: Collection[str], since: date, until: date) -> None:
        """Take note of what ``cameras`` stored of the UTC days from ``since`` to ``until``."""
        day = since
        while day <= until:
            for camera in sorted(cameras):
                self._note(f"{camera}/{day:%Y/%m/%d}/")
            day += _DAY

    def check(self) -> None:
        """Raise ``Stopped`` where somebody wants it to end."""
        if self._stop.is_set():
            raise Stopped

    def gone(self, event_id: str, part: Part) -> None:
        """Take note that ``part`` of an event was deleted."""
        one = self.kept[event_id]
        if part is Part.CLIP:
            one.clip = 0
        else:
            one.snapshot = 0
        if not one.size:
            del self.kept[event_id]

    def leave(self, event_ids: Collection[str]) -> None:
        """Take no note of these: they are not of this home."""
        for event_id in event_ids:
            del self.kept[event_id]

    def cameras(self) -> set[str]:
        """The cameras of which there is anything."""
        return {one.camera for one in self.kept.values()}

    def _note(self, prefix: str) -> None:
        for info in self._listed(prefix):
            event_id = event_of(info.key)
            if event_id is not None:
                _put(self.kept, event_id, info)

    def _listed(self, prefix: str) -> Iterator[ClipInfo]:
        for info in self._clips.list(prefix):
            self.check()
            yield info


def _put(kept: dict[str, Kept], event_id: str, info: ClipInfo) -> None:
    one = kept.get(event_id)
    if one is None:
        one = kept[event_id] = Kept(event_id, points.to_ns(start_of(event_id)))
    # An empty file is there too, and goes with the others.
    size = max(info.size, 1)
    if PurePosixPath(info.key).suffix == Part.CLIP.value:
        one.clip = size
    else:
        one.snapshot = size
