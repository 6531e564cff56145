"""Whose face a track shows: a look a second at most, at what may be a person, until it is known."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av

from vision.cutout import cut_out
from vision.detectors.found import PERSON, PET
from vision.faces.finder import Dlib, Finder, NoFaces
from vision.faces.gallery import UNKNOWN_PERSON, Gallery
from vision.motion import Box
from vision.pace import Pace
from vision.seen import seen_as
from vision.track import tallness
from vision.tracker import Step, Track, distance

logger = logging.getLogger(__name__)

_PAUSE = 1.0  # seconds between two looks of a camera
_SHARE = 0.1  # part of the time that looks may take on a slow machine
_TRIES, _LATER = 10, 5.0  # looks at a track, and seconds between those that follow
_TALL = 1.2  # so many times its width is what may be a person where no detector says
_SIDEWAYS, _ABOVE, _HEAD = 0.2, 0.2, 1.5  # margins in boxes, and the crop's height in its widths
_AGAIN, _FAR = 10.0, 0.25  # seconds and picture widths from where somebody was lost to where a track begins
_SMALLER = 0.4  # of the height of who was lost: what is less tall is another, such as their cat that sits up
_YOUNG = 3.0  # seconds in which a track may turn out to be that somebody
_REST = 60.0  # seconds after a look that failed
_LEAST = 40  # pixels of the crop: a face that can be known fills as much


@dataclass
class _Tried:
    """How often a track was looked at, and when it may be again."""

    looks: int = 0
    due: float = -math.inf


class Faces:
    """Says of tracks who of ``gallery`` they are: fills their ``person`` and ``left_out``.

    A ``vision.pipeline.Naming``. Nothing is loaded as long as nobody is known. Where faces cannot be looked
    for it is said once, and events go on.

    Who is lost, as by turning round, and goes on near there is the same person still, until the face says
    otherwise: but for that, somebody who is left out would be recorded from behind.
    """

    def __init__(self, gallery: Gallery, *, opening: Callable[[], Finder] = Dlib) -> None:
        self._gallery = gallery
        self._opening = opening
        self._finder: Finder | None = None
        self._missing = False
        self._failed = False
        self._pace = Pace()
        self._tried: dict[int, _Tried] = {}
        self._left_out: dict[str, Step] = {}
        self._taken: set[int] = set()

    def name(self, frame: av.VideoFrame, tracks: Sequence[Track], at: float) -> None:
        """Look at one of ``tracks`` that is seen ``at``, where it is time to; never raises."""
        self._go_on(tracks, at)
        if self._missing or not self._pace.is_due(at):
            return
        rest = _PAUSE - 0.001
        self._pace.pause(at, rest)
        self._tried = {track.id: self._tried.get(track.id, _Tried()) for track in tracks}
        wanted = [track for track in tracks if track.last.at == at and self._is_wanted(track, at)]
        if not wanted or not self._gallery.people():
            return
        track = min(wanted, key=lambda track: self._tried[track.id].looks)
        began = time.perf_counter()
        try:
            self._look(frame, track)
        except NoFaces as error:
            logger.warning("nobody is known by the face: %s", error)
            self._missing = True
        except Exception:  # a library in C++ is somebody else's code: whatever it raises, events go on
            if not self._failed:
                logger.exception("looking for faces failed, and is tried again now and then")
            self._failed = True
            rest = _REST
        else:
            self._failed = False
        tried = self._tried[track.id]
        tried.looks += 1
        tried.due = at + (_LATER if tried.looks >= _TRIES else 0)
        self._pace.pause(at, max(rest, (time.perf_counter() - began) / _SHARE))

    def _go_on(self, tracks: Sequence[Track], at: float) -> None:
        """Take a young track for who is left out and was seen last near where it began."""
        self._taken &= {track.id for track in tracks}
        for track in tracks:
            if track.id in self._taken and seen_as(track.votes) == PET:
                track.person, track.left_out = "", False  # the pet beside them, and not who was lost
                self._taken.discard(track.id)
            if track.left_out:
                self._left_out[track.person] = track.last
            elif not track.person and at - track.born <= _YOUNG and _may_be_person(track):
                first = track.steps[0]
                for name, last in self._left_out.items():
                    is_near = -_YOUNG <= first.at - last.at <= _AGAIN and distance(first, last) <= _FAR
                    if is_near and _height(track.last) >= _SMALLER * _height(last):
                        track.person, track.left_out = name, True
                        self._taken.add(track.id)
                        break

    def _is_wanted(self, track: Track, at: float) -> bool:
        known = track.person not in ("", UNKNOWN_PERSON) and track.id not in self._taken
        return not known and at >= self._tried[track.id].due and _may_be_person(track)

    def _look(self, frame: av.VideoFrame, track: Track) -> None:
        if self._finder is None:
            self._finder = self._opening()
        area = head_of(track.last.box, frame.width, frame.height)
        if area is None:
            return
        faces = self._finder.find(cut_out(frame, area), most=1)
        if not faces:
            return
        self._taken.discard(track.id)
        person = self._gallery.whose(faces[0].encoding)
        track.person = person.name if person else UNKNOWN_PERSON
        track.left_out = person is not None and person.left_out


def _may_be_person(track: Track) -> bool:
    seen = seen_as(track.votes)
    return seen == PERSON or (seen is None and tallness(track.last.box) >= _TALL)


def _height(step: Step) -> float:
    return step.box.bottom - step.box.top


def open_faces(data_dir: Path) -> Faces:
    """Who looks for the faces of those that ``hutch people`` keeps below ``data_dir``."""
    return Faces(gallery_in(data_dir))


def gallery_in(data_dir: Path) -> Gallery:
    """The people that are kept below ``data_dir``."""
    return Gallery(data_dir / "people")


def head_of(box: Box, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom in pixels of where the head in ``box`` is; None where that is tiny.

    The upper part of it with some room around, in multiples of 4, as the chroma of a cut-out needs them.
    """
    across, down = (box.right - box.left) * width, (box.bottom - box.top) * height
    left = max(math.floor(box.left * width - across * _SIDEWAYS), 0) // 4 * 4
    right = min(math.ceil(box.right * width + across * _SIDEWAYS), width)
    top = max(math.floor(box.top * height - down * _ABOVE), 0) // 4 * 4
    bottom = min(math.ceil(box.bottom * height), height, top + math.ceil((right - left) * _HEAD))
    wide, high = (right - left) // 4 * 4, (bottom - top) // 4 * 4
    return (left, top, left + wide, top + high) if min(wide, high) >= _LEAST else None
