"""One sensor's turn after turn: read it, stamp what it gave, add the points; and say once when it fails."""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from collector.clock import Stamp
from collector.config import SensorSection
from collector.sensors.reading import Reading, Sensor, SensorLost
from influx import points
from influx.points import Point, PointError

logger = logging.getLogger(__name__)

_SILENCE_SECONDS = 30.0
_SILENT_TURNS = 3
ESTIMATED = {"estimated": True}
"""What a point says whose time is a guess; every measurement of sensors has that field."""


class Add(Protocol):
    """Takes points at once, as ``Backlog.put`` does; their times are since ``boot`` where one is named."""

    def __call__(self, points: Sequence[Point], *, boot: str | None = None) -> None:
        """Take ``points``; never waits, never raises."""
        ...


class Sampler:
    """Reads one sensor on its own schedule, in a thread of its own, so that a slow one delays nobody.

    ``interval`` is the time between readings of a sensor that sets none. ``open`` opens the device and may
    raise ``SensorLost`` while it is away. ``stamp`` says when it was read, ``monotonic`` gives seconds that
    never jump.
    """

    def __init__(
        self,
        section: SensorSection,
        interval: timedelta,
        *,
        node: str,
        open: Callable[[], Sensor],  # noqa: A002 - what it does
        add: Add,
        stamp: Callable[[], Stamp],
        stop: threading.Event,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = section.name
        self._interval = (section.interval or interval).total_seconds()
        self._open = open
        self._tags = {"node": node, "sensor": section.name, "location": section.location or ""}
        self._add = add
        self._stop = stop
        self._stamp = stamp
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
            readings = self._read()
            stamp = self._stamp()
            made, complaint = self._points(readings, stamp)
            self._add(made, boot=stamp.boot)
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

    def _points(self, readings: Sequence[Reading], stamp: Stamp) -> tuple[list[Point], str | None]:
        """The readings as points of that moment, and what is wrong with those that make none."""
        made: list[Point] = []
        complaint = None
        for reading in readings:
            known = reading.measurement.tag_names
            tags = {name: value for name, value in self._tags.items() if name in known} | dict(reading.tags)
            fields = dict(reading.fields) | ESTIMATED if stamp.estimated else reading.fields
            try:
                made.append(points.make(reading.measurement, tags, fields, stamp.time_ns))
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
