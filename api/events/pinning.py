"""Pinning: which clips stay when room is made."""

from collections.abc import Iterable
from datetime import timedelta

from api.access.caller import Caller
from api.context import Context
from api.events.listing import find
from api.problems import Problem
from influx import pins, points
from influx.points import Point
from influx.schema import PIN
from influx.windows import Window
from vision.events import CLIP_STORED, CLIP_WAITING

_MS = timedelta(milliseconds=1)


def pin(context: Context, event_id: str, who: Caller, *, pinned: bool) -> Point:
    """Pin the event, or no longer; returns it. The same again changes nothing.

    Raises ``Problem`` 404 where there is none, 409 where it has nothing to keep, and as a store does.
    """
    event = find(context, event_id)
    if event is None:
        raise Problem(404, f"There is no event {event_id!r:.80}.")
    if pinned and not keepable(event):
        raise Problem(409, f"The event {event_id} has neither clip nor snapshot that could be kept.")
    if pins.is_pinned(context.store, event) != pinned:
        line = points.line(pins.pin(event, pinned=pinned, person=who.name))
        context.store.write(PIN.name, [line])
    return event


def keepable(event: Point) -> bool:
    """Whether ``event`` has anything that a pin could keep, or will have it soon."""
    return event.fields.get("clip_state") in (CLIP_STORED, CLIP_WAITING) or bool(event.fields.get("snapshot"))


def pinned_among(context: Context, events: Iterable[Point]) -> frozenset[str]:
    """The ids of those of ``events`` that are pinned; raises as a store does."""
    times = [event.time for event in events]
    if not times:
        return frozenset()
    window = Window(min(times) - _MS, max(times) + _MS)
    return frozenset(pins.pinned(context.store, window))
