"""One camera's frames to events: motion, tracks, what they are, episodes, in that order."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

import av

from influx.points import Point
from vision.episodes import Change, Closed, Episodes, Extended, LeftOut, Opened
from vision.events import Event
from vision.motion import Look, Motion, Plane, luma_of
from vision.tracker import Track, Tracker
from vision.whereabouts import Whereabouts
from vision.zones import Polygon, Zone, ZoneKind

__all__ = ["Change", "Closed", "Extended", "LeftOut", "Naming", "Opened", "Pipeline", "Recognising"]


class Naming(Protocol):
    """Something that says what a track is, and how often it may look is its own business."""

    def name(self, frame: av.VideoFrame, tracks: Sequence[Track], at: float) -> None:
        """Add votes to those of ``tracks`` that are seen ``at``; never raises."""
        ...


class Recognising(Protocol):
    """Something that says whose a track is, and how often it may look is its own business."""

    def recognise(self, frame: av.VideoFrame, tracks: Sequence[Track], foreground: Plane, at: float) -> None:
        """Add votes to the names of those of ``tracks`` that are seen ``at``; never raises.

        ``foreground`` is 255 where something is not background, and covers all of ``frame``.
        """
        ...

    def keep(self, event: Event) -> None:
        """``event`` is over, and may be corrected from now on; never raises."""
        ...


class Pipeline:
    """Sees one camera's frames in order of time, and says what events that makes.

    Of all frames it is given, ``analysis_fps`` a second are looked at; an event longer than ``longest``
    is closed and the next begins. ``zones`` say what places are for, and in ``masks`` nothing is looked at.
    Where a camera only ever sees one ``pet``, what moves there is that pet, unless it is a person. Owned by
    one thread.
    ``faces`` is asked after ``naming``, whose votes it may go by.
    """

    def __init__(
        self,
        camera: str,
        location: str,
        *,
        analysis_fps: float = 5.0,
        longest: timedelta = timedelta(minutes=10),
        naming: Naming | None = None,
        faces: Naming | None = None,
        zones: Sequence[Zone] = (),
        masks: Sequence[Polygon] = (),
        recognising: Recognising | None = None,
        pet: str = "",
    ) -> None:
        self._period = 1 / analysis_fps
        self._due = -math.inf
        self._motion = Motion(masks)
        self._doors = tuple(zone for zone in zones if zone.kind is ZoneKind.DOOR)
        self._tracker = Tracker(doors=self._doors)
        self._naming = naming
        self._faces = faces
        self._recognising = recognising
        self._episodes = Episodes(camera, location, longest=longest.total_seconds(), zones=zones, pet=pet)
        self._whereabouts = Whereabouts(camera, pet=pet)
        self._look = Look(0.0, 0.0, (), learning=True)
        self.discreet_since: float | None = None
        """Since when somebody is in sight of whom nothing is to be kept; None where nobody is."""
        self.looks = 0
        """Frames looked at so far."""

    @property
    def motion(self) -> float:
        """Part of the picture that moved at the last look, 0 to 1."""
        return self._look.motion

    @property
    def luma(self) -> float:
        """Mean brightness at the last look, 0 black to 1 white."""
        return self._look.luma

    def see(self, frame: av.VideoFrame, at: float) -> list[Change]:
        """What this frame, taken ``at`` (seconds since 1970), changes; most frames change nothing.

        Times must not go back.
        """
        if at < self._due - 0.001:
            return []
        due = self._due + self._period
        self._due = due if due > at else at + self._period
        self.looks += 1
        self._look = self._motion.look(luma_of(frame), at)
        tracks = self._tracker.update(self._look.blobs, at, blind=self._look.learning)
        self._motion.accept(self._tracker.settled)
        if self._naming is not None and tracks:
            self._naming.name(frame, tracks, at)
        if self._faces is not None and tracks:
            self._faces.name(frame, tracks, at)
        self.discreet_since = min((track.born for track in tracks if track.left_out), default=None)
        if self._recognising is not None and tracks:
            self._recognising.recognise(frame, tracks, self._motion.foreground, at)
        self._whereabouts.note(tracks, at)
        return self._told(self._episodes.follow(tracks))

    def close(self) -> list[Change]:
        """Close the open events where their tracks were seen last; what comes next begins anew, and may be of
        an earlier time: the clock may have been set back.
        """
        self._due = -math.inf
        self._whereabouts.finish()
        self._tracker = Tracker(self._tracker.ids, doors=self._doors)
        return self._told(self._episodes.close())

    def _told(self, changes: list[Change]) -> list[Change]:
        for change in changes:
            if isinstance(change, Closed | LeftOut) and self._recognising is not None:
                self._recognising.keep(change.event)
        return changes

    def activity(self) -> list[Point]:
        """The ``pet_activity`` points finished since the last call: one a track and 10 s while it is seen."""
        return self._whereabouts.take()
