"""Compares everything in the store of clips with every event, and mends what does not agree.

What a kill, a lost correction, an old copy of a point or a person with ``rm`` leaves behind: files that no
event names, events whose clip is not there. Where more than half of the clips are missing, no event tells of
more than a tenth of those that are there, or none names more than a tenth of the snapshots, it is no damage
but a volume that is not mounted, or another bucket or database, or one that was restored or imported: then
nothing is touched. Clips of a camera that no event knows are of another home.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from influx.buckets import oldest_ns
from influx.config import Retention
from influx.lines import parse_line
from influx.points import Point, PointError, to_ns
from influx.schema import PET_EVENT
from influx.store import Store
from influx.windows import ALL_TIME
from vision.clips import ClipMissing, Clips
from vision.events import CLIP_PRUNED, CLIP_WAITING
from vision.inventory import Inventory
from vision.pruning import Pruner, key_of, lost, names
from vision.value import Kept, Part, Rank, rank_of

logger = logging.getLogger(__name__)

PATIENCE = timedelta(days=1)
"""A clip without an event may have one that is still on its way; so long it is left alone, twice."""
_FEW = 20
"""So many without their other half are damage, however few there are of both."""
_TOLD_OF = 0.9
"""The part of the clips there that events tell of, in a store and a database that belong together."""


@dataclass(slots=True)
class Found:
    """What did not agree: events ``lost`` their clip or snapshot, ``left`` are files that no event names
    any more, ``orphans`` clips that no event tells of.
    """

    lost: int = 0
    left: int = 0
    orphans: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Differs:
    """What seems not to agree: of an event's id and part, ``missing`` is named and not there, and ``left`` is
    there and not named; ``orphans`` are ids that no event has.
    """

    missing: list[tuple[str, Part]] = field(default_factory=list)
    left: list[tuple[str, Part]] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)


class Sweep:
    """Sweeps for one ``inventory``. ``ours`` tells whether the clips of a camera are in this store. What is
    older than ``retention`` keeps has no event, and is not its business.
    """

    def __init__(
        self,
        store: Store,
        clips: Clips,
        inventory: Inventory,
        pruner: Pruner,
        retention: Retention,
        ours: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._retention = retention
        self._clips = clips
        self._inventory = inventory
        self._pruner = pruner
        self._ours = ours
        self._since: dict[str, datetime] = {}
        self._strange = 0
        self.doubt = False
        """Whether too much did not agree at the last look for it to be damage."""
        self.another = False
        """Whether events tell of so few of the clips that they must be of another database."""

    def run(self, now: datetime, pinned: Iterable[str], *, sure: bool = True) -> Found:
        """List and compare everything, mend it, and give every clip its rank. Unless a time server makes
        ``now`` a ``sure`` one, no clip was without an event for long enough.

        Raises as ``Store`` and ``Clips`` do, and ``Stopped``; what is mended by then stays so.
        """
        differs = self.look(now, pinned, sure=sure)
        if self.doubt:
            return Found(orphans=differs.orphans)
        return Found(
            self._mend_missing(differs.missing, now),
            self._mend_left(differs.left),
            self._mend_orphans(differs.orphans, now),
        )

    def look(self, now: datetime, pinned: Iterable[str], *, sure: bool = True) -> "Differs":
        """List and compare everything, give every clip its rank, and change nothing."""
        modified = self._inventory.list_all()
        kept, pins = self._inventory.kept, set(pinned)
        unclaimed = set(kept)
        differs = Differs()
        claims = 0
        cameras = set()
        for count, event in enumerate(self._events(), 1):
            if count % 1000 == 0:
                self._inventory.report("events", count)
            event_id = str(event.fields.get("event_id", ""))
            one = kept.get(event_id)
            cameras.add(event.tags["camera"])
            if one is not None:
                unclaimed.discard(event_id)
                one.rank = _rank(event, pins)
                differs.left += _left(event, one, settled=modified[event_id] < now - PATIENCE)
            if self._ours(event.tags["camera"]):
                claims += names(event, Part.CLIP)
                differs.missing += _missing(event, event_id, one)
        unclaimed -= self._strangers(unclaimed, cameras)
        unclaimed -= self._too_old(unclaimed, now)
        nameless = sum(part is Part.SNAPSHOT for _, part in differs.left)
        pictures = sum(one.snapshot > 0 for one in kept.values())
        too_many = nameless > max(_FEW, pictures * (1 - _TOLD_OF))
        self.doubt = self._told_doubt(
            len(differs.missing), claims, len(unclaimed), len(kept), nameless if too_many else 0
        )
        differs.orphans = self._orphans(unclaimed, modified, now, sure=sure)
        return differs

    def _events(self) -> Iterator[Point]:
        for lines in self._store.lines(PET_EVENT.name, ALL_TIME):
            self._inventory.check()
            for line in lines:
                try:
                    yield parse_line(line)
                except PointError:  # of another version
                    continue

    def _strangers(self, unclaimed: set[str], cameras: set[str]) -> set[str]:
        """Those of ``unclaimed`` whose camera no event knows, as of another home in this bucket."""
        found = {event_id for event_id in unclaimed if self._inventory.kept[event_id].camera not in cameras}
        if found and not self._strange:
            names = sorted({self._inventory.kept[event_id].camera for event_id in found})
            logger.warning(
                "%s clips are of cameras that no event knows (%s): of another home, or is this another "
                "database? They are left alone, and do not count towards the budget",
                len(found),
                ", ".join(names)[:200],
            )
        self._strange = len(found)
        self._inventory.leave(found)
        return found

    def _too_old(self, unclaimed: set[str], now: datetime) -> set[str]:
        oldest = oldest_ns(PET_EVENT.bucket, now.timestamp(), self._retention)
        if oldest is None:
            return set()
        found = {event_id for event_id in unclaimed if self._inventory.kept[event_id].start < oldest}
        for event_id in found:
            self._inventory.kept[event_id].rank = None
        return found

    def _told_doubt(self, missing: int, claims: int, unclaimed: int, there: int, nameless: int) -> bool:
        self.another = unclaimed > max(_FEW, there * (1 - _TOLD_OF))
        doubt = self.another or missing > max(_FEW, claims / 2) or nameless > 0
        if doubt and not self.doubt:
            logger.warning(
                "%s of %s clips are not in the store of clips, of %s there no event tells of %s, and "
                "%s snapshots too many are there that their events do not name: is it "
                "the right folder, mounted, or the right bucket and database? Nothing "
                "is mended until then, and without their events no clips go (`hutch clips prune --orphans`)",
                missing,
                claims,
                there,
                unclaimed,
                nameless,
            )
        elif self.doubt and not doubt:
            logger.info("the store of clips and the events agree again")
        return doubt

    def _orphans(
        self, unclaimed: set[str], modified: dict[str, datetime], now: datetime, *, sure: bool
    ) -> list[str]:
        """Those of ``unclaimed`` that had the time to be claimed."""
        old = to_ns(now - PATIENCE)
        found = []
        for event_id in sorted(unclaimed):
            one = self._inventory.kept[event_id]
            is_old = sure and one.start < old and modified[event_id] < now - PATIENCE
            one.rank = Rank.ORPHAN if is_old and not self.doubt else None
            if is_old:
                found.append(event_id)
        self._since = {event_id: self._since.get(event_id, now) for event_id in found}
        return found

    def _mend_orphans(self, orphans: list[str], now: datetime) -> list[str]:
        """Delete those that were orphans for long enough, and return the others."""
        young = []
        for event_id in orphans:
            self._inventory.check()
            if now - self._since[event_id] < PATIENCE:
                young.append(event_id)
            elif self._pruner.event(event_id) is None:
                self._pruner.delete_all(event_id)
        return young

    def delete_orphans(self, orphans: list[str]) -> int:
        """Delete those of ``orphans`` that have no event still."""
        gone = [event_id for event_id in orphans if self._pruner.event(event_id) is None]
        for event_id in gone:
            self._inventory.check()
            self._pruner.delete_all(event_id)
        return len(gone)

    def _mend_missing(self, missing: list[tuple[str, Part]], now: datetime) -> int:
        """Have events say that their clip is not there; what was stored since the listing is."""
        count = 0
        for event_id, part in missing:
            self._inventory.check()
            event = self._pruner.event(event_id)
            if event is not None and names(event, part) and not self._is_there(event_id, part):
                self._pruner.rewrite([lost(event, part)], now)
                count += 1
        return count

    def _mend_left(self, left: list[tuple[str, Part]]) -> int:
        """Delete files that their event does not name any more."""
        count = 0
        for event_id, part in left:
            self._inventory.check()
            event = self._pruner.event(event_id)
            if event is not None and not names(event, part) and not _waits(event):
                self._pruner.delete(event_id, part)
                count += 1
        return count

    def _is_there(self, event_id: str, part: Part) -> bool:
        try:
            self._clips.stat(key_of(event_id, part))
        except ClipMissing:
            return False
        return True


def _rank(event: Point, pins: set[str]) -> Rank | None:
    if _waits(event):
        return None
    return rank_of(event.tags, pinned=str(event.fields["event_id"]) in pins)


def _waits(event: Point) -> bool:
    return event.fields.get("clip_state") == CLIP_WAITING


def _left(event: Point, one: Kept, *, settled: bool) -> Iterator[tuple[str, Part]]:
    """What is there of ``event`` though it says that it was deleted.

    A snapshot may have come a moment before its event says so, and a clip never comes back.
    """
    if one.clip and event.fields.get("clip_state") == CLIP_PRUNED:
        yield one.event_id, Part.CLIP
    if one.snapshot and settled and not _waits(event) and not names(event, Part.SNAPSHOT):
        yield one.event_id, Part.SNAPSHOT


def _missing(event: Point, event_id: str, one: Kept | None) -> Iterator[tuple[str, Part]]:
    if names(event, Part.CLIP) and not (one and one.clip):
        yield event_id, Part.CLIP
    if names(event, Part.SNAPSHOT) and not (one and one.snapshot):
        yield event_id, Part.SNAPSHOT
