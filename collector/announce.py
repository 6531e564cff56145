"""Telling the registry what this node expects to be heard of.

Nodes write to the store but do not read it, so that the node itself remembers since when it has had each
thing: a point of the same time announces it after every start, and changes nothing that was said since.
"""

import json
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from collector.clock import Stamp
from collector.spool import Spool, SpoolError
from influx.disk import write_whole
from influx.registry import Kind, Thing, announcement

logger = logging.getLogger(__name__)

FILE = "registry.json"


class Announcer:
    """Announces ``things`` through ``spool`` once; who has one calls ``tend`` now and then.

    ``stamp`` says when something that is new is expected since; while the clock is not known to be right
    that waits. What is no longer among ``things`` is forgotten, so that it is new when it is configured
    again. The file is ``registry.json`` in ``data_dir``.
    """

    def __init__(
        self, things: Sequence[Thing], data_dir: Path, spool: Spool, stamp: Callable[[], Stamp]
    ) -> None:
        self._things = things
        self._path = data_dir / FILE
        self._spool = spool
        self._stamp = stamp
        self._done = False
        self._down = False

    def tend(self) -> None:
        """Announce what is not announced yet; where that cannot be now, it is logged once and tried again."""
        if self._done:
            return
        try:
            self._done = self._announce()
        except (OSError, SpoolError) as error:
            if not self._down:
                self._down = True
                logger.warning("The registry is not told yet what this node expects: %s", error)

    def _announce(self) -> bool:
        """Whether everything is announced; what is known of old is, whatever the clock shows."""
        known = _read(self._path)
        since = {thing: known[thing] for thing in self._things if thing in known}
        stamp = self._stamp()
        if stamp.boot is None and not stamp.estimated:
            # Cut to a whole second, as the file and the point have it.
            now = datetime.fromtimestamp(stamp.time_ns // 1_000_000_000, UTC)
            since = {thing: since.get(thing, now) for thing in self._things}
        elif len(since) < len(self._things):
            return False
        if since != known:
            write_whole(self._path, _written(since))
        self._spool.add([announcement(thing, moment) for thing, moment in since.items()], durable=True)
        return True


def _read(path: Path) -> dict[Thing, datetime]:
    """Since when each thing is expected; a file that is damaged is as none, and everything new again."""
    try:
        told = json.loads(path.read_bytes())
        return {
            Thing(Kind(one["kind"]), str(one["name"]), str(one["node"])): datetime.fromisoformat(one["since"])
            for one in told
        }
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError) as error:
        logger.warning("%s is damaged (%s); what it knew counts as expected from now on", path, error)
        return {}


def _written(since: dict[Thing, datetime]) -> bytes:
    told = [
        {"kind": thing.kind, "name": thing.name, "node": thing.node, "since": moment.isoformat()}
        for thing, moment in sorted(since.items())
    ]
    return f"{json.dumps(told, indent=1)}\n".encode()
