"""Blobs to tracks: which blob of this look is which animal of the last.

A track is born when a blob moved in two of at least three looks, which noise and a lamp that is switched
on do not; what comes off another track's blob must last longer. Parts that lie close to a track's blob
belong to it. A track lives on for a while when its blob is gone (behind a chair), but not where it left by
the picture's edge or a door. Tracks whose blobs have merged (two cats at one bowl) live on in the one blob as
long as it is large enough for them, and when it parts each goes on with what looks like it, is as large, and
is where it was heading.

What came in and lay down stays a track for hours, without moving: it is asleep. What appeared where it is
(a chair that was shifted, the place where something lay) becomes background instead. At most eight are
followed at once, for each becomes a clip of its own: of the branches that a storm moves behind a window only
the largest do.
"""

import logging
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from vision.motion import Blob, Box
from vision.track import (
    ASPECT,
    BIRTH_AGE,
    BIRTH_LOOKS,
    EDGE,
    Step,
    Track,
    apart,
    covers,
    difference,
    distance,
    step_of,
)
from vision.zones import Zone

__all__ = ["ASPECT", "MOST", "PATIENCE", "Step", "Track", "Tracker", "apart", "distance"]

logger = logging.getLogger(__name__)

MOST = 8
"""Tracks that are followed at once: more than any home has pets in one picture, few enough to be recorded at
once."""
PATIENCE = 3.0
"""Seconds that a track survives without being seen."""

_SPLIT_OFF = 0.15  # parts of the picture between a track and what may have come off it
_SPLIT_AGE = 2.0  # seconds, instead: what comes off a track's blob is more often its foot than its friend
_PARTED_AGE, _PARTED = 0.6, 0.04  # seconds, but for what goes away from it by so many picture widths
_PART = 0.4  # of what it came off; what covers less is a part of it
_AS_ONE = 0.75  # of both together: as large was the one blob that two came in as
_REACH, _SPEED = 0.10, 0.6  # picture widths, and widths a second: how far from its place one may turn up
_NEAR = 0.05  # parts of the picture; a part this close to a track's blob belongs to it
_LIFELESS, _MOTIONLESS = 3.0, 60.0  # seconds without movement: before birth, and after it
_ASLEEP = 4 * 3600.0  # seconds, for what came in: longer than an animal lies without a twitch
_DOUBTFUL = 120.0  # seconds, for what something has come off since: it may be a chair, and not who pushed it
_TOGETHER = 4.0  # seconds that one blob may stand for two tracks, whatever its size
_ROOM = 0.7  # of what two tracks cover apart: so large a blob has room for both
_OUT = 0.01  # parts of the picture a second
_LEAVING = 0.5  # seconds without being seen after which what was at the edge has left
_BLIND = 8.0  # seconds without a look that can tell, after which nothing is known of a track
_HIDDEN = 0.6  # seconds without being seen, after which one must look like itself to be taken for itself
_UNLIKE = 1.5  # steps of luma between two looks that are not the same animal's
_STRAY = 0.08  # picture widths a second that one may stray from its way while it is hidden
_GROUP = 4  # tracks in one blob, of which all ways to part are compared
_KEPT = 64  # steps a track remembers for who asks about them late


class Tracker:
    """Follows what moves in front of one camera; ids go on after ``ids``. Owned by one thread."""

    def __init__(self, ids: int = 0, *, doors: Sequence[Zone] = ()) -> None:
        self._tracks: list[Track] = []
        self._doors = tuple(doors)
        self._at = -math.inf
        self.ids = ids
        """The newest id."""
        self.settled: list[Box] = []
        """Boxes of what stopped moving long ago, since the last update: they are background now."""
        self.passed_over = 0
        """Tracks that were not followed because there were too many."""

    def update(self, blobs: Sequence[Blob], at: float, *, blind: bool = False) -> list[Track]:
        """The confirmed tracks that are alive ``at``, oldest first; those seen now end in a step ``at``.

        At most ``MOST``: those of the look before come first, then the largest. One that is passed over is
        forgotten, and begins anew where it goes on. ``blind`` says that nothing could be seen, as while the
        light was switched: then tracks wait.
        """
        before, self._at = self._at, at
        if blind:
            for track in self._tracks:
                track.waived += at - before
            self._tracks = [track for track in self._tracks if at - track.last.at <= _BLIND]
            return [track for track in self._tracks if track.followed]
        self._tracks = [track for track in self._tracks if not self._is_over(track, before, at)]
        pairs = self._pairs(blobs, at)
        taken = {id(blob) for _track, blob in pairs}
        spare = [blob for blob in blobs if id(blob) not in taken]
        for track, blob in pairs:
            parts = [part for part in spare if part.box.gap(blob.box) <= _NEAR]
            spare = [part for part in spare if not any(part is own for own in parts)]
            track.take(step_of([blob, *parts], at))
        self._keep_merged(pairs, at)
        hosts = {id(track.host) for track in self._tracks if track.host is not None}
        for track, blob in pairs:
            if id(track) not in hosts:
                track.learn(blob)
        self._confirm_parted()
        for family in _families(spare):
            self._begin(family, at)
        self._settle(at)
        self._note_nearest(at)
        self._pass_over([track for track in self._tracks if track.confirmed])
        return [track for track in self._tracks if track.followed]

    def _is_over(self, track: Track, before: float, at: float) -> bool:
        """Whether it has been gone for too long ``at``; the look before was at ``before``."""
        missing = track.missing(at)
        if at - track.last.at > PATIENCE + _BLIND or missing > PATIENCE:
            return True
        return (missing > _LEAVING and track.last.at < before) and (
            _goes_out(track) or any(door.contains(track.last.x, track.last.y) for door in self._doors)
        )

    def _pairs(self, blobs: Sequence[Blob], at: float) -> list[tuple[Track, Blob]]:
        """Tracks and their blobs: those that part, the confirmed, by how far they overlap, the nearest."""
        pairs = self._parting(blobs, at)
        offers = []
        for track in self._tracks:
            for blob in blobs:
                away = _away(track, blob, at)
                if away is not None:
                    overlap = track.last.box.overlap(blob.box)
                    offers.append((not track.confirmed, -overlap, away, track, blob))
        offers.sort(key=lambda offer: offer[:3])
        for *_order, track, blob in offers:
            if not any(track is known or blob is other for known, other in pairs):
                pairs.append((track, blob))
        return pairs

    def _parting(self, blobs: Sequence[Blob], at: float) -> list[tuple[Track, Blob]]:
        """Tracks that were in one blob, with what has become of it where that is several now."""
        pairs: list[tuple[Track, Blob]] = []
        for host in self._tracks:
            group = [host, *(track for track in self._tracks if track.host is host)]
            if any(
                known in group for known, _blob in pairs
            ):  # a host that is hidden itself has parted already
                continue
            least = _PART * min(track.size for track in group)
            free = [blob for blob in blobs if not any(blob is other for _track, other in pairs)]
            near = [blob for blob in free if blob.area >= least and host.last.box.gap(blob.box) <= _NEAR]
            near = sorted(near, key=lambda blob: -blob.area)[: len(group)]
            if 2 <= len(group) <= _GROUP and len(near) >= 2:
                ways = (zip(way, near, strict=True) for way in permutations(group, len(near)))
                pairs += min(
                    (list(way) for way in ways),
                    key=lambda way: sum(track.unlike(blob, at) for track, blob in way),
                )
        return pairs

    def _keep_merged(self, pairs: Sequence[tuple[Track, Blob]], at: float) -> None:
        """A track whose place lies in another's blob is hidden there: for a while, or as long as both fit."""
        seen = {id(track) for track, _blob in pairs}
        for track in self._tracks:
            if not track.confirmed or id(track) in seen:
                continue
            expected = track.expected(at)
            for host, blob in pairs:
                if _inside(expected, blob.box) or (track.host is host and _inside(track.last, blob.box)):
                    since = track.together_since if track.together_since is not None else at
                    if at - since <= _TOGETHER or blob.area >= _ROOM * (host.size + track.size):
                        start = track.start or track.last
                        track.take(_hidden(track, start, blob.box, at))
                        track.together_since, track.host, track.start = since, host, start
                    break

    def _begin(self, family: Sequence[Blob], at: float) -> None:
        self.ids += 1
        step = step_of(family, at)
        near = [track for track in self._tracks if track.confirmed]
        near = [track for track in near if track.last.box.gap(step.box) <= _SPLIT_OFF]
        age = _SPLIT_AGE if near else BIRTH_AGE
        track = Track(self.ids, at, deque(maxlen=_KEPT), birth_age=age, last_moved=at)
        track.take(step)
        track.learn(family[0])
        if near:
            track.parent = min(near, key=lambda other: apart(other.last.box, step.box))
        self._tracks.append(track)

    def _confirm_parted(self) -> None:
        """What goes away from the track it came off is another, and was there before if there was room."""
        for track in self._tracks:
            parent = track.parent
            if parent is None or (not track.confirmed and track.looks < BIRTH_LOOKS):
                continue
            gone = apart(parent.last.box, track.last.box) - apart(parent.last.box, track.steps[0].box)
            if not track.confirmed and gone >= _PARTED and covers(track.last) >= _PART * covers(parent.last):
                track.birth_age = _PARTED_AGE
            if track.confirmed:
                track.parent = None
                parent.doubtful, parent.arrived, parent.stirred = True, False, 0
                parent.origin = parent.last.box
                _came_as_one(parent, track)

    def _note_nearest(self, at: float) -> None:
        """Write into the newest steps how far the nearest other one is, of those that are no noise."""
        for track in self._tracks:
            others = [other for other in self._tracks if other.confirmed and other is not track]
            if others and track.last.at == at:
                near = min(apart(track.last.box, other.last.box) for other in others)
                track.steps[-1] = replace(track.last, near=near)

    def _pass_over(self, confirmed: list[Track]) -> None:
        """Follow ``confirmed``, but those that are too many."""
        confirmed.sort(key=lambda track: (track.followed, track.area), reverse=True)
        for track in confirmed[:MOST]:
            track.followed = True
        for track in confirmed[MOST:]:
            self._tracks.remove(track)
            if not self.passed_over:
                logger.warning("more than %d things move at once; the smallest are not followed", MOST)
            self.passed_over += 1

    def _settle(self, at: float) -> None:
        """Give up what has not moved for long: a chair that was shifted, the place something lay."""
        self.settled = []
        for track in list(self._tracks):
            limit = _MOTIONLESS if track.confirmed else _LIFELESS
            if track.confirmed and (track.arrived or track.doubtful):
                limit = _ASLEEP if track.arrived else _DOUBTFUL
            if track.last.at == at and at - track.last_moved > limit:
                self.settled.append(track.last.box)
                self._tracks.remove(track)


def _away(track: Track, blob: Blob, at: float) -> float | None:
    """How far ``blob`` is from where ``track`` may be, in picture widths; None where it cannot be that far.

    One that was hidden for longer went on as it went, came back, or stayed; and it looks like itself.
    """
    missing = track.missing(at)
    away = min(distance(track.expected(at), blob), distance(track.last, blob))
    if missing <= _HIDDEN:
        near = away <= _REACH + _SPEED * missing or track.last.box.gap(blob.box) == 0
        return away if near else None
    if difference(track.look, blob.look) > _UNLIKE:
        return None
    across, down = track.speed()
    on = replace(track.last, x=track.last.x + across * missing, y=track.last.y + down * missing)
    away = min(away, distance(on, blob))
    return away if away <= _REACH + _SPEED * _HIDDEN / 2 + _STRAY * missing else None


def _goes_out(track: Track) -> bool:
    """Whether it was at an edge of the picture, on its way out over that."""
    box, (across, down) = track.last.box, track.speed()
    return (
        (box.left <= EDGE and across < -_OUT)
        or (box.right >= 1 - EDGE and across > _OUT)
        or (box.top <= EDGE and down < -_OUT)
        or (box.bottom >= 1 - EDGE and down > _OUT)
    )


def _inside(step: Step, box: Box) -> bool:
    return box.left <= step.x <= box.right and box.top <= step.y <= box.bottom


def _hidden(track: Track, start: Step, around: Box, at: float) -> Step:
    """Where one that is hidden in ``around`` is: as far as it would have come by now, within that."""
    across, down = track.speed()
    ahead = min(at - start.at, 1.0)
    wide, high = start.box.right - start.box.left, start.box.bottom - start.box.top

    def within(middle: float, half: float, low: float, high: float) -> float:
        return min(max(middle, low + half), high - half) if high - low > 2 * half else (low + high) / 2

    x = within(start.x + across * ahead, wide / 2, around.left, around.right)
    y = within(start.y + down * ahead, high / 2, around.top, around.bottom)
    box = Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
    return replace(start, at=at, x=x, y=y, box=box, moving=0.0, stir_x=0.5, stir_y=0.5, hidden=True)


def _came_as_one(parent: Track, child: Track) -> None:
    """Give ``child`` the steps before they parted, if the blob was large enough for both all the time."""
    before = [step for step in parent.steps if step.at < child.born]
    if not before or before[0].at > parent.born:
        return
    both = covers(parent.last) + covers(child.last)
    areas = sorted(covers(step) for step in before)
    if areas[len(areas) // 2] >= _AS_ONE * both:
        child.steps = deque([*before, *child.steps], maxlen=_KEPT)
        child.born = parent.born
        parent.size, parent.look = 0.0, ()


def _families(blobs: Sequence[Blob]) -> list[list[Blob]]:
    """Blobs that lie close to each other, together; the largest of each first."""
    families: list[list[Blob]] = []
    for blob in blobs:
        near = [family for family in families if any(blob.box.gap(kin.box) <= _NEAR for kin in family)]
        merged = [kin for family in near for kin in family] + [blob]
        families = [family for family in families if not any(family is other for other in near)]
        families.append(merged)
    return families
