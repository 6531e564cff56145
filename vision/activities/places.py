"""Where it was: at a bowl, and through which side or door it came and went.

* ``eating_drinking``: stays in place with its box over the middle of a food or water zone, low as one who
  stands or crouches there (its box is at most 0.95 of its width high, or 1.2 where something stirs), for 3.6
  seconds or more in all, and touches no other. Who sits at its bowl and washes its face is taller;
* ``entering`` and ``leaving``: there are three places to begin and to end at, from the outside in: a door (a
  zone of that kind), the edge of the picture, and inside it. Who ends farther in than it began has entered,
  who ends farther out has left, where the two places are 0.05 picture widths or more apart. Of one that was
  seen last behind another nobody knows where it went.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vision.activities.moments import Moment, cut
from vision.activities.verdict import Evidence, Verdict, reached
from vision.motion import Box
from vision.track import tallness
from vision.tracker import Step, distance
from vision.zones import Zone, ZoneKind

_EATING_SECONDS, _EATING_STIR = 3.6, 0.15
_TOUCHING = 0.03  # picture widths; the box of one who touches another is the box of both
_LOW, _LOW_AND_STIRRING = 0.95, 1.2
_AWAY = 0.05  # picture widths

_BOWLS = frozenset({ZoneKind.FOOD, ZoneKind.WATER})


class Places:
    """Time spent at bowls, and where the track began and ended."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._bowls = [zone for zone in zones if zone.kind in _BOWLS]
        self._doors = [zone for zone in zones if zone.kind is ZoneKind.DOOR]
        self._eating = dict.fromkeys((zone.name for zone in self._bowls), 0.0)
        self._first: Step | None = None
        self._last: Step | None = None
        self._lost = False

    def take(self, moment: Moment) -> None:
        """Count one more moment."""
        self._first = self._first or moment.step
        self._last = moment.step
        self._lost = moment.hidden
        stirs = moment.stirring >= _EATING_STIR
        low = tallness(moment.step.box) <= (_LOW_AND_STIRRING if stirs else _LOW)
        if moment.in_place and low and moment.step.near > _TOUCHING:
            for zone in self._bowls:
                if covers(moment.step.box, zone):
                    self._eating[zone.name] += moment.spent

    def eating_drinking(self) -> Verdict | None:
        """Whether it ate or drank."""
        if not self._eating:
            return None
        zone = max(self._eating, key=lambda name: self._eating[name])
        spent = self._eating[zone]
        ratio = reached((spent, _EATING_SECONDS))
        return Verdict(ratio, {"zone": zone, "at_bowl_s": round(spent, 1)}) if ratio >= 1 else None

    def entering(self) -> Verdict | None:
        """Whether it came in and stayed."""
        came, went, away = self._ways()
        return _way(came, went, away) if came.depth < went.depth else None

    def leaving(self) -> Verdict | None:
        """Whether it was there and went."""
        came, went, away = self._ways()
        return _way(came, went, away) if came.depth > went.depth else None

    def _ways(self) -> tuple["_End", "_End", float]:
        if self._first is None or self._last is None or self._lost:
            return _INSIDE, _INSIDE, 0.0
        return self._end(self._first), self._end(self._last), distance(self._first, self._last)

    def _end(self, step: Step) -> "_End":
        for door in self._doors:
            if is_at(door, step):
                return _End(0, door.name)
        return _EDGE if cut(step.box) else _INSIDE


@dataclass(frozen=True, slots=True)
class _End:
    """Where a track begins or ends: how far in, and what that is called."""

    depth: int
    name: str


_EDGE, _INSIDE = _End(1, "edge"), _End(2, "inside")


def _way(came: _End, went: _End, away: float) -> Verdict | None:
    ratio = reached((away, _AWAY))
    numbers: Evidence = {"from": came.name, "to": went.name, "away_widths": round(away, 3)}
    return Verdict(ratio, numbers) if ratio >= 1 else None


def is_at(zone: Zone, step: Step) -> bool:
    """Whether the middle of its box or its feet lie in the zone, or it covers the zone's middle."""
    box = step.box
    feet = zone.contains((box.left + box.right) / 2, box.bottom)
    return feet or zone.contains(step.x, step.y) or covers(box, zone)


def covers(box: Box, zone: Zone) -> bool:
    """Whether the middle of the zone's corners lies in the box."""
    x = sum(corner[0] for corner in zone.polygon) / len(zone.polygon)
    y = sum(corner[1] for corner in zone.polygon) / len(zone.polygon)
    return box.left <= x <= box.right and box.top <= y <= box.bottom
