"""What people say of events, kept so that it holds against whatever writes an event again.

A pet and an event type are tags, so a correction moves the event's point: the new one is written, then the
old one deleted. What was said comes first, as a ``correction`` of its own, and it has the last word: a camera
that writes its event once more because the clip is stored now, a node that delivers after a week, an import
or a process that was killed in the middle leave points with other tags, which ``uphold`` finds, takes over
what is news in them, and deletes (docs/decisions/019-corrections.md).
"""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from influx import points
from influx.late import LateReports, quarters
from influx.points import FieldValue, Point
from influx.schema import CORRECTION, LATE_WINDOW, PET_EVENT
from influx.store import RowQuery, Store, every_row
from influx.windows import Window

SAID_PET, SAID_TYPE = "said_pet", "said_type"
"""What an event's evidence calls the pet and the type that it had as first written."""

_MS = 1_000_000
_PAGE = 1000
_CLIP_STATES = ("none", "waiting", "lost", "stored", "pruned")
"""In the order in which a clip comes to them; it never goes back."""
_MOST_OF_ONE = 50
"""Points that one event has at most: as many as it had tags."""


@dataclass(frozen=True, slots=True)
class Said:
    """Whose an event is and what it did; a pet and an event type as tags have them."""

    pet: str
    event_type: str


def said_by(point: Point) -> Said:
    """What an event's point says."""
    return Said(point.tags["pet"], point.tags["event_type"])


def ms_of(moment: datetime) -> Window:
    """The ms that ``moment`` lies in."""
    start = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return Window(start, start + timedelta(milliseconds=1))


def time_of_words(event: Point) -> int:
    """When people's words about ``event`` are kept, in ns: within its ms, and apart from those about another
    event of that camera and ms, which differs in its track.
    """
    return event.time_ns // _MS * _MS + int(str(event.fields["event_id"]).rpartition("-")[2]) % _MS


def points_of(store: Store, camera: str, event_id: str, moment: datetime) -> tuple[Point, ...]:
    """Every point of the event of this id, which began within the ms of ``moment``; one, as a rule."""
    # Not by the camera's tag: SQLite would read all that camera ever wrote, and the id names it anyway.
    query = RowQuery(PET_EVENT.name, ms_of(moment), fields={"event_id": event_id}, limit=_MOST_OF_ONE)
    return tuple(point for point in store.rows(query).points if point.tags["camera"] == camera)


def newest(found: Iterable[Point]) -> Point | None:
    """The event that ``found``, points of one id, come to: as last corrected, its clip as far as it is."""
    there = sorted(found, key=_revision)
    if not there:
        return None
    return replace(there[-1], fields={**there[-1].fields, **_clip(there)})


def first_said(event: Point) -> Said | None:
    """What ``event`` said before anybody corrected it; None where it says that still."""
    evidence = evidence_of(event)
    if SAID_PET not in evidence or SAID_TYPE not in evidence:
        return None
    return Said(str(evidence[SAID_PET]), str(evidence[SAID_TYPE]))


def evidence_of(event: Point) -> dict[str, FieldValue]:
    """The numbers that decided on an event; empty where its point tells none."""
    try:
        found = json.loads(str(event.fields.get("evidence", "{}")))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def known(store: Store, window: Window) -> Iterator[Point]:
    """The corrections of events that began in ``window``."""
    return every_row(store, RowQuery(CORRECTION.name, window, limit=_PAGE))


def without_overruled(store: Store, found: Sequence[Point]) -> tuple[Point, ...]:
    """``found``, events newest first, without points that a correction has moved and that came back."""
    if not found:
        return ()
    window = Window(ms_of(found[-1].time).start, ms_of(found[0].time).stop)
    corrected = {str(one.fields["event_id"]): one for one in known(store, window)}

    def counts(point: Point) -> bool:
        correction = corrected.get(str(point.fields.get("event_id")))
        if correction is None or _revision(point) >= _revision(correction):
            return True
        there = points_of(store, point.tags["camera"], str(point.fields["event_id"]), point.time)
        return all(_revision(other) <= _revision(point) for other in there)

    return tuple(point for point in found if counts(point))


class Corrections:
    """Corrects the events of ``store`` in the name of ``node``; any thread may."""

    def __init__(self, store: Store, node: str) -> None:
        self._store = store
        self._late = LateReports(node)
        self._turn = threading.Lock()  # two corrections of one event come one after the other

    def correct(self, event: Point, said: Said, *, person: str, now: datetime) -> Point:
        """Make ``event`` what ``said`` says, and return it as it is then; nothing where it says so already.

        Killed at any moment it is done wholly, by the next ``uphold``, or not at all. Raises as a ``Store``.
        """
        with self._turn:
            event_id = str(event.fields["event_id"])
            found = points_of(self._store, event.tags["camera"], event_id, event.time)
            before = self._correction_of(event)
            current = newest(found) or event
            if said_by(current) == said and (before is None or _says(before) == said):
                return current
            # First the report: whatever happens then, its window is looked at again.
            self._report(current, now)
            correction = _correction(current, before, said, person, found)
            self._store.write(CORRECTION.name, [points.line(correction)])
            return self._settle(correction, found or (event,))

    def uphold(self, window: Window, now: datetime) -> int:
        """Let every correction of events that began in ``window`` hold; how many did not.

        Doing it again changes nothing. Raises as a ``Store``.
        """
        count = 0
        for correction in known(self._store, window):
            with self._turn:
                count += self._uphold(correction, now)
        return count

    def _uphold(self, correction: Point, now: datetime) -> bool:
        event_id, camera = str(correction.fields["event_id"]), correction.tags["camera"]
        found = points_of(self._store, camera, event_id, correction.time)
        ours = [point for point in found if _revision(point) <= _revision(correction)]
        if not ours or (len(ours) == 1 and ours[0] == _corrected(correction, ours)):
            return False
        self._report(ours[0], now)
        self._settle(correction, ours)
        return True

    def _settle(self, correction: Point, found: Sequence[Point]) -> Point:
        """Write the event as corrected, and then delete the other points of it."""
        corrected = _corrected(correction, found)
        self._store.write(PET_EVENT.name, [points.line(corrected)])
        for point in found:
            if (point.tags, point.time_ns) != (corrected.tags, corrected.time_ns):
                self._store.delete(PET_EVENT.name, point.tags, point.time_ns)
        return corrected

    def _correction_of(self, event: Point) -> Point | None:
        query = RowQuery(
            CORRECTION.name,
            ms_of(event.time),
            fields={"event_id": event.fields["event_id"]},
            limit=1,
        )
        return next(iter(self._store.rows(query).points), None)

    def _report(self, event: Point, now: datetime) -> None:
        """Have the rollups of the event's quarter hour made anew, where they were made already."""
        reports = self._late.report(PET_EVENT.name, quarters([points.line(event)]), now)
        if reports:
            self._store.write(LATE_WINDOW.name, [points.line(report) for report in reports])


def _says(correction: Point) -> Said:
    return Said(str(correction.fields["pet"]), str(correction.fields["event_type"]))


def _correction(
    current: Point, before: Point | None, said: Said, person: str, found: Sequence[Point]
) -> Point:
    """The correction that follows ``before``; of what it was as first written, the first one tells."""
    first = said_by(current)
    if before is not None:
        first = Said(str(before.fields[SAID_PET]), str(before.fields[SAID_TYPE]))
    revisions = [_revision(point) for point in (*found, current)] + ([_revision(before)] if before else [])
    event_id = str(current.fields["event_id"])
    return points.make(
        CORRECTION,
        {"camera": current.tags["camera"]},
        {
            "event_id": event_id,
            "pet": said.pet,
            "event_type": said.event_type,
            SAID_PET: first.pet,
            SAID_TYPE: first.event_type,
            "revision": max(revisions) + 1,
            "person": person,
        },
        time_of_words(current),
    )


def _corrected(correction: Point, found: Sequence[Point]) -> Point:
    """The event of the points ``found`` as ``correction`` has it.

    What is news comes from a point that was not corrected: only the camera itself writes those.
    """
    said = _says(correction)
    others = [point for point in found if said_by(point) != said]
    news = min(others or found, key=_revision)
    evidence = evidence_of(news)
    first = Said(str(correction.fields[SAID_PET]), str(correction.fields[SAID_TYPE]))
    for name, value in ((SAID_PET, first.pet), (SAID_TYPE, first.event_type)):
        evidence.pop(name, None)
        if said != first:
            evidence[name] = value
    return points.make(
        PET_EVENT,
        {**news.tags, "pet": said.pet, "event_type": said.event_type},
        {
            **news.fields,
            **_clip(found),
            "evidence": json.dumps(evidence, sort_keys=True),
            "revision": _revision(correction),
        },
        news.time_ns,
    )


def _clip(found: Iterable[Point]) -> Mapping[str, FieldValue]:
    """Clip and snapshot as far as they have come, whichever point tells it."""
    by_state = sorted(found, key=_clip_state)
    clip = {name: by_state[-1].fields[name] for name in ("clip", "clip_state") if name in by_state[-1].fields}
    snapshots = [point.fields["snapshot"] for point in by_state if point.fields.get("snapshot")]
    return clip | ({"snapshot": snapshots[-1]} if snapshots else {})


def _clip_state(point: Point) -> int:
    state = str(point.fields.get("clip_state", "none"))
    return _CLIP_STATES.index(state) if state in _CLIP_STATES else 0


def _revision(point: Point) -> int:
    return int(point.fields.get("revision", 0))
