"""Keeps clips within their room: the budget, the part of the disk that stays free, and how long events live.

The seed's rule is 80 %: recordings go, the oldest first, before the disk is fuller than that. Here a budget
in bytes can bound them too, which is all that a bucket knows, and what goes first is what is worth least
(``vision.value``). Pinned clips go last, and a day after somebody could know.
"""

import json
import logging
import threading
from collections.abc import Callable, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from influx import pins, points
from influx.buckets import oldest_ns
from influx.config import Retention
from influx.disk import write_whole
from influx.points import Point
from influx.schema import PET_EVENT, VOLUME
from influx.store import Store, StoreError
from influx.windows import Window
from vision.clips import Clips, Space
from vision.config import ClipsSection
from vision.inventory import Inventory, Report, Stopped, silent
from vision.pruning import Pruner, names
from vision.reserve import Reserve
from vision.sweep import Found, Sweep
from vision.value import Choice, Kept, Rank, choose, rank_of

logger = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(hours=6)
"""Between two looks at everything; a round in between looks at the newest days alone."""
WARNED = timedelta(days=1)
"""So long after it was first told that only they are left, pinned clips begin to go."""
_SLACK = 0.01
"""The part of the budget, and of the disk, that is freed beyond the bound: for what comes until the next
round, and so that the alert ``storage`` at 80 % keeps quiet.
"""
_LOOKS = 500
"""New events looked up in one round; the next goes on."""
_TRIES = 20
"""Choices in one round; each after the first is because something became dearer meanwhile."""
_SHARE = 0.1
"""The part of the disk that clips keep though others fill it."""
_BRIM = 0.02
"""With less of the disk free than this nothing can go on, and clips give what they have."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class State:
    """How the store of clips stands, in bytes: ``lacking`` is what is too much and goes a day after it was
    told: pinned clips where nothing else is left, and whatever goes the first time ever.
    """

    used: int
    pinned: int
    budget: int | None
    space: Space | None
    lacking: int
    pruned: int


def everybodys(camera: str) -> bool:
    """For ``ours``: the clips of every camera are in this store."""
    return camera != ""


class Storage:
    """Keeps the clips of ``store``'s events within the bounds of ``config``. For one thread, and one process
    a home at a time.

    ``node`` and ``volume`` are how its points call this machine and the store of clips. ``warned`` is the
    file that remembers since when only pinned clips are left. ``ours`` tells whether the clips of a camera
    are in this store. ``begun`` is the file that remembers that it was told, a day ahead, that from now on
    clips go; without one it is not told. ``reserve`` is spent where the disk is so full that not even a
    point can be written. Where ``stop`` is set, a round ends early.
    """

    def __init__(
        self,
        store: Store,
        clips: Clips,
        config: ClipsSection,
        retention: Retention,
        *,
        node: str,
        volume: str,
        warned: Path,
        ours: Callable[[str], bool] = everybodys,
        begun: Path | None = None,
        reserve: Reserve | None = None,
        stop: threading.Event | None = None,
        report: Report = silent,
    ) -> None:
        self._store = store
        self._clips = clips
        self._config = config
        self._retention = retention
        self._node = node
        self._volume = volume
        self._warned = warned
        self._begun = begun
        self._reserve = reserve
        self.inventory = Inventory(clips, stop or threading.Event(), report)
        self._pruner = Pruner(store, clips, self.inventory, node)
        self._sweep = Sweep(store, clips, self.inventory, self._pruner, retention, ours)
        self._swept: datetime | None = None
        self._looked: date | None = None
        self._making_room = False
        self._shared = False

    def round(self, now: datetime, *, sure: bool = True) -> State:
        """Do what is due at ``now``, and write how it stands; ``sure`` is whether a time server says so, and
        without it no event is too old, and neither a pinned clip goes nor one of which no event tells.

        Killed anywhere, the next round of any process mends what is left. Raises as ``Store`` and ``Clips``
        do; then the next round goes on.
        """
        try:
            state = self._round(now, sure)
        except (StoreError, OSError):
            # A disk that is full to the brim takes not even the point that a clip is gone.
            if self._reserve is None or not self._reserve.spend():
                raise
            state = self._round(now, sure)
        if self._reserve is not None:
            self._reserve.keep()
        return state

    def _round(self, now: datetime, sure: bool) -> State:
        with suppress(Stopped):
            if self._swept is None or not timedelta(0) <= now - self._swept < SWEEP_EVERY:
                self.sweep(now, sure=sure)
            else:
                self._look_at_newest(now)
            if sure:
                self._expire(now)
        return self.make_room(now, sure=sure)

    def sweep(self, now: datetime, *, sure: bool = True) -> Found:
        """Compare everything with every event, and mend it; raises ``Stopped`` too."""
        found = self._sweep.run(now, pins.pinned(self._store), sure=sure)
        self._swept, self._looked = now, now.date()
        return found

    def look(self, now: datetime) -> None:
        """List everything and give it its rank, and change nothing; raises ``Stopped`` too."""
        self._sweep.look(now, pins.pinned(self._store))

    def delete_orphans(self, now: datetime) -> int:
        """Delete every clip a day old of which no event tells, however many they are; returns how many."""
        orphans = self._sweep.look(now, pins.pinned(self._store)).orphans
        return self._sweep.delete_orphans(orphans)

    def going(self, budget: int | None = None) -> Choice:
        """What would go now, by the configuration or for a ``budget``, after a ``look``."""
        wanted = self.wanted(self._config.budget if budget is None else budget)
        return choose(self.inventory.kept.values(), wanted, beside=self.inventory.foreign)

    def event(self, event_id: str) -> Point | None:
        """The event as it was corrected last, or None; raises ``ValueError`` for what is no event id."""
        return self._pruner.event(event_id)

    def make_room(self, now: datetime, *, budget: int | None = None, sure: bool = False) -> State:
        """Free what is wanted, by the configuration or for a ``budget`` of this moment, which takes no pinned
        clip, and write how it stands then.
        """
        asked, budget = budget is not None, budget if budget is not None else self._config.budget
        wanted = self.wanted(budget)
        at_once = wanted if asked else self._at_once(wanted, now)
        choice = Choice((), (), 0)
        with suppress(Stopped):
            choice = self._make_room(at_once, now)
        pinned = sum(one.size for one in self.inventory.kept.values() if one.rank is Rank.PINNED)
        lacking = min(choice.lacking, pinned)
        state = self.state(budget, pinned, max(lacking, wanted - at_once))
        told = self.state(self._config.budget, pinned, 0) if asked else state
        self._store.write(VOLUME.name, [points.line(self._point(told, now))])
        if not sure:
            return state
        if not lacking:
            self._warned.unlink(missing_ok=True)
        elif now - self._told_since(now) >= WARNED:
            with suppress(Stopped):
                self._prune(choice, now, pinned=True)
            state = self.state(budget, pinned, lacking)
        return state

    def wanted(self, budget: int | None) -> int:
        """Bytes to free, so that there is a little more room than has to be."""
        wanted, used = 0, self.inventory.used
        if budget is not None and used > budget * (1 - _SLACK / 2):
            wanted = used - int(budget * (1 - _SLACK))
        space = self._clips.space()
        if space is not None and self._config.floor:
            floor = self._config.floor / 100
            if space.free < space.total * (floor + _SLACK / 2):
                short = int(space.total * (floor + _SLACK)) - space.free
                spare = used - self.inventory.foreign - int(space.total * _SHARE)
                self._tell_shared(short > spare)
                wanted = max(wanted, min(short, max(spare, self._brim())))
        return wanted

    def _tell_shared(self, shared: bool) -> None:
        if shared and not self._shared:
            logger.warning(
                "other files than clips fill the disk; clips give what they can, and keep a tenth of it "
                "until hardly anything is free: free the disk"
            )
        self._shared = shared

    def _brim(self) -> int:
        """Bytes without which nothing can go on."""
        space = self._clips.space()
        if space is None:
            return 0
        return max(0, int(space.total * min(_BRIM, self._config.floor / 100)) - space.free)

    def _at_once(self, wanted: int, now: datetime) -> int:
        """How much of what is ``wanted`` may go now; the rest waits until somebody could know."""
        if wanted <= 0 or not (self._sweep.another or self._is_first(now)):
            if self._begun is not None and not self._has_begun():
                write_whole(self._begun, json.dumps({"begun": True}).encode())
            return wanted
        return min(wanted, self._brim())

    def _has_begun(self) -> bool:
        return self._begun is None or _read(self._begun).get("begun") is True

    def _is_first(self, now: datetime) -> bool:
        """Whether clips would go that were there before anybody was told that they do."""
        if self._begun is None or self._has_begun() or not self.inventory.kept:
            return False
        since = _moment(self._begun)
        if since is None or since > now:
            logger.warning(
                "clips take more room than they may have, and from tomorrow on the least valuable go: `hutch "
                "clips prune --dry-run` lists them, [vision.clips] floor and budget say how much room it is"
            )
            write_whole(self._begun, json.dumps({"since": now.isoformat()}).encode())
            return True
        return now - since < WARNED

    def state(self, budget: int | None, pinned: int, lacking: int) -> State:
        """How the store of clips stands."""
        used, space = self.inventory.used, self._clips.space()
        bounds = [] if budget is None else [int(budget)]
        if space is not None and self._config.floor:
            floor = used + space.free - int(space.total * self._config.floor / 100)
            bounds.append(max(int(space.total * _SHARE), floor))
        return State(used, pinned, min(bounds, default=None), space, lacking, self._pruner.count)

    def _make_room(self, wanted: int, now: datetime) -> Choice:
        """Prune what is not pinned; returns what is left to choose then."""
        if wanted > 0 and not self._making_room:
            self._making_room = True
            logger.info("clips have filled their room; from now on the least valuable go, the oldest first")
        for _ in range(_TRIES):
            choice = choose(self.inventory.kept.values(), wanted, beside=self.inventory.foreign)
            if not choice.free:
                return choice
            wanted -= self._prune(choice, now)
        return choose(self.inventory.kept.values(), wanted, beside=self.inventory.foreign)

    def _prune(self, choice: Choice, now: datetime, *, pinned: bool = False) -> int:
        freed = 0
        for part in self._pruner.prune(choice.pinned if pinned else choice.free, now):
            freed += part
            self.inventory.report("bytes freed", freed)
            self.inventory.check()
        return freed

    def _look_at_newest(self, now: datetime) -> None:
        """Take note of what was stored since the last round."""
        since = min(self._looked or now.date(), now.date()) - _DAY
        window = Window(now - _DAY, now + _DAY)
        seen = self._store.latest(PET_EVENT.name, window, fields=("revision",))
        cameras = self.inventory.cameras() | {point.tags["camera"] for point in seen}
        self.inventory.list_newest({camera for camera in cameras if camera}, since, now.date() + _DAY)
        self._looked = now.date()
        oldest = points.to_ns(now - 2 * _DAY)
        new = [one for one in self.inventory.kept.values() if one.rank is None and one.start > oldest]
        pinned = pins.pinned(self._store).keys()
        for one in new[:_LOOKS]:
            self.inventory.check()
            one.rank = _rank(self._pruner.event(one.event_id), one, one.event_id in pinned)
        self._mark(pinned)

    def _mark(self, pinned: Set[str]) -> None:
        """Have the ranks follow what was pinned and unpinned since."""
        for one in self.inventory.kept.values():
            if one.event_id in pinned and one.rank is not None:
                one.rank = Rank.PINNED
            elif one.rank is Rank.PINNED:  # no longer, which the next look at its event confirms
                one.rank = Rank.KNOWN

    def _expire(self, now: datetime) -> None:
        """Delete what belongs to events that are older than any is kept."""
        oldest = oldest_ns(PET_EVENT.bucket, now.timestamp(), self._retention)
        if oldest is None:
            return
        old = sorted(one.event_id for one in self.inventory.kept.values() if one.start < oldest)
        pinned = pins.pinned(self._store) if old else {}
        for count, event_id in enumerate(old, 1):
            self.inventory.check()
            self._pruner.expire(event_id, pinned.get(event_id))
            self.inventory.report("events too old", count)

    def _told_since(self, now: datetime) -> datetime:
        """Since when it is told that only pinned clips are left; from ``now`` on where it was not."""
        since = _moment(self._warned)
        if since is None or since > now:
            logger.warning(
                "only pinned clips are left to delete; unless there is room again the oldest of them "
                "go after a day: unpin some, raise the budget, or free the disk"
            )
            write_whole(self._warned, json.dumps({"since": now.isoformat()}).encode())
            return now
        return since

    def _point(self, state: State, now: datetime) -> Point:
        return points.make(
            VOLUME,
            {"node": self._node, "volume": self._volume},
            {
                "used": state.used,
                "pinned": state.pinned,
                "budget": state.budget,
                "free": None if state.space is None else state.space.free,
                "lacking": state.lacking,
                "pruned": state.pruned,
            },
            now,
        )


def _read(path: Path) -> dict[str, object]:
    """What a small file remembers; nothing where it cannot be read."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _moment(path: Path) -> datetime | None:
    """Since when, as the file at ``path`` remembers."""
    try:
        found = datetime.fromisoformat(str(_read(path).get("since")))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _rank(event: Point | None, one: Kept, pinned: bool) -> Rank | None:
    """The rank of what is new, once its event says that it is there."""
    if event is None:
        return None
    is_told = all(names(event, part) for part, _ in one.parts)
    return rank_of(event.tags, pinned=pinned) if is_told else None
