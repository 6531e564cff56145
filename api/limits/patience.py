"""A store that hangs must not take the API along: each question to it holds a thread until its timeout.

So only some threads may wait for it at once, and when it has let a question run out of time the others are
told at once for a while, but one that tries.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from influx.points import Point
from influx.store import DensityQuery, Page, RowQuery, Series, Store, StoreError, Tags, Unavailable
from influx.windows import Plan, Window

AT_ONCE = 32
"""Questions that may wait for the store; the API has more threads than that for everything else."""
WAITING = 8
"""More that may wait for their turn; others are told at once."""
TURN = 0.5
"""Seconds that they wait."""
HANGS = 2.0
"""Seconds after which no answer means that the store hangs, and not that it is away: that it says at once."""
PAUSE = 5.0
"""Seconds after which somebody tries again."""

T = TypeVar("T")


class Patient:
    """A ``Store`` that asks another one, and says ``Unavailable`` at once while that one hangs."""

    def __init__(self, store: Store, *, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._now = now
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._waiting = threading.BoundedSemaphore(AT_ONCE + WAITING)
        self._lock = threading.Lock()  # protects what follows
        self._answered = -PAUSE
        self._hangs: Unavailable | None = None
        self._again = 0.0

    @property
    def tends_itself(self) -> bool:
        """See ``Store.tends_itself``."""
        return self._store.tends_itself

    def write(self, measurement: str, lines: Sequence[str]) -> None:
        """See ``Store.write``."""
        self._ask(lambda: self._store.write(measurement, lines))

    def series(self, plan: Plan) -> list[Series]:
        """See ``Store.series``."""
        return self._ask(lambda: self._store.series(plan))

    def latest(
        self, measurement: str, window: Window, tags: Tags | None = None, fields: Collection[str] = ()
    ) -> list[Point]:
        """See ``Store.latest``."""
        return self._ask(lambda: self._store.latest(measurement, window, tags, fields))

    def rows(self, query: RowQuery) -> Page:
        """See ``Store.rows``."""
        return self._ask(lambda: self._store.rows(query))

    def density(self, query: DensityQuery) -> dict[tuple[int, int], int]:
        """See ``Store.density``."""
        return self._ask(lambda: self._store.density(query))

    def lines(self, measurement: str, window: Window) -> Iterator[list[str]]:
        """See ``Store.lines``; whoever streams them bounds how many do."""
        return self._store.lines(measurement, window)

    def delete(self, measurement: str, tags: Mapping[str, str], time_ns: int) -> None:
        """See ``Store.delete``."""
        self._ask(lambda: self._store.delete(measurement, tags, time_ns))

    def roll_up(self, measurement: str, window: Window, zone: ZoneInfo) -> None:
        """See ``Store.roll_up``."""
        self._ask(lambda: self._store.roll_up(measurement, window, zone))

    def baseline(self, hour: datetime, zone: ZoneInfo) -> None:
        """See ``Store.baseline``."""
        self._ask(lambda: self._store.baseline(hour, zone))

    def expire(self, now: float) -> dict[str, int]:
        """See ``Store.expire``."""
        return self._ask(lambda: self._store.expire(now))

    def close(self) -> None:
        """See ``Store.close``."""
        self._store.close()

    def _ask(self, question: Callable[[], T]) -> T:
        self._check()
        with self._turn():
            return self._ask_now(question)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One's turn; raises ``Unavailable`` where too many wait for theirs."""
        with ExitStack() as held:
            for places, timeout in ((self._waiting, 0.0), (self._turns, TURN)):
                if not places.acquire(timeout=timeout):
                    raise Unavailable("too many questions wait for the store", retry_after=PAUSE)
                held.callback(places.release)
            yield

    def _ask_now(self, question: Callable[[], T]) -> T:
        began = self._now()
        try:
            answer = question()
        except Unavailable as error:
            self._failed(error, began)
            raise
        except StoreError:
            self._heard()
            raise
        self._heard()
        return answer

    def _heard(self) -> None:
        """Note that the store answered, and be it with a no."""
        with self._lock:
            self._answered, self._hangs = self._now(), None

    def _check(self) -> None:
        """Let a question pass, or raise ``Unavailable`` while the store hangs."""
        with self._lock:
            if self._hangs is None:
                return
            if self._now() < self._again:
                raise Unavailable(str(self._hangs), retry_after=PAUSE)
            self._again = self._now() + PAUSE  # this one tries, and the others wait for what it learns

    def _failed(self, error: Unavailable, began: float) -> None:
        """Note that a question got no answer; one that was slow while others were answered tells nothing."""
        with self._lock:
            if self._now() - began >= HANGS and self._answered < began:
                self._hangs, self._again = error, self._now() + PAUSE
