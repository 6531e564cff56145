"""What a track is: a detector looks at what moves, and votes."""

import logging
import math
import time
from collections.abc import Sequence

import av

from vision.config import DetectorSection
from vision.cutout import cut_out, square_around
from vision.detectors import BadModel, Detector, open_detector
from vision.pace import Pace
from vision.tracker import Track

logger = logging.getLogger(__name__)

A_SECOND = 5.0
"""Looks a second, of a camera, at most."""
TOO_SLOW = 1.0
"""Seconds a look beyond which a model is left alone."""
_PATIENCE = 5  # looks in a row that may take too long
_AROUND = 2.0  # a crop so many times the track's box: models know animals with something around them
_LEAST_SIDE = 96  # pixels
_FORGOTTEN = 60.0  # seconds: who was looked at longer ago is as good as new


class Namer:
    """Shows a detector the tracks that move, a few times a second, and counts what it finds as their votes.

    A look in which it finds a pet and a person is a vote for each; tracks take turns.

    One that fails, or takes more than ``too_slow`` seconds again and again, is said so once and not asked
    again; events go on without it.
    """

    def __init__(self, detector: Detector, *, too_slow: float = TOO_SLOW) -> None:
        self._detector: Detector | None = detector
        self._too_slow = too_slow
        self._pace = Pace()
        self._slow = 0
        self.looked_at: dict[int, float] = {}
        """When each track was shown last, by its number."""

    def name(self, frame: av.VideoFrame, tracks: Sequence[Track], at: float) -> None:
        """See ``Naming.name``."""
        seen = [track for track in tracks if track.last.at == at]
        if self._detector is None or not seen or not self._pace.is_due(at):
            return
        self._pace.pause(at, 1 / A_SECOND - 0.001)
        track = self._next(seen, at)
        around = square_around(track.last.box, frame.width, frame.height, times=_AROUND, least=_LEAST_SIDE)
        began = time.perf_counter()
        try:
            found = self._detector.detect(cut_out(frame, around))
        except Exception:  # a model is somebody else's code: whatever it raises, events go on
            logger.exception("the model failed; events go on without it")
            self._detector = None
            return
        self._mind(time.perf_counter() - began)
        track.votes.update({one.label for one in found})

    def _next(self, seen: Sequence[Track], at: float) -> Track:
        """Whose turn it is: the one that was looked at longest ago, so that a curtain delays no cat."""
        track = min(seen, key=lambda track: self.looked_at.get(track.id, -math.inf))
        self.looked_at = {number: when for number, when in self.looked_at.items() if at - when < _FORGOTTEN}
        self.looked_at[track.id] = at
        return track

    def _mind(self, seconds: float) -> None:
        self._slow = self._slow + 1 if seconds > self._too_slow else 0
        if self._slow >= _PATIENCE:
            logger.warning("the model takes %.1f s a look; events go on without it", seconds)
            self._detector = None


def open_namer(section: DetectorSection, *, strict: bool = False) -> Namer | None:
    """A namer with the model of ``section``; None where it has none.

    One that cannot be used is logged, and None too; with ``strict`` it raises ``BadModel``.
    """
    if section.model is None:
        return None
    try:
        return Namer(open_detector(section).detector)
    except BadModel as error:
        if strict:
            raise
        logger.warning("%s; events go on without it", error)
        return None
