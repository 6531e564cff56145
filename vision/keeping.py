"""What keeps a camera's events: recorder, finisher and outbox, from recovery to a clean end."""

import logging
import threading
from pathlib import Path
from zoneinfo import ZoneInfo

from collector.backlog import Backlog
from collector.file_lock import FileLock
from collector.spool import Spool, SpoolError
from influx.disk import make_folder, write_whole
from vision.clips import Clips
from vision.config import CameraSection, RecorderSection
from vision.events import Event
from vision.finish import Finisher
from vision.hours import GREENWICH
from vision.outbox import Outbox
from vision.recorder import Recorder
from vision.recovery import recover
from vision.sidecar import SNAPSHOT

logger = logging.getLogger(__name__)

_PATIENCE = 5.0
"""Seconds that a clean end may take; what is left then is recovered at the next start."""
_MOST_UNKEPT = 1000
"""Points that wait in memory while the disk takes nothing."""


class CameraBusy(Exception):
    """Another process keeps the events of this camera; says which camera."""


class Keeping:
    """Keeps the events of one camera below ``data_dir``; ``recorder`` is for one thread.

    ``zone`` is the home's, in which ``camera`` has its hours. Recovers first what an earlier process left
    behind. Raises ``CameraBusy`` where another keeps the events of a camera of this name.
    """

    def __init__(
        self,
        camera: CameraSection,
        config: RecorderSection,
        data_dir: Path,
        spool: Spool,
        clips: Clips,
        zone: ZoneInfo = GREENWICH,
    ) -> None:
        self._folder = folder = data_dir / "recordings" / camera.name
        make_folder(folder)
        self._lock = FileLock(folder.with_name(f"{camera.name}.lock"))
        if not self._lock.take(wait=False):
            self._lock.close()
            raise CameraBusy(
                f"another process records as camera {camera.name!r} in {data_dir}; stop it first"
            )
        try:
            self._outbox = Outbox(data_dir / "outbox" / camera.name, clips, spool)
            recover(folder, self._outbox, camera.location)
        except BaseException:
            self._lock.close()
            raise
        self._backlog = Backlog(spool, most=_MOST_UNKEPT)
        self._finisher = Finisher(self._outbox, camera.location)
        self._storing = threading.Thread(target=self._outbox.run, name="outbox", daemon=True)
        self._storing.start()
        self.recorder = Recorder(
            folder,
            config,
            closed=self._announce,
            finished=self._finisher.take,
            unkept=lambda event: self._backlog.add([event.point()]),
            hours=camera.hours,
            zone=zone,
        )

    @property
    def settled(self) -> bool:
        """Whether nothing is being recorded, finished or waiting to be stored."""
        return not (any(self._folder.glob("*")) or self._outbox.waiting())

    def keep_photo(self, event: Event, jpeg: bytes) -> None:
        """Keep a photo that somebody took, durably; any thread may. Raises ``OSError`` and ``SpoolError``."""
        path = self._outbox.folder / f".{event.id}{SNAPSHOT}"
        write_whole(path, jpeg)
        self._outbox.accept(event, None, path)

    def keep_film(self, event: Event, film: Path, picture: Path | None) -> None:
        """Keep the film of a day, which is durable on the same volume, as a clip; any thread may.

        Raises ``OSError`` and ``SpoolError``.
        """
        self._outbox.accept(event, film, picture)

    def close(self) -> None:
        """End the recordings, finish them, and leave the rest to the next start."""
        self.recorder.stop()
        self._backlog.retry()
        self._finisher.close(_PATIENCE)
        self._outbox.close()
        self._storing.join(_PATIENCE)
        self._lock.close()

    def _announce(self, event: Event) -> None:
        try:
            self._outbox.announce(event)
        except SpoolError as error:  # the finisher writes the point again, and waits until it can
            logger.warning("the point of %s has to wait: %s", event.id, error)
        else:
            if self._backlog:
                self._backlog.retry()
