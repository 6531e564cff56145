"""Keeps rollups true: makes those that are due, those that were missed, and those that late points belong to.

An InfluxDB makes what is due by its own tasks (``influx/tasks``), but never what was due while it was away;
the embedded store is told of everything here.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from influx import local_time, points
from influx.config import Retention
from influx.corrections import Corrections
from influx.coverage import covered, merged, stretches
from influx.late import window_of
from influx.made import Made
from influx.points import Point
from influx.rollup import BASELINE_DAYS
from influx.schema import BASELINE, LATE_WINDOW, PET_EVENT, ROLLUPS
from influx.steps import QUARTER
from influx.store import RowQuery, Store, StoreError, every_row
from influx.windows import ALL_TIME, READY, Horizon, Window

logger = logging.getLogger(__name__)

_PAGE = 1000
_UNWATCHED = timedelta(minutes=3)
"""A store that was not seen for so long may have missed runs of its tasks."""
_MARGIN = timedelta(hours=2)
"""So long before a store was last seen its tasks may not have come to their end: a day's is an hour late."""
_FRESH = timedelta(hours=1)
"""Events that began since then, or by a clock that is ahead, come again without being reported as late."""
_SETTLED = timedelta(minutes=1)
"""A task or re-run that began before a late point came, and so did not read it, has ended after so long. It
would write back what it read; so late reports wait until then, and what is made for them comes last."""


class Upkeep:
    """Does what the rollups of ``store`` need; call ``tick`` about once a minute, from one thread.

    ``zone`` is the home's, ``node`` this machine. Where ``stop`` is set, a long ``tick`` ends early. ``path``
    is the file that remembers what is made. Only one at a time may make rollups anew: two that overlap may
    leave what the slower of them has read.
    """

    def __init__(
        self,
        store: Store,
        retention: Retention,
        zone: ZoneInfo,
        *,
        node: str = "server",
        stop: threading.Event | None = None,
        path: Path | None = None,
    ) -> None:
        self._store = store
        self._corrections = Corrections(store, node)
        self._retention = retention
        self._zone = zone
        self._stop = stop or threading.Event()
        self._made = Made(path)
        self._behind: set[str] = set()
        """What the tasks of a store may have missed and is not made up for yet."""
        self._begun: set[str] = set()
        """Whose oldest gap was looked for since the start."""
        self._seen: datetime | None = None
        """When the store was last known to be there."""
        self._waiting: set[tuple[str, str, int]] = set()
        """Late reports that were there at the last tick."""

    def tick(self, now: datetime) -> None:
        """Do what is due at ``now``; raises as a ``Store`` does, and then goes on with the next ``tick``.

        What fails keeps nothing else from being done.
        """
        horizon = Horizon(now, self._retention, self._zone)
        due = local_time.floor(now - READY)
        if self._seen is None or not timedelta(0) <= now - self._seen <= _UNWATCHED:
            self._behind = {*ROLLUPS, BASELINE.name}
        failures: list[StoreError] = []
        _try(failures, partial(self._uphold, now))
        work = {name: partial(self._make_due, name, due, horizon) for name in ROLLUPS}
        for name, make in (work | {BASELINE.name: partial(self._make_usual, due)}).items():
            if self._store.tends_itself and name not in self._behind:
                self._made.put(name, due)  # by its tasks
            else:
                _try(failures, make)
        _try(failures, partial(self._make_late, horizon, failures))
        self._made.keep()
        if failures:
            raise failures[0]

    def _uphold(self, now: datetime) -> None:
        """Let corrections of fresh events hold, and all of them after a time in which nobody looked."""
        start = ALL_TIME.start if self._behind or self._seen is None else now - _FRESH
        self._corrections.uphold(Window(start, ALL_TIME.stop), now)

    def _make_due(self, name: str, due: datetime, horizon: Horizon) -> None:
        since = self._since(name, due, horizon)
        if since < due or self._store.tends_itself:
            margin = _MARGIN if self._store.tends_itself else QUARTER
            if not self._roll_up(name, [Window(max(since - margin, ALL_TIME.start), due)], horizon):
                return
        self._done(name, due)

    def _since(self, name: str, due: datetime, horizon: Horizon) -> datetime:
        """Until when there are rollups; never later than ``due``, though a clock may have been ahead."""
        known = self._made.until(name)
        if known is None or name not in self._begun:
            # The file of a store may be another than it was when the mark was made.
            found = self._made_before(name, due, horizon)
            known = found if known is None else min(found, known)
        return min(known, due)

    def _done(self, name: str, due: datetime) -> None:
        self._made.put(name, due)
        self._begun.add(name)
        self._behind.discard(name)

    def _made_before(self, name: str, due: datetime, horizon: Horizon) -> datetime:
        """Until when there are rollups, or nothing to make them of."""
        whole = covered(name, Window(points.to_datetime(0), due), horizon)
        if whole is None:
            return due
        newest = self._store.rows(RowQuery(ROLLUPS[name][0].name, whole, limit=1)).points
        if newest:
            return newest[0].time
        first = next(self._store.lines(name, whole), None)
        # The lines come oldest first, and a line ends in its time.
        return points.to_datetime(int(first[0].rpartition(" ")[2])) if first else due

    def _make_usual(self, due: datetime) -> None:
        """Make the baselines of the hour of ``due``, and of the hours before that were missed."""
        name = BASELINE.name
        known = self._made.until(name)
        if known == due and name in self._begun:
            return
        oldest = due - timedelta(days=BASELINE_DAYS)
        if name not in self._begun:
            newest = self._store.rows(RowQuery(name, Window(oldest, due), limit=1)).points
            found = newest[0].time if newest else due
            known = found if known is None else min(found, known)
        hour = local_time.hour(max(oldest, min(known or due, due)), self._zone)
        while hour.start <= due:
            if self._stop.is_set():
                return
            self._store.baseline(hour.start, self._zone)
            hour = local_time.hour(hour.stop, self._zone)
        self._done(name, due)

    def _make_late(self, horizon: Horizon, failures: list[StoreError]) -> None:
        found = list(self._reports(horizon))
        self._seen = horizon.now
        waiting: dict[str, list[Point]] = defaultdict(list)
        for report in found:
            # The clock of whoever wrote it may have been ahead: then a tick at which it was there is as good.
            if report.time <= horizon.now - _SETTLED or _key(report) in self._waiting:
                waiting[report.tags["measurement"]].append(report)
        self._waiting = {_key(report) for report in found}
        for name, reports in waiting.items():
            _try(failures, partial(self._settle, name, reports, horizon))

    def _settle(self, name: str, reports: list[Point], horizon: Horizon) -> None:
        windows = merged([window for report in reports if (window := _window(report))])
        if name == PET_EVENT.name:
            for window in windows:
                self._corrections.uphold(window, horizon.now)
        if name not in ROLLUPS or self._roll_up(name, windows, horizon):
            self._store.write(LATE_WINDOW.name, [_settled(report) for report in reports])

    def _reports(self, horizon: Horizon) -> Iterator[Point]:
        """All that are not settled, also those of clocks that were ahead."""
        oldest = max(horizon.oldest(LATE_WINDOW), ALL_TIME.start)
        query = RowQuery(
            LATE_WINDOW.name, Window(oldest, ALL_TIME.stop), fields={"rolled_up": False}, limit=_PAGE
        )
        return every_row(self._store, query)

    def _roll_up(self, name: str, windows: list[Window], horizon: Horizon) -> bool:
        """Make the rollups of ``windows`` anew as far as that can be; whether it came to its end."""
        for window in windows:
            whole = covered(name, window, horizon)
            for stretch in stretches(whole, self._zone) if whole else ():
                if self._stop.is_set():
                    return False
                self._store.roll_up(name, stretch, self._zone)
        return True


def _try(failures: list[StoreError], work: Callable[[], None]) -> None:
    """Do ``work``, and put what a store has against it to ``failures``."""
    try:
        work()
    except StoreError as error:
        failures.append(error)


def _key(report: Point) -> tuple[str, str, int]:
    return report.tags["node"], report.tags["measurement"], report.time_ns


def _window(report: Point) -> Window | None:
    """The stretch that a report names; None where it names none, which any device could write."""
    try:
        return window_of(report)
    except ValueError as error:
        logger.warning(
            "a late_window of %s names no window and is passed over: %s", report.tags["node"], error
        )
        return None


def _settled(report: Point) -> str:
    return points.line(points.make(LATE_WINDOW, report.tags, {"rolled_up": True}, report.time_ns))
