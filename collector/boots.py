"""What the spool's file remembers of the machine's boots: when each began, as far as was ever known."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from collector.clock import EARLIEST, Clock

_KEPT = 8
"""Boots that are remembered; undated readings of one that was never placed keep it from being forgotten."""
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Boot:
    """A boot began at ``start_ns`` since 1970 and was seen ``seen_ns`` later; a guess where not ``known``."""

    start_ns: int
    seen_ns: int
    known: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """The undated readings of one boot: ns since its start of the first and the last.

    ``shown`` is when the boot began by what the clock showed at the first, right or not.
    """

    first_ns: int
    last_ns: int
    shown_ns: int


def find(connection: sqlite3.Connection, name: str) -> Boot | None:
    """The boot of that name, where its start was known or guessed."""
    query = "SELECT start_ns, seen_ns, known FROM boot WHERE name = ?"
    return _boot(connection.execute(query, (name,)).fetchone())


def last_known(connection: sqlite3.Connection, *, before: str) -> Boot | None:
    """The newest boot but ``before`` whose time was known, or guessed from one that was."""
    query = "SELECT start_ns, seen_ns, known FROM boot WHERE name != ? ORDER BY number DESC LIMIT 1"
    return _boot(connection.execute(query, (before,)).fetchone())


def note(connection: sqlite3.Connection, name: str, boot: Boot) -> None:
    """Remember ``boot``; what was known of it stays known."""
    connection.execute(
        "INSERT INTO boot (name, start_ns, seen_ns, known) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (name) DO UPDATE SET start_ns = iif(known, start_ns, ?2),"
        " seen_ns = max(seen_ns, ?3), known = max(known, ?4)",
        (name, boot.start_ns, boot.seen_ns, int(boot.known)),
    )
    connection.execute(
        "DELETE FROM boot WHERE number <= (SELECT max(number) FROM boot) - ?"
        " AND name NOT IN (SELECT boot FROM undated)",
        (_KEPT,),
    )


def _boot(row: tuple[int, int, int] | None) -> Boot | None:
    return Boot(row[0], row[1], bool(row[2])) if row else None


def guess_starts(stretches: Sequence[Stretch], known_ns: int | None, stop_ns: int | None) -> list[int]:
    """When each of some boots in a row began (ns since 1970), as best can be told.

    None began before the one before it was over, nor before ``known_ns``, the last time that was known;
    none has a reading after ``stop_ns``, the start of the boot whose clock is right. Where both cannot be,
    because the clock once ran ahead, the second holds. The clock as it was shown is believed as far as
    these leave it: many machines go on from where they were switched off.
    """
    earliest = int(EARLIEST) * _SECOND
    starts: list[int] = []
    over = known_ns if known_ns is not None else earliest if stop_ns is None else None
    for stretch in stretches:
        candidates = [start for start in (over, stretch.shown_ns) if start is not None and start >= earliest]
        start = max(candidates, default=2**62)
        starts.append(start)
        over = start + stretch.last_ns
    if stop_ns is not None:
        for index in reversed(range(len(starts))):
            starts[index] = min(starts[index], stop_ns - stretches[index].last_ns)
            stop_ns = starts[index]
    return starts


class SpoolTime:
    """Seconds since 1970 that no jump of the clock touches, for the age of what waits.

    They count on from where the clock was when it was first known to be right in this boot, in every
    process alike. Before that they are negative seconds since the start of the boot.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._start_ns: int | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the boot."""
        return self.clock.elapsed_ns() / _SECOND

    def seconds(self, connection: sqlite3.Connection) -> float:
        """The time now; call it within a transaction."""
        if self._start_ns is None:
            self._learn(connection)
        if self._start_ns is None:
            return -self.elapsed
        return self._start_ns / _SECOND + self.elapsed

    def age(self, added: float, connection: sqlite3.Connection) -> float:
        """Seconds since ``added``, as ``seconds`` gave it; at least these where it was an earlier boot."""
        now = self.seconds(connection)
        if now >= 0:
            return max(0.0, now - added) if added >= 0 else 0.0
        return -now if added >= 0 else max(0.0, added - now)

    def _learn(self, connection: sqlite3.Connection) -> None:
        found = find(connection, self.clock.boot)
        if found is None or not found.known:
            if not self.clock.is_right():
                return
            found = self._note(connection)
        self._start_ns = found.start_ns

    def _note(self, connection: sqlite3.Connection) -> Boot:
        elapsed = self.clock.elapsed_ns()
        found = Boot(int(self.clock.now() * _SECOND) - elapsed, elapsed, known=True)
        note(connection, self.clock.boot, found)
        # What was added while the time was not known is as old as if it were added now.
        now = (found.start_ns + elapsed) / _SECOND
        connection.execute("UPDATE entry SET added = ? WHERE added < 0", (now,))
        return found
