"""The cursor of a page of points: where the page ended, exact to the point, opaque to whoever holds it.

Pages run newest first, points of one time by their tags backwards; both stores compare strings by their
bytes, so a cursor means the same place in both.
"""

import base64
import json

from influx.points import Point
from influx.words import Measurement

Place = tuple[int | str, ...]
"""The time in ns, then the tag values in the order of ``Measurement.tag_names``."""


class CursorError(ValueError):
    """A cursor that no page gave."""


def place_of(measurement: Measurement, point: Point) -> Place:
    """Where ``point`` stands among the points of ``measurement``."""
    return (point.time_ns, *(point.tags[name] for name in measurement.tag_names))


def encode(place: Place) -> str:
    """The cursor of the page that ended with the point at ``place``."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(measurement: Measurement, text: str) -> Place:
    """The place that a cursor names; raises ``CursorError`` where it is not one of ``measurement``'s."""
    try:
        place = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        place = None
    kinds = [int, *(str for _ in measurement.tag_names)]
    if not isinstance(place, list) or [type(part) for part in place] != kinds or abs(place[0]) >= 2**63:
        raise CursorError(f"the cursor {text!r:.80} is none of {measurement.name}; start from the first page")
    return tuple(place)
