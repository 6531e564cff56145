"""What devices send, on its way to the spool: unpacked within bounds, checked, durable before the answer."""

import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from api.access import own_node
from api.access.caller import Caller
from api.context import Context
from api.problems import Problem, capital
from influx import lines, points
from influx.buckets import refusal
from influx.corrections import ms_of
from influx.pet_names import written
from influx.points import Point, PointError
from influx.schema import CORRECTION, MEASUREMENTS, PET_EVENT
from vision.events import event_id, start_of

_SLICE = 1024
"""Bytes that are unpacked at once: gzip makes at most about 1 MB of them, and what a member leaves over is
copied for the next, which with the whole body would take the square of its length."""
_GZIP = 16 + zlib.MAX_WBITS
_AT_ONCE = 5000
"""Points that are made durable together, so that a large request needs little memory."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What free text may not hold; tabs and line breaks it may."""
_TOLD = 5
"""Mistakes that an answer tells; more only bury the first."""


def gunzip(packed: bytes, most: int) -> bytes:
    """What ``packed`` holds; raises ``Problem`` 400 where it is no gzip, 413 where it is more than ``most``.

    Never unpacks more than ``most`` and a little, whatever the data claims, in time linear in its length.
    """
    unpacked = bytearray()
    try:
        for chunk in _members(packed):
            unpacked += chunk
            if len(unpacked) > most:
                raise Problem(413, f"The body is more than {most} bytes when unpacked; send it in parts.")
    except zlib.error:
        raise Problem(400, "The body is no gzip, though Content-Encoding says so.") from None
    return bytes(unpacked)


def _members(packed: bytes) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP)
    for start in range(0, len(packed), _SLICE):
        rest = packed[start : start + _SLICE]
        while rest:
            if member.eof:
                member = zlib.decompressobj(_GZIP)
            yield member.decompress(rest)
            rest = member.unused_data
    if packed and not member.eof:
        raise zlib.error("cut off")


Heard = Callable[[Sequence[Point]], None]
"""Who is told of points that were accepted."""
Cameras = Callable[[], Mapping[str, Collection[str]]]
"""Tells of each camera that is known the nodes that have it."""


@dataclass(slots=True)
class Report:
    """What became of the lines of one request: how many were accepted, and why others were not."""

    accepted: int = 0
    mistakes: list[str] = field(default_factory=list)
    refused: int = 0
    out_of_time: int = 0
    not_theirs: int = 0

    def refuse(self, sentence: str, *, out_of_time: bool = False, not_theirs: bool = False) -> None:
        """Count a line that is not taken, and keep why."""
        self.refused += 1
        self.out_of_time += out_of_time
        self.not_theirs += not_theirs
        if len(self.mistakes) < _TOLD:
            self.mistakes.append(sentence)

    @property
    def message(self) -> str:
        """The mistakes in one text, as InfluxDB would start it."""
        more = self.refused - len(self.mistakes)
        told = "; ".join(self.mistakes) + (f"; and {more} more lines" if more else "")
        return f"partial write: {told}" if self.accepted else told


def accept_lines(
    context: Context, text: str, precision: str, who: Caller, cameras: Cameras, heard: Heard
) -> Report:
    """Put the good lines of ``text`` that ``who`` may write into the spool, durable when this returns; tells
    what of the rest. ``cameras`` are asked at most once; ``heard`` is given what was accepted, part by part.
    """
    now = context.now()
    report, good = Report(), list[Point]()
    known = cache(cameras)
    for number, found in lines.parse(text, precision=precision, now_ns=points.to_ns(now)):
        try:
            if isinstance(found, PointError):
                raise found
            point = points.check(_with_written_pet(found))
            _check_source(point)
            _check_text(point)
            if point.measurement == PET_EVENT.name:
                _check_event_id(point)
        except PointError as error:
            report.refuse(f"line {number}: {error}")
            continue
        if not_theirs := own_node.why_not(who, point, lambda camera: known().get(camera, ())):
            report.refuse(f"line {number}: {not_theirs}", not_theirs=True)
            continue
        reason = refusal(point.measurement, point.time_ns, now.timestamp(), context.retention)
        if reason is not None:
            report.refuse(f"line {number}: {reason}", out_of_time=True)
            continue
        good.append(point)
        if len(good) == _AT_ONCE:
            context.spool.add(good, durable=True)
            heard(good)
            report.accepted += len(good)
            good = []
    if good:
        context.spool.add(good, durable=True)
        heard(good)
        report.accepted += len(good)
    return report


def _check_source(point: Point) -> None:
    if MEASUREMENTS[point.measurement].derived:
        raise PointError(f"{point.measurement} is worked out by Hutch itself; send what it is made of")
    if point.measurement == CORRECTION.name:
        raise PointError("correction is what a person says, by PATCH /events/{id}; devices send pet_event")


def _check_text(point: Point) -> None:
    for name, value in point.fields.items():
        if isinstance(value, str) and _CONTROL.search(value):
            raise PointError(f"{point.measurement}.{name} holds a control character: {value!r:.60}")


def _check_event_id(point: Point) -> None:
    """Refuse an event that its id would not find: it names the camera and the start, to the ms."""
    identifier, camera = str(point.fields.get("event_id", "")), point.tags["camera"]
    try:
        _camera, _stamp, track = identifier.rsplit("-", 2)
        expected = event_id(camera, start_of(identifier), int(track))
        fits = identifier == expected and start_of(identifier) == ms_of(point.time).start
    except (ValueError, OverflowError):
        fits = False
    if not fits:
        raise PointError(
            f"pet_event.event_id {identifier!r:.80} is none of the camera {camera} at this time;"
            f" write it like {event_id(camera, point.time, 1)}"
        )


def _with_written_pet(point: Point) -> Point:
    """``point`` with its pet as everybody writes it: a device that says Miso means miso."""
    pet = point.tags.get("pet")
    if pet is None or pet == written(pet):
        return point
    return replace(point, tags={**point.tags, "pet": written(pet)})


def accept(context: Context, made: Iterable[Point]) -> None:
    """Put ``made`` into the spool, durable when this returns, and show it at once where the store can.

    For the few points that a person or device sends and then looks for. Raises ``Problem`` 422 where the
    time of one is wrong; none is taken then.
    """
    now, checked = context.now(), list(made)
    for point in checked:
        if reason := refusal(point.measurement, point.time_ns, now.timestamp(), context.retention):
            raise Problem(422, capital(reason))
    context.spool.add(checked, durable=True)
    if context.showing is not None:
        context.showing.show(checked)
