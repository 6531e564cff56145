"""One sensor's turn after turn: read it, stamp what it gave, add the points; and say once when it fails."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from collector.config import SensorSection
from collector.sensors.reading import Reading, Sensor, SensorLost
from influx import points
from influx.points import Point, PointError

logger = logging.getLogger(__name__)

_SILENCE_SECONDS = 30.0
_SILENT_TURNS = 3


class Sampler:
    """Reads one sensor on its own schedule, in a thread of its own, so that a slow one delays nobody.

    ``interval`` is the time between readings of a sensor that sets none. ``open`` opens the device and may
    raise ``SensorLost`` while it is away. ``add`` takes the points and may not raise. ``now`` gives seconds
    since 1970, ``monotonic`` seconds that never jump.
    """

    def __init__(
        self,
        section: SensorSection,
        interval: timedelta,
        *,
        node: str,
        open: Callable[[], Sensor],  # noqa: A002 - what it does
        add: Callable[[Iterable[Point]], None],
        stop: threading.Event,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = section.name
        self._interval = (section.interval or interval).total_seconds()
        self._open = open
        self._tags = {"node": node, "sensor": section.name, "location": section.location or ""}
        self._add = add
        self._stop = stop
        self._now = now
        self._monotonic = monotonic
        self._sensor: Sensor | None = None
        self._complaint: str | None = None
        self._asked: float | None = None
        self._silent = False

    def run(self) -> None:
        """Sample at every turn until ``stop``; turns that were missed are not made up for."""
        due = self._monotonic()
        while not self._stop.wait(max(0.0, due - self._monotonic())):
            self.sample()
            due = next_turn(due, self._interval, self._monotonic())
        if self._sensor is not None:
            self._sensor.close()

    def sample(self) -> None:
        """Take one turn; whatever goes wrong is logged once and forgiven."""
        self._asked = self._monotonic()
        try:
            made, complaint = self._points(self._read())
            self._add(made)
        except SensorLost as lost:
            complaint = str(lost)
        except Exception as error:  # a broken driver must not end the turns
            complaint = f"{type(error).__name__}: {error}"
            if self._complaint is None:
                logger.exception("Sensor %s broke", self.name)
        finally:
            self._asked = None
        self._note(complaint)

    def watch(self) -> None:
        """Say once when the sensor hangs, and once when it answers again; called from another thread."""
        asked = self._asked
        patience = max(_SILENCE_SECONDS, _SILENT_TURNS * self._interval)
        silent = asked is not None and self._monotonic() - asked > patience
        if silent and not self._silent:
            logger.warning("Sensor %s has not answered for %.0f s", self.name, patience)
        elif self._silent and not silent:
            logger.info("Sensor %s answers again", self.name)
        self._silent = silent

    def _read(self) -> Sequence[Reading]:
        if self._sensor is None:
            self._sensor = self._open()
        return self._sensor.read()

    def _points(self, readings: Sequence[Reading]) -> tuple[list[Point], str | None]:
        """The readings as points of this moment, and what is wrong with those that make none."""
        moment = datetime.fromtimestamp(self._now(), UTC)
        made: list[Point] = []
        complaint = None
        for reading in readings:
            known = reading.measurement.tag_names
            tags = {name: value for name, value in self._tags.items() if name in known} | dict(reading.tags)
            try:
                made.append(points.make(reading.measurement, tags, reading.fields, moment))
            except PointError as error:
                complaint = str(error)
        return made, complaint

    def _note(self, complaint: str | None) -> None:
        if complaint is not None and self._complaint is None:
            logger.warning("Sensor %s gives nothing of use: %s", self.name, complaint)
        elif complaint is None and self._complaint is not None:
            logger.info("Sensor %s is back", self.name)
        self._complaint = complaint


def next_turn(due: float, interval: float, now: float) -> float:
    """The first turn after ``now`` on the schedule that ``due`` belongs to; all in seconds."""
    return due + interval * max(1, math.floor((now - due) / interval) + 1)
