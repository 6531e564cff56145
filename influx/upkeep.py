"""Keeps rollups true: makes those that are due, those that were missed, and those that late points belong to.

An InfluxDB makes what is due by its own tasks (``influx/tasks``); the embedded store is told to here.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from influx import local_time, points
from influx.buckets import AHEAD
from influx.config import Retention
from influx.coverage import covered, merged, stretches
from influx.embedded import EmbeddedStore
from influx.points import Point
from influx.schema import BASELINE, LATE_WINDOW, ROLLED, ROLLUPS
from influx.sqlite.rollups import BASELINE_DAYS
from influx.steps import QUARTER
from influx.store import RowQuery, Store
from influx.windows import READY, Horizon, Window, WindowError

logger = logging.getLogger(__name__)

_PAGE = 1000
_NAMES = tuple(spec.name for spec in ROLLED)


class Upkeep:
    """Does what the rollups of ``store`` need; call ``tick`` about once a minute, from one thread.

    ``zone`` is the home's. Where ``stop`` is set, a long ``tick`` ends early. Several processes may tend one
    store: whatever is done twice comes out the same.
    """

    def __init__(
        self, store: Store, retention: Retention, zone: ZoneInfo, *, stop: threading.Event | None = None
    ) -> None:
        self._store = store
        self._retention = retention
        self._zone = zone
        self._stop = stop or threading.Event()
        self._has_tasks = not isinstance(store, EmbeddedStore)
        self._made: dict[str, datetime] = {}
        """Until when the rollups of each measurement are made, or seen to by the store's own tasks."""
        self._usual: datetime | None = None
        """Until when baselines are."""

    def tick(self, now: datetime) -> None:
        """Do what is due at ``now``; raises as a ``Store`` does, and then goes on with the next ``tick``."""
        horizon = Horizon(now, self._retention, self._zone)
        due = local_time.floor(now - READY)
        for name in _NAMES:
            self._make_due(name, due, horizon)
        if not self._has_tasks:
            self._make_usual(due)
        self._make_late(horizon)

    def _make_due(self, name: str, due: datetime, horizon: Horizon) -> None:
        if name not in self._made:
            self._made[name] = self._made_before(name, due, horizon)
        elif self._has_tasks:
            return
        since = self._made[name]
        if since < due and self._roll_up(name, [Window(since - QUARTER, due)], horizon):
            self._made[name] = due

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
        if self._usual == due:
            return
        since = Window(due - timedelta(days=BASELINE_DAYS), due)
        newest = self._store.rows(RowQuery(BASELINE.name, since, limit=1)).points
        hour = local_time.hour(newest[0].time if newest else due, self._zone)
        while hour.start <= due:
            self._store.baseline(hour.start, self._zone)
            hour = local_time.hour(hour.stop, self._zone)
        self._usual = due

    def _make_late(self, horizon: Horizon) -> None:
        waiting: dict[str, list[Point]] = defaultdict(list)
        for report in self._reports(horizon):
            waiting[report.tags["measurement"]].append(report)
        for name, reports in waiting.items():
            windows = merged([window for report in reports if (window := _window(report))])
            if name in _NAMES and not self._roll_up(name, windows, horizon):
                return
            self._store.write(LATE_WINDOW.name, [_settled(report) for report in reports])

    def _reports(self, horizon: Horizon) -> Iterator[Point]:
        oldest = max(horizon.oldest(LATE_WINDOW), points.to_datetime(0))
        query = RowQuery(
            LATE_WINDOW.name, Window(oldest, horizon.now + AHEAD), fields={"rolled_up": False}, limit=_PAGE
        )
        while True:
            page = self._store.rows(query)
            yield from page.points
            if page.next is None:
                return
            query = replace(query, before=page.next)

    def _roll_up(self, name: str, windows: list[Window], horizon: Horizon) -> bool:
        """Make the rollups of ``windows`` anew as far as that can be; whether it came to its end."""
        for window in windows:
            whole = covered(name, window, horizon)
            for stretch in stretches(whole, self._zone) if whole else ():
                if self._stop.is_set():
                    return False
                self._store.roll_up(name, stretch, self._zone)
        return True


def _window(report: Point) -> Window | None:
    """The stretch that a report names; None where it names none, which any device could write."""
    try:
        start, stop = (datetime.fromisoformat(str(report.fields.get(name))) for name in ("start", "stop"))
        return Window(start, stop)
    except (ValueError, WindowError) as error:
        logger.warning(
            "a late_window of %s names no window and is passed over: %s", report.tags["node"], error
        )
        return None


def _settled(report: Point) -> str:
    return points.line(points.make(LATE_WINDOW, report.tags, {"rolled_up": True}, report.time_ns))
