"""Too much at once, such as branches in the wind: what matters is recorded, the rest becomes one event.

A camera whose plain events come faster than anybody will ever watch costs the disk a sync a second for each
that is open, and its owner the one event that counts. So of those only some begin a recording: at most
``BEGUN`` a minute, and at most ``AT_ONCE`` at a time. What goes beyond is put aside, and gathered in one
event without a clip that says how many they were. One that turns out to matter while it is put aside is
recorded from then on. What matters is never put aside: see ``matters``.
"""

import logging
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from influx.schema import CAPTURED_EVENT_TYPES, NO_PETS, UNKNOWN_PET
from vision.episodes import Change, Closed, Extended, LeftOut, Opened, moment
from vision.events import NO_CLIP, RUSH, Event

logger = logging.getLogger(__name__)

BEGUN, AT_ONCE = 8, 4
"""Plain events of a camera that are recorded: begun a minute, and open at a time."""
_MINUTE = 60.0
_APART = 10.0
"""Seconds without a plain event put aside after which those before are one event."""
_CALM = 300.0
"""Seconds without one after which it is told that it is over."""
_IMPORTANT = frozenset({"eating_drinking", "abnormal", "vocalizing", "interacting"}) | CAPTURED_EVENT_TYPES


def matters(event: Event) -> bool:
    """Whether ``event`` is recorded however many there are: of a pet with a name, or one that a detector saw,
    or of a kind that its owner waits for, or asked for.
    """
    seen = event.evidence.get("seen", "person")
    return event.pet not in {UNKNOWN_PET, *NO_PETS} or event.event_type in _IMPORTANT or seen != "person"


class Rush:
    """Puts aside what is too much of the events of one camera. Owned by one thread.

    An event longer than ``longest`` seconds is closed, that of what was put aside too.
    """

    def __init__(self, camera: str, *, longest: float) -> None:
        self._camera = camera
        self._longest = longest
        self._begun: deque[float] = deque(maxlen=BEGUN)
        self._open: set[str] = set()
        self._aside: set[str] = set()
        self._gathered: Event | None = None
        self._told = -math.inf
        self._last: float | None = None
        self.count = 0
        """Events put aside so far."""

    def sift(self, changes: Iterable[Change], at: float) -> list[Change]:
        """What is left of ``changes``, made by a picture taken ``at`` (seconds since 1970)."""
        left: list[Change] = []
        for change in changes:
            left += self._sift(change, at)
        if self._gathered is not None and self._is_over(self._gathered, at):
            left += self._end()
        if self._last is not None and at - self._last > _CALM:
            logger.info("camera %s has calmed down: %s events were put aside", self._camera, self.count)
            self._last = None
        return left

    def close(self, changes: Iterable[Change]) -> list[Change]:
        """No picture comes any more: what is left of ``changes``, the last, after which nothing is open."""
        left: list[Change] = []
        for change in changes:
            left += self._sift(change, change.event.end.timestamp())
        return left + self._end()

    def _sift(self, change: Change, at: float) -> list[Change]:
        event = change.event
        if event.id in self._aside:
            return self._sift_aside(change, at)
        at_rest = event.evidence.get("settled", False)  # nothing is recorded
        if isinstance(change, Opened) and not at_rest:
            if not matters(event) and self._is_too_much(at):
                self._put_aside(event, at)
                return self._gather(event, at, new=True)
            self._begun.append(at)
            self._open.add(event.id)
        elif isinstance(change, Closed | LeftOut) or event.evidence.get("settled"):
            self._open.discard(event.id)
        return [change]

    def _sift_aside(self, change: Change, at: float) -> list[Change]:
        event = change.event
        if isinstance(change, LeftOut):
            self._aside.discard(event.id)
            return [change, *self._ungather()]
        is_over = isinstance(change, Closed)
        if not matters(event):
            if is_over:
                self._aside.discard(event.id)
            return self._gather(event, at, new=False)
        self._aside.discard(event.id)
        if is_over:
            return [Opened(event), change]
        self._open.add(event.id)
        return [Opened(event)]

    def _is_too_much(self, at: float) -> bool:
        crowded = len(self._begun) == BEGUN and at - _MINUTE < self._begun[0] <= at
        return crowded or len(self._open) >= AT_ONCE

    def _put_aside(self, event: Event, at: float) -> None:
        self._aside.add(event.id)
        self.count += 1
        if self._last is None:
            logger.warning(
                "camera %s sees more than is recorded at once, such as branches in the wind: what matters is "
                "recorded, the rest is one event without a clip; a mask over what moves there helps",
                self._camera,
            )
        self._last = at

    def _gather(self, event: Event, at: float, *, new: bool) -> list[Change]:
        """Have the event of what was put aside reach as far as ``event``, which may be ``new`` there."""
        if self._gathered is None:
            if not new and not self._aside:
                return []
            self._gathered = _gathering(event, at)
            self._told = at
            return [Opened(self._gathered)]
        known = self._gathered
        count = int(known.evidence["events"]) + new
        self._gathered = replace(
            known, end=max(known.end, event.end), evidence={**known.evidence, "events": count}
        )
        if at - self._told < 1.0:
            return []
        self._told = at
        return [Extended(self._gathered)]

    def _ungather(self) -> list[Change]:
        """Have the event of what was put aside stand for one less; where that leaves none, it never was."""
        known = self._gathered
        if known is None:
            return []
        count = int(known.evidence["events"]) - 1
        if count or self._aside:
            self._gathered = replace(known, evidence={**known.evidence, "events": max(count, 1)})
            return []
        self._gathered = None
        return [LeftOut(known)]

    def _is_over(self, gathered: Event, at: float) -> bool:
        end = gathered.end.timestamp()
        if at - gathered.start.timestamp() > self._longest:
            return True
        return not self._aside and at - end > _APART

    def _end(self) -> list[Change]:
        gathered, self._gathered = self._gathered, None
        return [] if gathered is None else [Closed(gathered)]


def _gathering(event: Event, at: float) -> Event:
    """An event for what is put aside from ``at`` on, first of all ``event``.

    Its start is when that opened, not when it began: the id of ``event`` stays free, which may yet matter.
    """
    start = max(moment(at), event.start + timedelta(milliseconds=1))
    return Event(
        event.camera,
        event.location,
        event.track,
        "motion",
        start,
        max(start, event.end),
        confidence=0.5,
        evidence={"events": 1, NO_CLIP: RUSH},
    )
