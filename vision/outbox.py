"""Finished clips and snapshots that wait to be stored; their event points say so until they are."""

import logging
import threading
from collections.abc import Set
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import tenacity

from collector.spool import Spool, SpoolError
from influx import points
from influx.disk import make_folder, sync_folder
from influx.points import Point
from influx.schema import PIPELINE
from vision.clips import Clips, ClipsUnavailable, snapshot_key
from vision.disk import move
from vision.events import CLIP_LOST, CLIP_STORED, CLIP_WAITING, Event
from vision.sidecar import CLIP, SNAPSHOT, SUFFIX, Phase, Sidecar

logger = logging.getLogger(__name__)

LONGEST_WAIT = 60.0


class Outbox:
    """A folder of what waits: an event's clip, its snapshot and, last of all, the sidecar that says it is
    whole. One process uses a folder; ``run`` is one thread's, the rest is any thread's.

    Killed anywhere and started again it comes to the same: a clip is stored under its key and its event
    point says ``stored``.
    """

    def __init__(self, folder: Path, clips: Clips, spool: Spool) -> None:
        make_folder(folder)
        self.folder = folder
        self._clips = clips
        self._spool = spool
        self._down = False
        self._hopeless: set[str] = set()
        self._news = threading.Event()
        self._stopped = threading.Event()

    def announce(self, event: Event) -> None:
        """Write the event's point, durably."""
        self._spool.add([event.point()], durable=True)

    def accept(self, event: Event, clip: Path | None, snapshot: Path | None) -> None:
        """Take an event's files (they are moved) and write its point: from here on they are not lost.

        The files are whole and durable, on the volume of ``folder``.
        """
        for source, suffix in ((clip, CLIP), (snapshot, SNAPSHOT)):
            if source is not None:
                move(source, self._file(event, suffix))
        self.announce(event)
        if any(self._file(event, suffix).exists() for suffix in (CLIP, SNAPSHOT)):
            Sidecar(event, Phase.COMPLETE, None).write(self.folder)
            self._news.set()

    def waiting(self) -> list[Path]:
        """The sidecars of what waits, oldest event first."""
        return sorted(self.folder.glob(f"[!.]*{SUFFIX}"))

    def store(self, sidecar: Path) -> Event:
        """Store what waits under ``sidecar``, write its point and remove it here.

        Raises ``ClipsUnavailable`` as long as the store is away; then everything is as it was.
        """
        event = Sidecar.read(sidecar).event
        clip, snapshot = self._file(event, CLIP), self._file(event, SNAPSHOT)
        if event.clip_state == CLIP_WAITING:
            if clip.exists():
                self._clips.put(event.clip, clip)
                event = replace(event, clip_state=CLIP_STORED)
            else:
                event = replace(event, clip="", clip_state=CLIP_LOST)
        if snapshot.exists():
            self._clips.put(snapshot_key(event.id), snapshot)
            event = replace(event, snapshot=snapshot_key(event.id))
        self.announce(event)
        # The sidecar goes first: files without one are debris.
        for file in (sidecar, clip, snapshot):
            file.unlink(missing_ok=True)
        sync_folder(self.folder)
        return event

    def tidy(self, spared: Set[str] = frozenset()) -> None:
        """Remove what a crash left behind: files without a sidecar, except those of the events ``spared``.

        Recover the recordings first.
        """
        whole = {path.stem for path in self.waiting()} | spared
        for path in self.folder.iterdir():
            if path.is_file() and (path.name.startswith(".") or path.stem not in whole):
                path.unlink()

    def run(self) -> None:
        """Store what waits and what comes, until ``close``; never gives up.

        Each has one try a round, so that one that cannot be stored keeps no other back.
        """
        while not self._stopped.is_set():
            patiently = tenacity.Retrying(
                retry=tenacity.retry_if_result(bool),
                wait=tenacity.wait_exponential_jitter(initial=1, max=LONGEST_WAIT),
                stop=tenacity.stop_when_event_set(self._stopped),
                sleep=tenacity.sleep_using_event(self._news),
            )
            with suppress(tenacity.RetryError):
                patiently(self._round)
            if not self._stopped.is_set():
                self._news.wait()

    def close(self) -> None:
        """End ``run``; what still waits is stored after the next start."""
        self._stopped.set()
        self._news.set()

    def _round(self) -> int:
        """Try once to store each that waits; returns how many are to be tried again."""
        self._news.clear()
        left = 0
        for sidecar in self.waiting():
            if self._stopped.is_set():
                break
            if sidecar.name not in self._hopeless and not self._try(sidecar):
                left += 1
        if self._down and not left and not self._stopped.is_set():
            self._down = False
            logger.info("clips are stored again")
        return left

    def _try(self, sidecar: Path) -> bool:
        """Whether ``sidecar`` needs no other try."""
        try:
            self.store(sidecar)
        except (ClipsUnavailable, SpoolError, OSError) as error:
            if not self._down:
                logger.warning("clips wait in the outbox: %s", error)
            self._down = True
            return False
        except Exception:
            logger.exception("clip of %s cannot be stored; the next start tries again", sidecar.stem)
            self._hopeless.add(sidecar.name)
        return True

    def _file(self, event: Event, suffix: str) -> Path:
        return self.folder / f"{event.id}{suffix}"


def health(outboxes: Path, node: str, time: float) -> Point:
    """How many clips wait in the folders below ``outboxes`` at ``time``, and since when the oldest does.

    Those of all cameras, so that all who tell it on a node tell the same.
    """
    since = []
    for sidecar in outboxes.glob(f"*/[!.]*{SUFFIX}"):
        with suppress(FileNotFoundError):  # stored since the folder was read
            since.append(sidecar.stat().st_mtime)
    return points.make(
        PIPELINE,
        {"node": node, "part": "outbox"},
        {"depth": len(since), "oldest_age": max(0.0, time - min(since, default=time))},
        datetime.fromtimestamp(time, UTC),
    )
