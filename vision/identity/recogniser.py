"""Looks at what moves, says whose track looks like which pet, and keeps cut-outs for who corrects it."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import av

from influx.schema import UNKNOWN_PET
from vision.detectors.found import PERSON
from vision.events import Event
from vision.identity.album import Album
from vision.identity.colour import Vector, has_colour, signature
from vision.identity.crops import BadCrops, Crop, crop_of, decode, encode
from vision.identity.gallery import FOLDER, Gallery, Source
from vision.identity.neighbours import Known, Neighbours
from vision.motion import Plane
from vision.pace import Pace
from vision.seen import is_person
from vision.tracker import Track
from vision.trouble import Trouble

logger = logging.getLogger(__name__)

A_SECOND = 4.0
"""Looks a second, of a camera."""
_ASKING = 5.0  # seconds between two looks whether the gallery has changed
_AT_ONCE = 20  # sheets that are read between two pictures


class Recogniser:
    """Compares tracks with the gallery, a few times a second. Owned by the thread of one camera.

    What it cannot do, it says once; events go on without it.
    """

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._looking, self._asking = Pace(), Pace()
        self._version = -1
        self._known: dict[tuple[int, int, int], list[Vector]] = {}
        self._neighbours = Neighbours(())
        self._albums: dict[int, Album] = {}
        self._keeping, self._reading = Trouble(), Trouble()

    def recognise(self, frame: av.VideoFrame, tracks: Sequence[Track], foreground: Plane, at: float) -> None:
        """Add votes to ``Track.names`` of those of ``tracks`` that are seen ``at``; never raises.

        ``foreground`` is 255 where something moves in ``frame``.
        """
        seen = [track for track in tracks if track.last.at == at]
        if not seen or not self._looking.is_due(at):
            return
        self._looking.pause(at, 1 / A_SECOND - 0.001)
        self._follow_gallery(at)
        coloured = has_colour(frame)
        for track in seen:
            if _is_alone(track, tracks) and not is_person(track) and not track.left_out:
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
            self._keeping.begins("cut-outs of events cannot be kept", error)
        else:
            self._keeping.ends("cut-outs of events are kept again")

    def _look(self, track: Track, crop: Crop, *, coloured: bool) -> None:
        vector = signature(crop) if coloured else None
        track.names[UNKNOWN_PET if vector is None else self._neighbours.name(vector)] += 1
        self._albums.setdefault(track.id, Album()).paste(crop, track.last.box, coloured=coloured)

    def _follow_gallery(self, at: float) -> None:
        """Read what is new in the gallery, now and then, and not much at once."""
        if not self._asking.is_due(at):
            return
        self._asking.pause(at, _ASKING)
        try:
            version = self._gallery.version
            if version == self._version:
                return
            sources = [source for source in self._gallery.sources() if not source.infrared]
        except OSError as error:
            self._reading.begins("the gallery of pets cannot be read", error)
            return
        self._reading.ends("the gallery of pets is read again")
        fresh = 0
        known: dict[tuple[int, int, int], list[Vector]] = {}
        vectors: list[Known] = []
        for source in sources:
            key = _key(source.path)
            if key is None:
                continue
            if key not in self._known:
                if fresh == _AT_ONCE:
                    self._asking.pause(at, 0)
                    break
                fresh += 1
                self._known[key] = vectors_of(source)
            known[key] = self._known[key]
            vectors += [Known(source.pet, source.id, vector) for vector in known[key]]
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
