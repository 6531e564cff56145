"""What the spool's file remembers of the machine's boots: when each began, as far as was ever known."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from collector.clock import EARLIEST
from collector.spool_schema import COLUMNS, boot_checksum, insert

_KEPT = 8
"""Boots that are remembered; undated readings of one that was never placed keep it from being forgotten."""
_SECOND = 1_000_000_000
_Columns = tuple[int, str, int, int, int]
"""Number, name, start, when it was seen last, and whether that is known."""


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
    rows = _rows(connection, "WHERE name = ?", name)
    return _boot(rows[0]) if rows else None


def last_known(connection: sqlite3.Connection, *, before: str) -> Boot | None:
    """The newest boot but ``before`` whose time was known, or guessed from one that was."""
    rows = _rows(connection, "WHERE name != ? ORDER BY number DESC", before)
    return _boot(rows[0]) if rows else None


def note(connection: sqlite3.Connection, name: str, boot: Boot) -> None:
    """Remember ``boot``; what was known of it stays known. Boots are noted in their order."""
    rows = _rows(connection, "WHERE name = ?", name)
    if rows:
        number, former = rows[0][0], _boot(rows[0])
        start_ns = former.start_ns if former.known else boot.start_ns
        boot = Boot(start_ns, max(former.seen_ns, boot.seen_ns), former.known or boot.known)
    else:
        (number,) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM boot").fetchone()
    row = (number, name, boot.start_ns, boot.seen_ns, int(boot.known))
    connection.execute(insert("boot", "REPLACE"), (*row, boot_checksum(row)))
    connection.execute(
        "DELETE FROM boot WHERE number <= (SELECT max(number) FROM boot) - ?"
        " AND name NOT IN (SELECT boot FROM undated)",
        (_KEPT,),
    )


def forget_changed(connection: sqlite3.Connection) -> None:
    """Forget boots whose bytes changed on the disk: they are placed anew."""
    _rows(connection, "")


def _rows(connection: sqlite3.Connection, which: str, *values: str) -> list[_Columns]:
    query = f"SELECT {COLUMNS['boot']} FROM boot {which}"  # noqa: S608 - our own words
    good: list[_Columns] = []
    for *columns, expected in connection.execute(query, values).fetchall():
        if boot_checksum(tuple(columns)) == expected:
            good.append(tuple(columns))
        else:
            connection.execute("DELETE FROM boot WHERE number = ?", (columns[0],))
    return good


def _boot(row: _Columns) -> Boot:
    return Boot(row[2], row[3], bool(row[4]))


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
