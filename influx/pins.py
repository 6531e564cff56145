"""Which clips a person wants kept when room is made.

A pin is a point of its own, one an event and timed as a correction is, so that nothing that writes the event
again can lose it, and a correction need not move it (docs/decisions/026-storage.md).
"""

from influx import points
from influx.corrections import ms_of, time_of_words
from influx.points import FieldValue, Point
from influx.schema import PIN
from influx.store import RowQuery, Store, every_row
from influx.windows import ALL_TIME, Window

_PAGE = 1000


def pin(event: Point, *, pinned: bool, person: str) -> Point:
    """The point that says whether ``person`` wants the clip of ``event`` kept."""
    event_id = str(event.fields["event_id"])
    fields: dict[str, FieldValue] = {"event_id": event_id, "pinned": pinned, "person": person}
    return points.make(PIN, {"camera": event.tags["camera"]}, fields, time_of_words(event))


def is_pinned(store: Store, event: Point) -> bool:
    """Whether ``event`` is pinned; raises as a ``Store``."""
    query = RowQuery(PIN.name, ms_of(event.time), fields={"event_id": str(event.fields["event_id"])}, limit=1)
    found = store.rows(query).points
    return any(bool(point.fields["pinned"]) for point in found)


def pinned(store: Store, window: Window = ALL_TIME) -> dict[str, Point]:
    """Every pin of events that began in ``window``, by the event's id; raises as a ``Store``."""
    query = RowQuery(PIN.name, window, fields={"pinned": True}, limit=_PAGE)
    return {str(point.fields["event_id"]): point for point in every_row(store, query)}


def drop(store: Store, pin: Point) -> None:
    """Delete ``pin``, whose event is gone; raises as a ``Store``."""
    store.delete(PIN.name, pin.tags, pin.time_ns)
