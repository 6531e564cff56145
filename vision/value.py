"""What clips are worth, and which go first when room is needed; pure.

In order: clips whose event nobody knows of, clips of what is no pet, of unknown pets, of known
pets and of what somebody had a camera capture, each oldest first; pinned ones after all others. Snapshots
stay as long as all of them take less than ``PICTURES`` of the bytes: they are small, and what an event
without its clip is remembered by.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum

from influx.schema import CAPTURED_EVENT_TYPES, NO_PETS, UNKNOWN_PET
from vision.events import camera_of

PICTURES = 0.25
"""The part of the bytes that snapshots may take before they are deleted ahead of clips."""


class Rank(IntEnum):
    """How dear a clip is, whatever its age."""

    ORPHAN = 0
    """No event tells of it."""
    NO_PET = 1
    """It shows no pet: a person said so, or it shows one."""
    UNKNOWN = 2
    KNOWN = 3
    """Of a pet with a name, or captured by somebody."""
    PINNED = 4


class Part(Enum):
    """What an event may have in the store of clips; the value is the suffix of its key."""

    CLIP = ".mp4"
    SNAPSHOT = ".jpg"


@dataclass(slots=True)
class Kept:
    """What the store of clips holds of one event: bytes, 0 for a part that is not there; ``start`` in ns.

    ``rank`` None: not known yet, or the event is not settled; nothing of it is deleted.
    """

    event_id: str
    start: int
    clip: int = 0
    snapshot: int = 0
    rank: Rank | None = None

    @property
    def camera(self) -> str:
        """The camera, as the event's id names it."""
        return camera_of(self.event_id)

    @property
    def size(self) -> int:
        """Bytes of both."""
        return self.clip + self.snapshot

    @property
    def parts(self) -> list[tuple[Part, int]]:
        """The parts that are there, each with its bytes."""
        both = ((Part.CLIP, self.clip), (Part.SNAPSHOT, self.snapshot))
        return [(part, size) for part, size in both if size]


@dataclass(frozen=True, slots=True)
class Piece:
    """A clip or a snapshot that may go, and its bytes."""

    event_id: str
    part: Part
    size: int
    rank: Rank


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to go, in this order: ``free`` at once, ``pinned`` only after a warning.

    ``lacking`` are the bytes that are wanted beyond all of ``free``.
    """

    free: tuple[Piece, ...]
    pinned: tuple[Piece, ...]
    lacking: int


def rank_of(tags: Mapping[str, str], *, pinned: bool) -> Rank:
    """How dear the clip of an event with these tags is."""
    if pinned:
        return Rank.PINNED
    if tags["event_type"] in CAPTURED_EVENT_TYPES:
        return Rank.KNOWN
    if tags["pet"] in NO_PETS:
        return Rank.NO_PET
    return Rank.UNKNOWN if tags["pet"] == UNKNOWN_PET else Rank.KNOWN


def choose(kept: Collection[Kept], wanted: int, *, beside: int = 0) -> Choice:
    """The least valuable of ``kept`` whose bytes are ``wanted`` together, and no more pieces than it takes.

    ``beside`` are bytes in the store that are none of an event.
    """
    if wanted <= 0:
        return Choice((), (), 0)
    loose = [one for one in kept if one.rank is not None and one.rank is not Rank.PINNED]
    pictures = sum(one.snapshot for one in kept)
    free, left = _take(_mixed(loose, pictures, beside + sum(one.size for one in kept)), wanted)
    held = (one for one in kept if one.rank is Rank.PINNED)
    both = list(held) if left > 0 else []
    pinned, _ = _take((*_pieces(both, Part.CLIP), *_pieces(both, Part.SNAPSHOT)), left)
    return Choice(tuple(free), tuple(pinned), max(0, left))


def _mixed(kept: Collection[Kept], pictures: int, total: int) -> Iterator[Piece]:
    """Clips, and a snapshot whenever snapshots take too large a part of what is left."""
    clips, snapshots = iter(_pieces(kept, Part.CLIP)), iter(_pieces(kept, Part.SNAPSHOT))
    clip, snapshot = next(clips, None), next(snapshots, None)
    while clip is not None or snapshot is not None:
        if snapshot is not None and (clip is None or pictures > total * PICTURES):
            pictures, total = pictures - snapshot.size, total - snapshot.size
            yield snapshot
            snapshot = next(snapshots, None)
        elif clip is not None:
            total -= clip.size
            yield clip
            clip = next(clips, None)


def _pieces(kept: Iterable[Kept], part: Part) -> list[Piece]:
    """Every clip, or every snapshot, the least valuable first."""
    found = [
        (one.rank, one.start, one.event_id, size)
        for one in kept
        for there, size in one.parts
        if there is part and one.rank is not None
    ]
    return [Piece(event_id, part, size, rank) for rank, _, event_id, size in sorted(found)]


def _take(pieces: Iterable[Piece], wanted: int) -> tuple[list[Piece], int]:
    taken: list[Piece] = []
    for piece in pieces:
        if wanted <= 0:
            break
        taken.append(piece)
        wanted -= piece.size
    return taken, wanted
