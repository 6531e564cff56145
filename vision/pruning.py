"""Deletes clips and snapshots so that their event, its point and its link always agree.

The point says first that a clip is gone, then it goes: killed in between, a file is left that its point no
longer names, which ``vision.sweep`` finds. Never the other way round.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from influx import pins, points
from influx.corrections import points_of
from influx.late import LateReports, quarters
from influx.points import FieldValue, Point
from influx.schema import LATE_WINDOW, PET_EVENT
from influx.store import Store
from vision.clips import Clips, clip_key, snapshot_key
from vision.events import CLIP_LOST, CLIP_PRUNED, CLIP_STORED, CLIP_WAITING, camera_of, find, start_of
from vision.inventory import Inventory
from vision.value import Part, Piece, Rank, rank_of

AT_ONCE = 50
"""Clips between two looks at whether somebody wants it to end, and at what was pinned meanwhile."""


class Pruner:
    """Deletes what ``inventory`` holds, in the name of ``node``. For one thread; raises as ``Store`` and
    ``Clips`` do, and may then be asked again.
    """

    def __init__(self, store: Store, clips: Clips, inventory: Inventory, node: str) -> None:
        self._store = store
        self._clips = clips
        self._inventory = inventory
        self._late = LateReports(node)
        self.count = 0
        """Clips and snapshots deleted so far."""

    def event(self, event_id: str) -> Point | None:
        """The event as it was corrected last, or None."""
        return find(self._store, event_id)

    def prune(self, pieces: Sequence[Piece], now: datetime) -> Iterator[int]:
        """Delete ``pieces``, and yield after each few how many bytes that freed.

        What became dearer since they were chosen, or is not settled, is left, and its rank noted.
        """
        waiting = iter(pieces)
        # One alone first: a store may refuse to delete, and an event that said so cannot take it back. It is
        # the first to be chosen again.
        while batch := list(islice(waiting, AT_ONCE if self.count else 1)):
            events = {event_id: self.event(event_id) for event_id in {piece.event_id for piece in batch}}
            pinned = pins.pinned(self._store)
            going = [piece for piece in batch if self._may_go(piece, events[piece.event_id], pinned)]
            self.rewrite(_without(going, events), now)
            for piece in going:
                self.delete(piece.event_id, piece.part)
            self._insist(going, now)
            yield sum(piece.size for piece in going)

    def rewrite(self, changed: Collection[Point], now: datetime) -> None:
        """Write events anew whose clip or snapshot is not what it was.

        First a report of their quarter hours: it makes whoever keeps something of theirs look again, and
        corrections hold should one have been made at this moment.
        """
        if not changed:
            return
        lines = [points.line(point) for point in changed]
        reports = self._late.report(PET_EVENT.name, quarters(lines), now)
        if reports:
            self._store.write(LATE_WINDOW.name, [points.line(report) for report in reports])
        self._store.write(PET_EVENT.name, lines)

    def delete(self, event_id: str, part: Part) -> None:
        """Delete a file whose event does not name it any more."""
        self._clips.delete(key_of(event_id, part))
        self._inventory.gone(event_id, part)
        self.count += 1

    def expire(self, event_id: str, pin: Point | None) -> None:
        """Delete an event that is older than any is kept, and whatever it has."""
        for point in points_of(self._store, camera_of(event_id), event_id, start_of(event_id)):
            self._store.delete(PET_EVENT.name, point.tags, point.time_ns)
        if pin is not None:
            pins.drop(self._store, pin)
        self.delete_all(event_id)

    def delete_all(self, event_id: str) -> None:
        """Delete clip and snapshot of an event that there is no more."""
        for part, _ in self._inventory.kept[event_id].parts:
            self.delete(event_id, part)

    def _may_go(self, piece: Piece, event: Point | None, pinned: Collection[str]) -> bool:
        one = self._inventory.kept.get(piece.event_id)
        if one is None:
            return False
        if event is None:
            # A point that was there and is not: the next sweep knows more.
            one.rank = one.rank if piece.rank is Rank.ORPHAN else None
        elif event.fields.get("clip_state") == CLIP_WAITING:
            one.rank = None
        else:
            one.rank = rank_of(event.tags, pinned=piece.event_id in pinned)
        return one.rank is not None and one.rank <= piece.rank

    def _insist(self, gone: Sequence[Piece], now: datetime) -> None:
        """A correction made at this very moment may have written back what it had read before."""
        events = {piece.event_id: self.event(piece.event_id) for piece in gone}
        self.rewrite(_without(gone, events), now)


def key_of(event_id: str, part: Part) -> str:
    """Where ``part`` of an event is in the store of clips."""
    return clip_key(event_id) if part is Part.CLIP else snapshot_key(event_id)


def without(event: Point, part: Part, state: str = CLIP_PRUNED) -> Point:
    """``event`` as it is without its clip, which is ``state`` then, or without its snapshot."""
    fields: dict[str, FieldValue]
    fields = {"clip": "", "clip_state": state} if part is Part.CLIP else {"snapshot": ""}
    return replace(event, fields={**event.fields, **fields})


def names(event: Point, part: Part) -> bool:
    """Whether ``event`` says that it has a clip that can be watched, or a snapshot."""
    if part is Part.CLIP:
        return event.fields.get("clip_state") == CLIP_STORED
    return bool(event.fields.get("snapshot"))


def lost(event: Point, part: Part) -> Point:
    """``event`` whose clip or snapshot is not where it was stored, and nobody knows why."""
    return without(event, part, CLIP_LOST)


def _without(gone: Iterable[Piece], events: dict[str, Point | None]) -> list[Point]:
    """The events that have to say so when ``gone`` go."""
    changed: dict[str, Point] = {}
    for piece in gone:
        event = changed.get(piece.event_id) or events[piece.event_id]
        if event is not None and names(event, piece.part):
            changed[piece.event_id] = without(event, piece.part)
    return list(changed.values())
