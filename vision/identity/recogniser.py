"""Looks at what moves, says whose track looks like which pet, and keeps cut-outs for who corrects it."""

import logging
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av

from influx.schema import UNKNOWN_PET
from vision.detectors.found import PERSON
from vision.events import Event
from vision.identity.colour import Vector, has_colour, signature
from vision.identity.crops import BadCrops, Crop, crop_of, decode, encode
from vision.identity.gallery import FOLDER, Gallery, Source
from vision.identity.neighbours import Neighbours
from vision.motion import Box, Plane
from vision.seen import is_person
from vision.tracker import Track

logger = logging.getLogger(__name__)

A_SECOND = 4.0
"""Looks a second, of a camera."""
KEPT = 4
"""Cut-outs that are kept of an event."""
_ASKING = 5.0  # seconds between two looks whether the gallery has changed
_AT_ONCE = 20  # sheets that are read between two pictures
_EDGE = 0.005  # parts of the picture; who is nearer to its edge may be cut off


class _Trouble:
    """Something that does not work; logged once when it begins, once when it is over."""

    def __init__(self, down: str, up: str) -> None:
        self._down, self._up = down, up
        self._known = False

    def begins(self, error: Exception) -> None:
        """It failed."""
        if not self._known:
            logger.warning("%s: %s", self._down, error)
        self._known = True

    def ends(self) -> None:
        """It worked."""
        if self._known:
            logger.info("%s", self._up)
        self._known = False


@dataclass
class _Album:
    """Cut-outs of one track: as many as are kept, each of the looks so far as likely as any other."""

    crops: list[Crop] = field(default_factory=list)
    infrared: bool = False
    whole: int = 0


class Recogniser:
    """Compares tracks with the gallery, a few times a second. Owned by the thread of one camera.

    What it cannot do, it says once; events go on without it.
    """

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._due = -math.inf
        self._ask = -math.inf
        self._version = -1
        self._known: dict[tuple[int, int, int], list[Vector]] = {}
        self._neighbours = Neighbours(())
        self._albums: dict[int, _Album] = {}
        self._chance = random.Random(0)  # noqa: S311 - which looks are kept is no secret
        self._keeping = _Trouble("cut-outs of events cannot be kept", "cut-outs of events are kept again")
        self._reading = _Trouble("the gallery of pets cannot be read", "the gallery of pets is read again")

    def recognise(self, frame: av.VideoFrame, tracks: Sequence[Track], foreground: Plane, at: float) -> None:
        """Add votes to ``Track.names`` of those of ``tracks`` that are seen ``at``; never raises.

        ``foreground`` is 255 where something moves in ``frame``.
        """
        seen = [track for track in tracks if track.last.at == at]
        if not seen or at < self._due:
            return
        self._due = at + 1 / A_SECOND - 0.001
        self._follow_gallery(at)
        coloured = has_colour(frame)
        for track in seen:
            if _is_alone(track, tracks) and not is_person(track):
                crop = crop_of(frame, track.last.box, foreground)
                if crop is not None:
                    self._look(track, crop, coloured=coloured)

    def keep(self, event: Event) -> None:
        """The ``event`` is over: keep its cut-outs until somebody says whose they are; never raises."""
        album = self._albums.pop(event.track, None)
        if album is None or event.evidence.get("seen") == PERSON or "person" in event.evidence:
            return
        try:
            self._gallery.see(event.id, encode(album.crops), infrared=album.infrared)
        except OSError as error:
            self._keeping.begins(error)
        else:
            self._keeping.ends()

    def _look(self, track: Track, crop: Crop, *, coloured: bool) -> None:
        vector = signature(crop) if coloured else None
        track.names[UNKNOWN_PET if vector is None else self._neighbours.name(vector)] += 1
        album = self._albums.setdefault(track.id, _Album(infrared=not coloured))
        if album.infrared and coloured:
            album = self._albums[track.id] = _Album()
        self._paste(album, crop, whole=_is_whole(track.last.box))

    def _paste(self, album: _Album, crop: Crop, *, whole: bool) -> None:
        """Reservoir sampling (Vitter, 1985) of looks at the whole animal; one cut off only where none is."""
        if not whole:
            if not album.crops:
                album.crops.append(crop)
            return
        album.whole += 1
        if album.whole == 1:
            album.crops = [crop]
        elif len(album.crops) < KEPT:
            album.crops.append(crop)
        elif (place := self._chance.randrange(album.whole)) < KEPT:
            album.crops[place] = crop

    def _follow_gallery(self, at: float) -> None:
        """Read what is new in the gallery, now and then, and not much at once."""
        if at < self._ask:
            return
        self._ask = at + _ASKING
        try:
            version = self._gallery.version
            if version == self._version:
                return
            sources = [source for source in self._gallery.sources() if not source.infrared]
        except OSError as error:
            self._reading.begins(error)
            return
        self._reading.ends()
        fresh = 0
        known: dict[tuple[int, int, int], list[Vector]] = {}
        vectors: list[tuple[str, Vector]] = []
        for source in sources:
            key = _key(source.path)
            if key is None:
                continue
            if key not in self._known:
                if fresh == _AT_ONCE:
                    self._ask = at
                    break
                fresh += 1
                self._known[key] = vectors_of(source)
            known[key] = self._known[key]
            vectors += [(source.pet, vector) for vector in known[key]]
        else:
            self._version = version
            self._known = known
        self._neighbours = Neighbours(vectors)


def open_recogniser(data_dir: Path) -> Recogniser:
    """What knows the pets of the home at ``data_dir``."""
    return Recogniser(Gallery(data_dir / FOLDER))


def vectors_of(source: Source) -> list[Vector]:
    """What the cut-outs of ``source`` look like; none where the file is gone or spoilt, which is logged."""
    try:
        crops = decode(source.path.read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, BadCrops) as error:
        logger.warning("%s is passed over: %s", source.path, error)
        return []
    return [vector for vector in map(signature, crops) if vector is not None]


def _key(path: Path) -> tuple[int, int, int] | None:
    """What tells a file's content from another's, whatever it is called."""
    try:
        known = path.stat()
    except OSError:
        return None
    return known.st_ino, known.st_mtime_ns, known.st_size


def _is_alone(track: Track, tracks: Iterable[Track]) -> bool:
    """Whether no other's box covers part of this one's: two in one cut-out would be one of two coats."""
    return not any(other is not track and other.last.box.overlap(track.last.box) > 0 for other in tracks)


def _is_whole(box: Box) -> bool:
    return min(box.left, box.top, 1 - box.right, 1 - box.bottom) > _EDGE
