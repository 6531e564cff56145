"""Blobs to tracks: which blob of this look is which animal of the last.

A track is born when a blob moved in two of at least three looks, which noise and a lamp that is switched
on do not; what comes off another track's blob must last longer. Parts that lie close to a track's blob
belong to it. A track lives on for a while when its blob is gone (behind a chair) or has merged with
another's (two cats at one bowl). At most eight are followed at once, for each becomes a clip of its own: of
the branches that a storm moves behind a window only the largest do.
"""

import logging
import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from vision.motion import Blob, Box

logger = logging.getLogger(__name__)

MOST = 8
"""Tracks that are followed at once: more than any home has pets in one picture, few enough to be recorded at
once."""
PATIENCE = 2.0
"""Seconds that a track survives without being seen."""
ASPECT = 9 / 16
"""A picture height in picture widths: what is measured down counts that much of what is measured across."""

_BIRTH_LOOKS, _BIRTH_MOVES, _BIRTH_AGE = 3, 2, 0.4  # looks, looks with movement, seconds
_SPLIT_OFF = 0.15  # parts of the picture between a track and what may have come off it
_SPLIT_AGE = 2.0  # seconds, instead: what comes off a track's blob is more often its foot than its friend
_MOVES = 0.02  # part of a blob that changed between two looks: below is the noise of its edge
_REACH, _SPEED = 0.10, 0.6  # picture widths, and widths a second: how far from its place one may turn up
_NEAR = 0.05  # parts of the picture; a part this close to a track's blob belongs to it
_LIFELESS, _MOTIONLESS = 3.0, 60.0  # seconds without movement: before birth, and after it
_TOGETHER = 4.0  # seconds that one blob may stand for two tracks
_KEPT = 64  # steps a track remembers for who asks about them late


@dataclass(frozen=True, slots=True)
class Step:
    """Where a track was at one look."""

    at: float
    x: float
    y: float
    box: Box
    moving: float
    fill: float = 1.0
    """How much of the box is not background, 0 to 1."""
    stir_x: float = 0.5
    """Where in the box the centre of what changed since the last look is, 0 left to 1 right; the middle
    where nothing did."""
    stir_y: float = 0.5
    """The same, 0 top to 1 bottom."""
    near: float = math.inf
    """The gap to the nearest box of another living track, in picture widths; 0 where they touch."""


def distance(a: Step | Blob, b: Step | Blob) -> float:
    """How far apart two centres are, in picture widths."""
    return math.hypot(a.x - b.x, (a.y - b.y) * ASPECT)


def apart(a: Box, b: Box) -> float:
    """The gap between two boxes in picture widths; 0 where they touch or overlap."""
    across = max(a.left - b.right, b.left - a.right, 0.0)
    down = max(a.top - b.bottom, b.top - a.bottom, 0.0)
    return math.hypot(across, down * ASPECT)


@dataclass(eq=False)
class Track:
    """One thing that moves, from its first blob on. ``id`` counts from 1 and is never used again."""

    id: int
    born: float
    steps: deque[Step]
    """The newest steps, oldest first."""
    birth_age: float = _BIRTH_AGE
    looks: int = 0
    moves: int = 0
    last_moved: float = -math.inf
    together_since: float | None = None
    followed: bool = False
    """Whether it was among the tracks of a look."""
    votes: Counter[str] = field(default_factory=Counter)
    """How often a detector said what it is."""
    names: Counter[str] = field(default_factory=Counter)
    """How often a look said whose it is, and how often ``unknown``."""
    person: str = ""
    """Who of the household it is by the face, ``unknown`` for a stranger's; empty before a face is seen."""
    left_out: bool = False
    """Whether nothing of that person is to be kept."""

    @property
    def last(self) -> Step:
        """Where it was seen last."""
        return self.steps[-1]

    @property
    def confirmed(self) -> bool:
        """Whether it has shown that it is no noise."""
        return (
            self.looks >= _BIRTH_LOOKS
            and self.moves >= _BIRTH_MOVES
            and self.last.at - self.born >= self.birth_age
        )

    @property
    def area(self) -> float:
        """Part of the picture that its newest box covers."""
        return self.last.box.overlap(self.last.box)

    def expected(self, at: float) -> Step:
        """Where it would be ``at`` had it gone on as in its last two steps, for half a second at most."""
        last = self.last
        if len(self.steps) < 2:
            return last
        before = self.steps[-2]
        ahead = min(at - last.at, 0.5) / max(last.at - before.at, 0.05)
        return Step(
            at, last.x + (last.x - before.x) * ahead, last.y + (last.y - before.y) * ahead, last.box, 0.0
        )

    def take(self, step: Step) -> None:
        """Go one step on."""
        self.steps.append(step)
        self.looks += 1
        self.together_since = None
        if step.moving >= _MOVES:
            self.moves += 1
            self.last_moved = step.at


class Tracker:
    """Follows what moves in front of one camera; ids go on after ``ids``. Owned by one thread."""

    def __init__(self, ids: int = 0) -> None:
        self._tracks: list[Track] = []
        self.ids = ids
        """The newest id."""
        self.settled: list[Box] = []
        """Boxes of what stopped moving long ago, since the last update: they are background now."""
        self.passed_over = 0
        """Tracks that were not followed because there were too many."""

    def update(self, blobs: Sequence[Blob], at: float) -> list[Track]:
        """The confirmed tracks that are alive ``at``, oldest first; those seen now end in a step ``at``.

        At most ``MOST``: those of the look before come first, then the largest. One that is passed over is
        forgotten, and begins anew where it goes on.
        """
        self._tracks = [track for track in self._tracks if at - track.last.at <= PATIENCE]
        pairs = self._pairs(blobs, at)
        taken = {id(blob) for _track, blob in pairs}
        spare = [blob for blob in blobs if id(blob) not in taken]
        for track, blob in pairs:
            parts = [part for part in spare if part.box.gap(blob.box) <= _NEAR]
            spare = [part for part in spare if not any(part is own for own in parts)]
            track.take(_step([blob, *parts], at))
        self._keep_merged(pairs, at)
        for family in _families(spare):
            self._begin(family, at)
        self._settle(at)
        self._note_nearest(at)
        self._pass_over([track for track in self._tracks if track.confirmed])
        return [track for track in self._tracks if track.followed]

    def _pairs(self, blobs: Sequence[Blob], at: float) -> list[tuple[Track, Blob]]:
        """Tracks and their blobs: the confirmed first, then by how far they overlap, then the nearest."""
        offers = []
        for track in self._tracks:
            expected = track.expected(at)
            reach = _REACH + _SPEED * (at - track.last.at)
            for blob in blobs:
                away = min(distance(expected, blob), distance(track.last, blob))
                if away <= reach or track.last.box.gap(blob.box) == 0:
                    overlap = track.last.box.overlap(blob.box)
                    offers.append((not track.confirmed, -overlap, away, track, blob))
        offers.sort(key=lambda offer: offer[:3])
        pairs: list[tuple[Track, Blob]] = []
        for *_order, track, blob in offers:
            if not any(track is known or blob is other for known, other in pairs):
                pairs.append((track, blob))
        return pairs

    def _keep_merged(self, pairs: Iterable[tuple[Track, Blob]], at: float) -> None:
        """A track whose place lies in another's blob is hidden there, for a while."""
        found = list(pairs)
        for track in self._tracks:
            if not track.confirmed or any(track is seen for seen, _blob in found):
                continue
            expected = track.expected(at)
            hidden = any(
                blob.box.left <= expected.x <= blob.box.right
                and blob.box.top <= expected.y <= blob.box.bottom
                for _other, blob in found
            )
            since = track.together_since if track.together_since is not None else at
            if hidden and at - since <= _TOGETHER:
                track.take(replace(track.last, at=at, moving=0.0, stir_x=0.5, stir_y=0.5))
                track.together_since = since

    def _begin(self, family: Sequence[Blob], at: float) -> None:
        self.ids += 1
        step = _step(family, at)
        split = any(track.confirmed and track.last.box.gap(step.box) <= _SPLIT_OFF for track in self._tracks)
        age = _SPLIT_AGE if split else _BIRTH_AGE
        track = Track(self.ids, at, deque(maxlen=_KEPT), birth_age=age, last_moved=at)
        track.take(step)
        self._tracks.append(track)

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
            if track.last.at == at and at - track.last_moved > limit:
                self.settled.append(track.last.box)
                self._tracks.remove(track)


def _families(blobs: Sequence[Blob]) -> list[list[Blob]]:
    """Blobs that lie close to each other, together; the largest of each first."""
    families: list[list[Blob]] = []
    for blob in blobs:
        near = [family for family in families if any(blob.box.gap(kin.box) <= _NEAR for kin in family)]
        merged = [kin for family in near for kin in family] + [blob]
        families = [family for family in families if not any(family is other for other in near)]
        families.append(merged)
    return families


def _step(parts: Sequence[Blob], at: float) -> Step:
    """One step from the parts of one animal: centre and movement weighed by area."""
    area = sum(part.area for part in parts)
    box = parts[0].box
    for part in parts[1:]:
        box = box.union(part.box)
    stir_x, stir_y = _stir(parts, box)
    return Step(
        at,
        sum(part.x * part.area for part in parts) / area,
        sum(part.y * part.area for part in parts) / area,
        box,
        sum(part.moving * part.area for part in parts) / area,
        fill=min(area / max(box.overlap(box), 1e-9), 1.0),
        stir_x=stir_x,
        stir_y=stir_y,
    )


def _stir(parts: Sequence[Blob], box: Box) -> tuple[float, float]:
    """Where in ``box`` the centre of what changed is, of all parts together."""
    stirred = [part for part in parts if not math.isnan(part.stir_x)]
    weight = sum(part.moving * part.area for part in stirred)
    if not weight:
        return 0.5, 0.5
    x = sum(part.stir_x * part.moving * part.area for part in stirred) / weight
    y = sum(part.stir_y * part.moving * part.area for part in stirred) / weight
    return (
        min(max((x - box.left) / max(box.right - box.left, 1e-9), 0.0), 1.0),
        min(max((y - box.top) / max(box.bottom - box.top, 1e-9), 0.0), 1.0),
    )
