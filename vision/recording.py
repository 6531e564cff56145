"""One event's recording while it grows: a fragmented MP4, a sidecar that says what it is, a snapshot."""

import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import av

from influx.disk import sync_folder, write_whole
from influx.schema import STILL_EVENT_TYPES
from vision.clips import clip_key
from vision.events import CLIP_WAITING, NO_CLIP, NO_ROOM, Event
from vision.mp4 import Fragments, Template
from vision.packets import Coded
from vision.sidecar import PART, SNAPSHOT, Phase, Sidecar
from vision.trouble import Trouble

logger = logging.getLogger(__name__)

_CLEARLY = 1.5
"""So many times more motion makes a better snapshot; less is not worth a write."""
_SELDOM = timedelta(seconds=10)
"""Between two writes of how far an event is of which nothing else is written, such as an hour of sleep."""


class Recording:
    """Keeps one event in ``folder``, from its opening until its post-roll is over. Used by one thread.

    ``pre_roll`` is what is recorded at once; ``template`` is None where nothing is recorded, and ``no_clip``
    is why. While its event says ``settled`` nothing is recorded, and what was is gone: of a pet at rest a
    snapshot is kept, and no hour of sleep goes onto the card before.
    A disk that takes no more ends the recording, not the event: what was written before is kept, and
    ``trouble``, which the recordings of a camera share, is told.
    """

    def __init__(
        self,
        folder: Path,
        event: Event,
        template: Template | None,
        pre_roll: Iterable[Coded],
        trouble: Trouble,
        no_clip: str = "",
    ) -> None:
        self._folder = folder
        self._event = event
        self._no_clip = no_clip
        self._template = template
        self._trouble = trouble
        self._whole = True
        self._phase = Phase.OPEN
        self._first: float | None = None
        self._fragments: Fragments | None = None
        self._best_motion = -1.0
        self._kept = event.end
        self._event = self._explained(event)
        self.write(pre_roll)
        if self._first is None:
            self._keep()

    @property
    def event(self) -> Event:
        """The event as far as it is known."""
        return self._event

    @property
    def _rests(self) -> bool:
        return bool(self._event.evidence.get("settled"))

    @property
    def is_whole(self) -> bool:
        """Whether the disk has taken everything so far."""
        return self._whole

    @property
    def is_open(self) -> bool:
        """Whether the event goes on."""
        return self._phase is Phase.OPEN

    def write(self, pictures: Iterable[Coded]) -> None:
        """Record the next pictures; the first is a keyframe, what comes before one is passed over."""
        for picture in pictures:
            waits = self._fragments is None and not self._rests
            if waits and self._template is not None and picture.keyframe:
                self._begin(picture, self._template)
            if self._fragments is not None:
                try:
                    self._fragments.write(picture)
                except (OSError, av.FFmpegError) as error:
                    self._give_up(error)

    def extend(self, event: Event) -> None:
        """The event goes on, and this is what is known of it now."""
        self._event = self._explained(event)
        if self._rests and self._fragments is not None:
            self._drop(self._fragments)
        elif self._fragments is not None or event.end - self._kept >= _SELDOM:
            self._keep()

    def close_event(self, event: Event) -> Event:
        """The event is over; returns it with the clip it will have. Pictures may still come."""
        self._phase = Phase.CLOSING
        if Sidecar(event, self._phase, self._first).has_clip:
            event = replace(event, clip=clip_key(event.id), clip_state=CLIP_WAITING)
        self._event = self._explained(event)
        self._keep()
        return self._event

    def close(self) -> Path | None:
        """No more pictures. Returns the sidecar, or None where the disk did not even take that."""
        fragments, self._fragments = self._fragments, None
        if fragments is not None:
            try:
                fragments.close()
            except (OSError, av.FFmpegError) as error:
                self._give_up(error)
        if not self.is_open:
            self._phase = Phase.COMPLETE
        path = self._keep()
        if path is None:
            self._path(PART).unlink(missing_ok=True)
        if self._whole:
            self._trouble.ends(f"events of camera {self._event.camera} are recorded again")
        return path

    def discard(self) -> None:
        """Keep nothing of it: recording, snapshot and sidecar are gone, also after a power cut."""
        if self._fragments is not None:
            with suppress(OSError, av.FFmpegError):
                self._fragments.close()
            self._fragments = None
        try:
            # The sidecar goes first: a recording without one is debris, which a start removes.
            for suffix in (".json", PART, SNAPSHOT):
                self._path(suffix).unlink(missing_ok=True)
            sync_folder(self._folder)
        except OSError as error:
            logger.warning("what was recorded of %s cannot be removed: %s", self._event.id, error)

    def wants(self, motion: float) -> bool:
        """Whether a frame with so much motion would make a better snapshot than there is."""
        return self.is_open and motion > self._best_motion * _CLEARLY

    def show(self, jpeg: bytes, motion: float) -> None:
        """Take this snapshot in place of the one before."""
        self._best_motion = max(motion, 0.01)
        with suppress(OSError):  # a disk that is full is told of by the recording
            write_whole(self._path(SNAPSHOT), jpeg)

    def _begin(self, picture: Coded, template: Template) -> None:
        self._first = picture.time
        try:
            # The sidecar is there before the recording: a recording without one is debris.
            Sidecar(self._event, self._phase, self._first).write(self._folder)
            self._fragments = Fragments(self._path(PART), template)
            sync_folder(self._folder)  # what is synced of the recording is nowhere before its name is
        except (OSError, av.FFmpegError) as error:
            self._first = None
            self._give_up(error)

    def _drop(self, fragments: Fragments) -> None:
        self._fragments = self._first = None
        with suppress(OSError, av.FFmpegError):
            fragments.close()
        self._keep()  # first: a recording that its sidecar does not know of is debris
        with suppress(OSError):
            self._path(PART).unlink(missing_ok=True)

    def _give_up(self, error: Exception) -> None:
        self._trouble.begins(f"events of camera {self._event.camera} cannot be recorded", error)
        self._whole = False
        self._no_clip = self._no_clip or NO_ROOM
        self._template = None
        if self._fragments is not None:
            with suppress(OSError, av.FFmpegError):
                self._fragments.close()
            self._fragments = None

    def _explained(self, event: Event) -> Event:
        """``event`` with the reason why it has no clip, where one would be expected."""
        if not self._no_clip or self._first is not None or event.event_type in STILL_EVENT_TYPES:
            return event
        return replace(event, evidence={**event.evidence, NO_CLIP: self._no_clip})

    def _keep(self) -> Path | None:
        self._kept = self._event.end
        try:
            return Sidecar(self._event, self._phase, self._first).write(self._folder)
        except OSError as error:
            self._give_up(error)
            path = self._path(".json")
            return path if path.exists() else None

    def _path(self, suffix: str) -> Path:
        return self._folder / f"{self._event.id}{suffix}"
