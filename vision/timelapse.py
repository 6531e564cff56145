"""The time-lapse of each day: a picture every so often, and when the day is over a film of a minute of them.

Pictures lie in a folder a day, ``<folder>/<YYYY-MM-DD>/<ms since 1970>.jpg``, until their film is kept: days
of the home, of which a camera that was off at midnight makes its film when it is back. A film is a clip of
an event of its own kind, ``timelapse``, which lasts the day; so it is listed, linked and deleted as every
clip is.
"""

import logging
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from av.video.frame import VideoFrame

from collector.spool import SpoolError
from influx import local_time
from influx.disk import make_folder, sync_folder
from influx.schema import TIMELAPSE
from vision.clips import clip_key
from vision.config import CameraSection, TimelapseSection
from vision.events import CLIP_WAITING, Event
from vision.film import TOO_FEW
from vision.pace import Pace
from vision.picture import jpeg

logger = logging.getLogger(__name__)

_WIDEST, _QUALITY = 640, 75
_LOOK = 60.0
"""Seconds between two looks for a day that is over."""
_MOST_DAYS = 3
"""Days whose films could not be made are kept so long."""
_BEFORE, _AFTER = 5.0, 10.0
"""Seconds before somebody is known who is left out, at most, and after they were seen last, of which no
picture is kept: a track is older than its first look, and who turns round is lost for a moment."""
_FILM, _MADE = "film.mp4", ".made"

Keep = Callable[[Event, Path, Path | None], None]
"""Keeps an event with its clip and its snapshot, which it moves; raises ``OSError`` and ``SpoolError``."""


class Timelapse:
    """Takes the pictures of one camera and has films made of them. Used by one thread.

    Pictures are taken in the hours of ``zone`` at which ``camera`` records.
    """

    def __init__(
        self, camera: CameraSection, config: TimelapseSection, folder: Path, zone: ZoneInfo, keep: Keep
    ) -> None:
        self._camera = camera
        self._hours = camera.hours
        self._config = config
        self._folder = folder
        self._zone = zone
        self._keep = keep
        self._most = config.pictures
        self._day = ""
        self._count = 0
        self._every = config.every.total_seconds()
        self._pace = Pace()
        self._looked = 0.0
        self._discreet = -math.inf
        self._making: subprocess.Popen[str] | None = None
        self._today = ""
        self._hopeless: set[str] = set()
        self._trouble = False

    def look(self, frame: VideoFrame, at: float, *, discreet_since: float | None = None) -> None:
        """Keep this frame, taken ``at`` (seconds since 1970), where its time has come.

        ``discreet_since`` is when somebody came who is left out, as long as they are in sight.
        """
        if discreet_since is not None:
            if not 0 <= at - self._discreet <= _AFTER:
                self.forget(max(discreet_since, at - _BEFORE))
            self._discreet = at
        if 0 <= at - self._discreet <= _AFTER:
            return
        if not self._config.on or not self._pace.is_due(at):
            return
        self._pace.pause(at, self._every)
        day = f"{datetime.fromtimestamp(at, self._zone):%Y-%m-%d}"
        try:
            if day != self._day:
                self._begin(day)
            if self._hours.include(at, self._zone) and not self._is_made(day):
                self._take(frame, at)
        except OSError as error:
            if not self._trouble:
                logger.warning("camera %s takes no pictures for its time-lapse: %s", self._camera.name, error)
            self._trouble = True
        else:
            self._trouble = False

    def forget(self, since: float) -> None:
        """Remove the pictures taken ``since`` then (seconds since 1970): of somebody who is left out."""
        for path in self._folder.glob("????-??-??/*.jpg"):
            if path.stem.isdecimal() and int(path.stem) >= since * 1000:
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    logger.warning("a picture of somebody who is left out cannot be removed: %s", error)
                    return
                self._count -= path.parent.name == self._day

    def tick(self, now: float) -> None:
        """Have a film made where a day was over ``now``, and keep one that is made."""
        if self._making is not None:
            if self._making.poll() is not None:
                self._made(self._making)
        elif not self._looked <= now < self._looked + _LOOK:
            self._looked = now
            with suppress(OSError):
                self._make_next(f"{datetime.fromtimestamp(now, self._zone):%Y-%m-%d}")

    def close(self) -> None:
        """Make no film any more; the next start goes on."""
        if self._making is not None:
            self._making.kill()
            self._making.communicate()
            self._making = None

    def _begin(self, day: str) -> None:
        make_folder(self._folder / day)
        self._day = day
        self._count = sum(1 for _ in (self._folder / day).glob("*.jpg"))
        self._every = self._config.every.total_seconds()

    def _is_made(self, day: str) -> bool:
        return (self._folder / f"{day}{_MADE}").exists()

    def _take(self, frame: VideoFrame, at: float) -> None:
        path = self._folder / self._day / f"{round(at * 1000)}.jpg"
        # Not synced: what a power cut spoils of it is one picture of hundreds.
        path.write_bytes(jpeg(frame, _WIDEST, _QUALITY))
        self._count += 1
        if self._count >= 2 * self._most:
            for spare in sorted(path.parent.glob("*.jpg"))[1::2]:
                spare.unlink()
                self._count -= 1
            self._every *= 2

    def _make_next(self, today: str) -> None:
        """Begin the film of the oldest day before ``today`` that has none yet."""
        if today != self._today:  # what failed for want of room may have some now
            self._today = today
            self._hopeless.clear()
        folders = sorted(path for path in self._folder.glob("????-??-??") if path.is_dir())
        over = [path for path in folders if path.name < today]
        for marker in sorted(self._folder.glob(f"*{_MADE}"))[: -2 * _MOST_DAYS]:
            marker.unlink()
        for old in over[:-_MOST_DAYS]:
            logger.warning("no time-lapse could be made of %s by camera %s", old.name, self._camera.name)
            shutil.rmtree(old)
        for folder in over[-_MOST_DAYS:]:
            if self._is_made(folder.name):
                shutil.rmtree(folder)
            elif folder.name not in self._hopeless:
                self._making = self._start(folder)
                return

    def _start(self, folder: Path) -> "subprocess.Popen[str]":
        limits = ("--fps", str(self._config.fps), "--most", str(self._most))
        lock = self._folder.with_name("film.lock")
        command = (sys.executable, "-P", "-m", "vision.film", folder, folder / _FILM, "--lock", lock, *limits)
        return subprocess.Popen(  # noqa: S603 -- our own module, and no shell
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def _made(self, making: "subprocess.Popen[str]") -> None:
        self._making = None
        told, failed = making.communicate()
        folder = Path(str(making.args[4]))  # type: ignore[index]
        reason: object = failed.strip().rpartition("\n")[2] or f"exit code {making.returncode}"
        try:
            if making.returncode == 0:
                self._hand_over(folder, int(told))
            if making.returncode in (0, TOO_FEW):
                (self._folder / f"{folder.name}{_MADE}").touch()
                sync_folder(
                    self._folder
                )  # or, after a power cut, what is left of the pictures is a film again
                shutil.rmtree(folder)
                return
        except (OSError, SpoolError, ValueError) as error:
            reason = error
        logger.warning(
            "the time-lapse of %s by camera %s is tried again tomorrow, or at the next start: %s",
            folder.name,
            self._camera.name,
            reason,
        )
        self._hopeless.add(folder.name)

    def _hand_over(self, folder: Path, pictures: int) -> None:
        midnight = datetime.fromisoformat(folder.name).replace(tzinfo=self._zone)
        day = local_time.day(midnight + timedelta(hours=12), self._zone)
        event = Event(
            self._camera.name,
            self._camera.location,
            0,
            TIMELAPSE,
            day.start,
            day.stop,
            confidence=1.0,
            evidence={"pictures": pictures, "film_s": round(pictures / self._config.fps, 1)},
        )
        event = replace(event, clip=clip_key(event.id), clip_state=CLIP_WAITING)
        paths = sorted(folder.glob("*.jpg"))
        self._keep(event, folder / _FILM, paths[len(paths) // 2])
