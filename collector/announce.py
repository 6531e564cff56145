"""Telling the registry what this node expects to be heard of.

Nodes write to the store but do not read it, so that the node itself remembers since when it has had each
thing: a point of the same time announces it again and again, and changes nothing that was said since. So a
store that was set up anew knows within the hour what is expected.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector.clock import Stamp
from collector.spool import Spool, SpoolError
from influx.buckets import AHEAD
from influx.disk import write_whole
from influx.registry import Kind, Thing, announcement

logger = logging.getLogger(__name__)

FILE = "registry.json"
MOST_HEARD = 1000
"""Things that are expected because they spoke; who speaks under ever new names fills no registry."""
_AGAIN_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Known:
    """Since when a thing is expected, and whether only because it ``spoke``."""

    since: datetime
    spoke: bool


class Announcer:
    """Announces ``things`` and what is heard through ``spool``; who has one calls ``tend`` now and then.

    ``stamp`` says when something that is new is expected since; while the clock may still become right
    that waits, and where it never does a guess is told, and told again each hour. What is no longer among
    ``things`` is forgotten, so that it is new when it is configured again; what spoke is remembered. The
    file is ``registry.json`` in ``data_dir``. ``monotonic`` gives seconds that never jump.
    """

    def __init__(
        self,
        things: Sequence[Thing],
        data_dir: Path,
        spool: Spool,
        stamp: Callable[[], Stamp],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._things = frozenset(things)
        self._path = data_dir / FILE
        self._spool = spool
        self._stamp = stamp
        self._monotonic = monotonic
        self._guard = threading.Lock()  # protects what was heard
        self._heard: dict[Thing, None] = {}
        self._told: frozenset[Thing] = frozenset()
        self._due: float | None = None
        self._new = self._again = True
        self._down = self._crowded = False

    def hear(self, thing: Thing) -> None:
        """Expect ``thing``, which spoke, from now on; any thread may say so, as often as it likes."""
        if thing in self._things or thing in self._heard:
            return
        with self._guard:
            if len(self._heard) < MOST_HEARD:
                self._heard[thing] = None
                self._new = True
            elif not self._crowded:
                self._crowded = True
                logger.warning(
                    "More than %d names are heard by MQTT; the silence of others is not noticed", MOST_HEARD
                )

    def again(self) -> None:
        """Announce everything once more with the next ``tend``, for a store that may have forgotten it."""
        self._again = True

    def tend(self) -> None:
        """Announce what is to be announced; where that cannot be now, it is logged once and tried again."""
        now = self._monotonic()
        if self._again or (self._due is not None and now >= self._due):
            self._again, self._told, self._new = False, frozenset(), True
        if not self._new:
            return
        self._new = False  # before the work: what is heard meanwhile is for the next turn
        try:
            done = self._announce()
        except (OSError, SpoolError) as error:
            done = False
            if not self._down:
                self._down = True
                logger.warning("The registry is not told yet what this node expects: %s", error)
        if done:
            self._down = False
            self._due = now + _AGAIN_SECONDS
        else:
            self._new = True

    def _announce(self) -> bool:
        """Whether everything is announced; what is known of old is, whatever the clock shows."""
        known = _read(self._path)
        spoke = self._spoke(known)
        expected = self._things | spoke
        since = {thing: known[thing].since for thing in expected & known.keys()}
        stamp = self._stamp()
        if stamp.boot is None:
            # Cut to a whole second, as the file and the point have it.
            now = datetime.fromtimestamp(stamp.time_ns // 1_000_000_000, UTC)
            if not stamp.estimated:  # what is from the future was noted by a clock that ran ahead
                since = {thing: first for thing, first in since.items() if first <= now + AHEAD}
            since = {thing: since.get(thing, now) for thing in expected}
        # A guess is told, so that silence is noticed without a clock too, but not kept.
        kept = since.keys() & known.keys() if stamp.estimated else since.keys()
        keep = {thing: _Known(since[thing], thing in spoke) for thing in kept}
        if keep != known:
            write_whole(self._path, _written(keep))
        new = [announcement(thing, since[thing]) for thing in sorted(since.keys() - self._told)]
        self._spool.add(new, durable=True)
        self._told = frozenset(since)
        return len(since) == len(expected)

    def _spoke(self, known: dict[Thing, _Known]) -> frozenset[Thing]:
        """What is expected because it spoke, now or before an earlier end of this process."""
        with self._guard:
            remembered = (thing for thing, one in known.items() if one.spoke)
            both = [thing for thing in (*remembered, *self._heard) if thing not in self._things]
            self._heard = dict.fromkeys(list(dict.fromkeys(both))[:MOST_HEARD])
            return frozenset(self._heard)


def _read(path: Path) -> dict[Thing, _Known]:
    """Since when each thing is expected; a file that is damaged is as none, and everything new again."""
    try:
        told = json.loads(path.read_bytes())
        return {
            Thing(Kind(one["kind"]), str(one["name"]), str(one["node"])): _Known(
                datetime.fromisoformat(one["since"]), one.get("spoke") is True
            )
            for one in told
        }
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError) as error:
        logger.warning("%s is damaged (%s); what it knew counts as expected from now on", path, error)
        return {}


def _written(known: dict[Thing, _Known]) -> bytes:
    told = [
        {"kind": thing.kind, "name": thing.name, "node": thing.node, "since": one.since.isoformat()}
        | ({"spoke": True} if one.spoke else {})
        for thing, one in sorted(known.items(), key=lambda item: item[0])
    ]
    return f"{json.dumps(told, indent=1)}\n".encode()
