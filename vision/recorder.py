"""Which pictures belong to which event: pre-roll from a ring, the event, post-roll."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, tzinfo
from pathlib import Path

from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from influx.disk import make_folder
from influx.schema import CAPTURED_EVENT_TYPES
from vision.config import RecorderSection
from vision.episodes import Change, Closed, Extended, LeftOut, Opened
from vision.events import CODEC, NO_CLIP, OUT_OF_HOURS, Event
from vision.hours import EVERY_HOUR, Hours
from vision.mp4 import Template, Unsupported
from vision.packets import Coded, coded
from vision.picture import jpeg
from vision.recording import Recording
from vision.ring import Ring
from vision.stream import TimedPacket
from vision.trouble import Trouble

logger = logging.getLogger(__name__)

RING_BYTES = 24 * 1024 * 1024
_LATE = 4.0
"""Seconds that an event may have gone on before it is sure to be one, and opens."""


class Recorder:
    """Records the events of one camera into ``folder``, each into its own clip. Used by one thread.

    ``closed`` is told an event as soon as it is over, with the state its clip is in; ``finished`` is told
    the sidecar of a recording to which nothing will be added; ``unkept`` is told an event of which the disk
    took nothing at all. Events that open outside ``hours`` of the day
    in ``zone`` have a snapshot and no clip, unless somebody asked for them.
    """

    def __init__(
        self,
        folder: Path,
        config: RecorderSection,
        *,
        closed: Callable[[Event], None],
        finished: Callable[[Path], None],
        unkept: Callable[[Event], None] = lambda _event: None,
        hours: Hours = EVERY_HOUR,
        zone: tzinfo = UTC,
    ) -> None:
        make_folder(folder)
        self._folder = folder
        self._pre_roll = config.pre_roll.total_seconds()
        self._post_roll = config.post_roll.total_seconds()
        self._closed = closed
        self._finished = finished
        self._unkept = unkept
        self._hours = hours
        self._zone = zone
        self.unrecorded = 0
        """Events so far of which the disk did not take everything."""
        self._ring = Ring(self._pre_roll + _LATE, RING_BYTES)
        self._template: Template | None = None
        self._unsupported = ""
        self._recordings: dict[str, Recording] = {}
        self._trouble = Trouble()

    def start(self, video: VideoStream) -> str:
        """Pictures come from ``video`` from now on.

        Returns why they cannot be recorded, or nothing; events without clips go on in any case.
        """
        self.stop()
        try:
            self._template = Template(video)
        except Unsupported as error:
            if str(error) != self._unsupported:
                logger.warning("%s", error)
            self._unsupported = str(error)
        else:
            self._unsupported = ""
        return self._unsupported

    def add(self, timed: TimedPacket) -> Coded:
        """The next packet: into the ring, and into every recording that is not over; returned is its copy."""
        picture = coded(timed)
        self._ring.add(picture)
        for recording in list(self._recordings.values()):
            recording.write((picture,))
            if not recording.is_open and picture.time >= recording.event.end.timestamp() + self._post_roll:
                self._finish(recording)
        return picture

    def recent(self, seconds: float) -> Iterator[Coded]:
        """The pictures of the last ``seconds``, as far as they are kept, from a keyframe on."""
        return self._ring.newest(seconds)

    def change(self, change: Change) -> Change:
        """An event opened, goes on or is over; returned is one that is over with the state of its clip.

        Of one that is left out everything is removed at once.
        """
        match change:
            case Opened(event):
                no_clip = self._why_no_clip(event)
                template = None if no_clip else self._template
                pre_roll = self._ring.since(event.start.timestamp() - self._pre_roll)
                self._recordings[event.id] = Recording(
                    self._folder, event, template, pre_roll, self._trouble, no_clip
                )
            case Extended(event):
                self._recordings[event.id].extend(event)
            case Closed(event):
                event = self._recordings[event.id].close_event(event)
                self._closed(event)
                return Closed(event)
            case LeftOut(event):
                if (recording := self._recordings.pop(event.id, None)) is not None:  # else it was put aside
                    recording.discard()
        return change

    def look(self, frame: VideoFrame, motion: float) -> None:
        """Offer a frame for the snapshots of the open events; ``motion`` is how much moves in it."""
        wanting = [recording for recording in self._recordings.values() if recording.wants(motion)]
        if wanting:
            picture = jpeg(frame)
            for recording in wanting:
                recording.show(picture, motion)

    def stop(self) -> None:
        """No more packets: every recording ends with what it has. Close the events first."""
        for recording in list(self._recordings.values()):
            self._finish(recording)
        if self._template is not None:
            self._template.close()
            self._template = None
        self._ring.clear()

    def _why_no_clip(self, event: Event) -> str:
        if NO_CLIP in event.evidence:
            return str(event.evidence[NO_CLIP])
        if event.event_type not in CAPTURED_EVENT_TYPES and not self._hours.include(
            event.end.timestamp(), self._zone
        ):
            return OUT_OF_HOURS
        return "" if self._template is not None else CODEC

    def _finish(self, recording: Recording) -> None:
        del self._recordings[recording.event.id]
        sidecar = recording.close()
        self.unrecorded += not recording.is_whole
        if sidecar is not None:
            self._finished(sidecar)
        else:
            self._unkept(recording.event)
