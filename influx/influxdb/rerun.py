"""Rollups made anew on an InfluxDB: its tasks' programs, run for a stretch of the past.

The server reads, works out and writes by itself. Points that a program does not make any more are deleted
when the others are written: nobody sees a hole where there is none. A point of which only some fields have to
go is the exception, as InfluxDB deletes whole points: it is away until it has been written once more.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from influx import local_time
from influx.influxdb import answers, programs
from influx.points import to_datetime
from influx.schema import BASELINE, MEASUREMENTS, PET_ACTIVE_1D, PET_ACTIVE_15M, PET_ACTIVITY, ROLLUPS
from influx.windows import Window
from influx.words import Measurement

Key = tuple[str, int, tuple[str, ...]]
"""Measurement, time in ns, and the values of the tags in the order of ``Measurement.tag_names``."""
_Keys = Mapping[Key, set[str]]
"""Points, and which of their fields that count something they have."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """What a re-run needs of a server: the JSON objects that answer a query, and ``Store.delete``."""

    ask: Callable[[str], Iterable[Mapping[str, Any]]]
    delete: Callable[[str, Mapping[str, str], int], None]
    prefix: str

    def roll_up(self, measurement: str, window: Window, zone: ZoneInfo, now: datetime) -> None:
        """As ``Store.roll_up``; days that are not over at ``now`` are left for later."""
        quarters = local_time.quarters(window)
        made = self._make("rollup_15m", zone, quarters, (measurement,), ROLLUPS[measurement][0])
        sources, daily = [ROLLUPS[measurement][0].name], [ROLLUPS[measurement][1]]
        if measurement == PET_ACTIVITY.name:
            made |= self._make("pet_active", zone, quarters, (measurement,), PET_ACTIVE_15M)
            sources, daily = [*sources, PET_ACTIVE_15M.name], [*daily, PET_ACTIVE_1D]
        touched = local_time.days(window, zone)
        span = Window(touched[0].start, touched[-1].stop)
        there = {time for spec in daily for _, time, _ in self._there(spec, span)}
        changed = {local_time.day(to_datetime(time), zone) for time in made | there}
        for day in touched:
            if day in changed and day.stop <= now:
                self._make("rollup_1d", zone, day, sources, *daily)

    def baseline(self, hour: datetime, zone: ZoneInfo) -> None:
        """As ``Store.baseline``."""
        self._make("baseline", zone, local_time.hour(hour, zone), None, BASELINE)

    def _make(
        self,
        program: str,
        zone: ZoneInfo,
        window: Window,
        wanted: Iterable[str] | None,
        *specs: Measurement,
    ) -> set[int]:
        """Run ``program``, delete what it does not make of ``specs`` any more, and return all these times."""
        # Looked up first: what another makes while the program runs is newer than what the program has read.
        before = [found for spec in specs for found in self._there(spec, window).items()]
        made, query = self._run(program, zone, window, wanted)
        stale = [key for key, fields in before if not fields <= made.get(key, set())]
        for name, time, values in stale:
            spec = next(spec for spec in specs if spec.name == name)
            self.delete(name, dict(zip(spec.tag_names, values, strict=True)), time)
        if any(key in made for key in stale):
            # Of these only some fields were to go, but InfluxDB deletes whole points.
            self._keys(query)
        return {time for _, time, _ in [*made, *stale]}

    def _run(
        self, program: str, zone: ZoneInfo, window: Window, wanted: Iterable[str] | None
    ) -> tuple[_Keys, str]:
        """What ``program`` makes, and its text: strictly, where points of strangers are in the way."""

        def run(strict: bool) -> tuple[_Keys, str]:
            query = programs.once(program, self.prefix, zone, window, wanted, strict=strict)
            return self._keys(query), query

        return answers.or_strictly(run)

    def _there(self, spec: Measurement, window: Window) -> _Keys:
        """What there is of ``spec`` within ``window``."""
        return self._keys(programs.there(spec, self.prefix, window))

    def _keys(self, query: str) -> _Keys:
        found: dict[Key, set[str]] = defaultdict(set)
        for row in self.ask(query):
            spec = MEASUREMENTS[row["_measurement"]]
            found[spec.name, row["_time"], answers.tags_of(spec, row)].add(row["_field"])
        return found
