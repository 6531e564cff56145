"""Where the pets are and how much they move, every 10 s while they are seen: for heat maps and habits."""

import math
from collections.abc import Iterable

from influx import points
from influx.points import Point
from influx.schema import PERSON, PET_ACTIVITY
from vision.episodes import moment
from vision.identity.whose import whose
from vision.tracker import Step, Track

EVERY = 10.0
"""Seconds that one point stands for; the spans begin at whole multiples since 1970."""


class Whereabouts:
    """Gathers the steps of one camera's tracks into ``pet_activity`` points. Owned by one thread.

    ``pet`` is the only one that the camera ever sees, where it is so.
    """

    def __init__(self, camera: str, *, pet: str = "") -> None:
        self._camera = camera
        self._pet = pet
        self._span = math.nan
        self._steps: dict[int, tuple[Track, list[Step]]] = {}
        self._done: list[Point] = []

    def note(self, tracks: Iterable[Track], at: float) -> None:
        """Count where the tracks seen ``at`` are."""
        span = at // EVERY
        if span != self._span:
            self.finish()
            self._span = span
        for track in tracks:
            if track.last.at == at:
                self._steps.setdefault(track.id, (track, []))[1].append(track.last)

    def finish(self) -> None:
        """End the present span early; who was seen as a person by then is no pet, and leaves no point."""
        for track, steps in self._steps.values():
            who = whose(track, self._pet)
            if who.pet != PERSON:
                self._done.append(self._point(track.id, who.pet, steps))
        self._steps.clear()

    def take(self) -> list[Point]:
        """The points finished since the last call."""
        done, self._done = self._done, []
        return done

    def _point(self, track: int, pet: str, steps: list[Step]) -> Point:
        """The means of one track in one span.

        The milliseconds of its time are the track's number: two pets that are both unknown share their
        tags, and a store keeps only one point for the same tags and time.
        """
        count = len(steps)
        return points.make(
            PET_ACTIVITY,
            {"camera": self._camera, "pet": pet},
            {
                "motion": sum(step.moving for step in steps) / count,
                "x": sum(step.x for step in steps) / count,
                "y": sum(step.y for step in steps) / count,
            },
            moment(self._span * EVERY + track % 1000 / 1000),
        )
