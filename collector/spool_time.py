"""The time by which the spool tells how old something is."""

import sqlite3
from math import inf

from collector import boots, undated
from collector.clock import Clock
from collector.redate import ClockError
from influx.buckets import AHEAD

_SECOND = 1_000_000_000


class SpoolTime:
    """Seconds since 1970 that no jump of the clock touches, for the age of what waits.

    They count on from where the clock was when it was first known to be right in this boot, in every
    process alike. Before that they are negative seconds since the start of the boot.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.learned = -inf
        """When this process told the file what time it is, in seconds since the start of the boot."""

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the boot."""
        return self.clock.elapsed_ns() / _SECOND

    def seconds(self, connection: sqlite3.Connection) -> float:
        """The time now; call it within a transaction.

        It is read from the file every time: what one transaction learned is gone if that is rolled back.
        """
        found = boots.find(connection, self.clock.boot)
        if (found is None or not found.known) and self.clock.is_right():
            found = self._learn(connection)
        if found is None or not found.known:
            return -self.elapsed
        return found.start_ns / _SECOND + self.elapsed

    def age(self, added: float, connection: sqlite3.Connection) -> float:
        """Seconds since ``added``, as ``seconds`` gave it; at least these where it was an earlier boot."""
        now = self.seconds(connection)
        if now >= 0:
            return max(0.0, now - added) if added >= 0 else 0.0
        return -now if added >= 0 else max(0.0, added - now)

    def surely_past(self, connection: sqlite3.Connection) -> float:
        """A moment that is not later than now, to drop by: -inf unless a time server keeps the clock.

        A battery clock can have been years ahead when this boot's time was learned, and a server that is
        believed now can tell nonsense: the earlier of both counts.
        """
        shown = self.clock.now()  # before it is asked whether that is right: it may be set in between
        return min(self.seconds(connection), shown) if self.clock.is_synchronised() else -inf

    def surely_future(self, connection: sqlite3.Connection) -> float:
        """A moment that is not earlier than now: inf while nobody knows the time.

        Without a time server a clock that was put back may be wrong: the later of both counts.
        """
        shown = self.clock.now()
        if self.clock.is_synchronised():
            return shown
        seconds = self.seconds(connection)
        return max(seconds, shown) if seconds >= 0 else inf

    def error(self, connection: sqlite3.Connection) -> ClockError | None:
        """How far ahead of what a time server says this boot's time was learned; None where it was not."""
        shown = self.clock.now()
        ahead = self.seconds(connection) - shown
        if ahead <= AHEAD.total_seconds() or not self.clock.is_synchronised():
            return None
        return ClockError(int(ahead * _SECOND), int((shown - self.elapsed) * _SECOND), int(shown * _SECOND))

    def _learn(self, connection: sqlite3.Connection) -> boots.Boot:
        # With the boots before it, so that they are remembered in their order.
        found = undated.place(connection, self.clock, right=True)
        self.learned = self.elapsed
        # What was added while the time was not known is as old as if it were added now.
        now = found.start_ns / _SECOND + self.elapsed
        connection.execute("UPDATE entry SET added = ? WHERE added < 0", (now,))
        return found
