"""When the graphs are compared with the store: at once what is new, now and then everything."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hutch.grafana.annotations import Annotation
from hutch.grafana.reconcile import Reconciler, step_before
from influx.buckets import AHEAD
from influx.late import window_of
from influx.points import Point
from influx.schema import LATE_WINDOW, PET_EVENT
from influx.store import RowQuery, Store
from influx.windows import ALL_TIME, Window

RECENT = timedelta(minutes=15)
"""What began since then is looked at each time; where events may be longer, it is longer."""
_AGAIN, _DAY = timedelta(minutes=1), timedelta(hours=25)
"""So often, and so far back, the graphs are compared though there is no news."""
_EVERYTHING = timedelta(hours=6)
_SETTLED = timedelta(minutes=2)
"""What a late window is about may be written after its report; until then it is looked at each time."""
_MOST_LATE, _MANY_LATE = 1000, 20
"""Where there are many at once, such as after a week without network, everything is looked at."""
_MOST = 25
"""No more is done at a time: some 2 s where each takes 80 ms, so that what is new need not wait longer."""


class Looks:
    """Looks at ``store`` for what ``reconciler`` has to do; call ``look`` every 2 s, from one thread.

    ``recent`` is the age until which an event may get its clip and be seen at once. Killed or failed at any
    moment, it is done by a later look.
    """

    def __init__(
        self,
        store: Store,
        reconciler: Reconciler,
        now: Callable[[], datetime],
        *,
        recent: timedelta = RECENT,
    ) -> None:
        self._store = store
        self._reconciler = reconciler
        self._now = now
        self._recent = recent
        self._known: dict[str, Annotation] | None = None
        """What the graphs held of the recent events at the end of the last look."""
        self._again: datetime | None = None
        """When everything of a day was compared last."""
        self._late: set[tuple[str, int]] = set()
        """Late windows that need no other look."""
        self._swept: datetime | None = None
        """When the last sweep of everything began."""
        self._part: Window | None = None
        """The part of everything that the sweep which goes on has come to."""

    def look(self) -> None:
        """Look once: at what is new, and at one part of what is due. Raises what ``reconcile`` raises."""
        now = self._now()
        self._look_for_news(now)
        if _is_due(self._again, _AGAIN, now):
            if self._is_done(_since(now - _DAY, now)):
                self._again = now
            self._look_for_late(now)
        self._sweep_on(now)

    def _look_for_news(self, now: datetime) -> None:
        window = _since(now - self._recent, now)
        wanted = self._reconciler.wanted(window)
        if self._known is None or self._is_news(wanted, window):
            self._known = wanted if self._is_done(window) else None
        else:
            self._known = wanted

    def _is_news(self, wanted: dict[str, Annotation], window: Window) -> bool:
        """Whether ``wanted`` differs from what was known, but for what began before ``window``."""
        first = int(window.start.timestamp() * 1000)
        known = {event: seen for event, seen in (self._known or {}).items() if seen.start > first}
        return {event: seen for event, seen in wanted.items() if seen.start > first} != known

    def _look_for_late(self, now: datetime) -> None:
        """Look at the quarters of which somebody said that events in them changed late."""
        query = RowQuery(
            LATE_WINDOW.name,
            Window(_since(now - _DAY, now).start, ALL_TIME.stop),
            {"measurement": PET_EVENT.name},
            limit=_MOST_LATE,
        )
        found = self._store.rows(query).points
        fresh = [report for report in found if _key(report) not in self._late]
        if len(fresh) > _MANY_LATE:
            self._swept = self._part = None
        for report in fresh:
            done = len(fresh) > _MANY_LATE or self._is_heeded(report, now)
            if done and report.time <= now - _SETTLED:
                self._late.add(_key(report))
        self._late &= {_key(report) for report in found}

    def _is_heeded(self, report: Point, now: datetime) -> bool:
        """Do what ``report`` asks for; whether that came to its end."""
        try:
            window = window_of(report)
        except ValueError:  # whoever makes rollups has told of it
            return True
        if window.length > _DAY:
            self._swept = None
            return True
        return window.start >= now - _DAY or self._is_done(window)

    def _is_done(self, window: Window) -> bool:
        """Do what there is to do in ``window``; whether nothing is left of it."""
        return self._reconciler.reconcile(window, most=_MOST).total() < _MOST

    def _sweep_on(self, now: datetime) -> None:
        """Compare the next part of everything; what a sweep finds missing, some look has missed."""
        if self._part is None:
            if not _is_due(self._swept, _EVERYTHING, now):
                return
            self._swept, self._part = now, step_before(self._store, _since(now, now).stop)
        if self._is_done(self._part):
            start = self._part.start
            self._part = None if start == ALL_TIME.start else step_before(self._store, start)


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether it was ``every`` ago; a clock that was set back has it be so at once."""
    return last is None or not timedelta(0) <= now - last < every


def _since(start: datetime, now: datetime) -> Window:
    """From ``start`` until what a camera whose clock is ahead may send."""
    return Window(max(start, ALL_TIME.start), now + AHEAD)


def _key(report: Point) -> tuple[str, int]:
    return report.tags["node"], report.time_ns
