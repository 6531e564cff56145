"""From a recording to which nothing is added to a clip in the outbox, at the same pace or after a crash."""

import logging
import queue
import threading
from dataclasses import replace
from pathlib import Path

import tenacity

from collector.spool import SpoolError
from influx.disk import sync_folder
from vision.clips import clip_key
from vision.events import CLIP_LOST, CLIP_NONE, CLIP_WAITING, Event
from vision.mp4 import Unplayable, close_up
from vision.outbox import Outbox
from vision.sidecar import CLIP, PART, SNAPSHOT, NoSidecar, Phase, Sidecar

logger = logging.getLogger(__name__)


def finish(path: Path, outbox: Outbox, location: str) -> Event:
    """Turn the recording of the sidecar at ``path`` into a clip, hand it to ``outbox`` and forget it here.

    Killed anywhere and done again it gives the same. A recording that was not complete is repaired, one
    with nothing to show is lost, and the event says so. ``location`` is for a sidecar that is spoiled.
    Raises ``OSError`` where the disk takes no more, ``NoSidecar`` where nothing tells what event it was.
    """
    try:
        sidecar = Sidecar.read(path)
    except NoSidecar as error:
        logger.warning("%s", error)
        sidecar = Sidecar.guess(path, location)
    part, snapshot = (path.with_name(f"{path.stem}{suffix}") for suffix in (PART, SNAPSHOT))
    clip = outbox.folder / f".{path.stem}{CLIP}"
    event = _with_clip(sidecar, part, clip)
    outbox.accept(
        event,
        clip if event.clip_state == CLIP_WAITING else None,
        snapshot if snapshot.exists() else None,
    )
    # The sidecar goes first: a recording without one is debris, one with it is done again.
    for file in (path, part):
        file.unlink(missing_ok=True)
    sync_folder(path.parent)
    return event


def _with_clip(sidecar: Sidecar, part: Path, clip: Path) -> Event:
    length, state = None, CLIP_NONE
    if sidecar.has_clip:
        try:
            length, state = close_up(part, clip).length, CLIP_WAITING
        except (Unplayable, FileNotFoundError) as error:
            logger.warning("the clip of %s is lost: %s", sidecar.event.id, error)
            state = CLIP_LOST
    event = sidecar.event if sidecar.phase is Phase.COMPLETE else sidecar.repaired(length)
    return replace(event, clip=clip_key(event.id) if state == CLIP_WAITING else "", clip_state=state)


class Finisher:
    """A thread that finishes recordings, so that a long one does not keep the camera waiting."""

    def __init__(self, outbox: Outbox, location: str) -> None:
        self._outbox = outbox
        self._location = location
        self._queue: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="finisher", daemon=True)
        self._thread.start()

    def take(self, path: Path) -> None:
        """Finish the recording of the sidecar at ``path``, soon; from any thread."""
        self._queue.put(path)

    def close(self, patience: float) -> None:
        """Finish what was taken, for ``patience`` seconds at most; the next start does the rest."""
        self._queue.put(None)
        self._thread.join(patience)
        self._stopped.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._stopped.is_set():
            path = self._queue.get()
            if path is None:
                return
            self._finish(path)

    def _finish(self, path: Path) -> None:
        patiently = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((OSError, SpoolError)),
            wait=tenacity.wait_exponential_jitter(initial=1, max=60),
            stop=tenacity.stop_when_event_set(self._stopped),
            sleep=tenacity.sleep_using_event(self._stopped),
            before_sleep=lambda state: _log_first(state, path),
        )
        try:
            patiently(finish, path, self._outbox, self._location)
        except tenacity.RetryError:
            return
        except Exception:  # one recording must not keep the others from being finished
            logger.exception("recording of %s cannot be finished; the next start tries again", path.stem)


def _log_first(state: tenacity.RetryCallState, path: Path) -> None:
    if state.attempt_number == 1 and state.outcome is not None:
        logger.warning("recording of %s waits to be finished: %s", path.stem, state.outcome.exception())
