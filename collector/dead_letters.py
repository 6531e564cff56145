"""Lines that the store will never take: looking at them, letting them wait again, deleting them."""

import sqlite3
from dataclasses import dataclass
from json import dumps

from collector.drain import BROKEN
from influx.schema import MEASUREMENTS


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A line that the store refused, why, and when it said so (seconds since 1970)."""

    id: int
    measurement: str
    line: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Which:
    """The dead letters that are meant: those that agree with everything set here; all where nothing is.

    ``reason`` is a part of the reason, in upper or lower case.
    """

    ids: tuple[int, ...] = ()
    measurement: str | None = None
    reason: str | None = None

    def where(self) -> tuple[str, list[object]]:
        """The same as a condition in SQL, with its values."""
        parts: list[tuple[str, object]] = []
        if self.ids:
            parts.append(("id IN (SELECT value FROM json_each(?))", dumps(self.ids)))
        if self.measurement is not None:
            parts.append(("measurement = ?", self.measurement))
        if self.reason is not None:
            parts.append(("instr(lower(reason), lower(?)) > 0", self.reason))
        return " AND ".join(["1", *(text for text, _ in parts)]), [value for _, value in parts]


def newest(connection: sqlite3.Connection, limit: int) -> list[DeadLetter]:
    """The newest, newest first."""
    query = "SELECT id, measurement, line, reason, at FROM dead ORDER BY id DESC LIMIT ?"
    return [DeadLetter(*row) for row in connection.execute(query, (limit,))]


def take(connection: sqlite3.Connection, which: Which) -> dict[str, list[str]]:
    """Take letters out, by measurement in their order, and out of the count of what was rejected.

    Left are those whose bytes changed, which are no lines any more, and words the vocabulary lacks.
    """
    where, values = which.where()
    query = f"SELECT id, measurement, line FROM dead WHERE {where} AND reason != ? ORDER BY id"  # noqa: S608
    taken: dict[str, list[str]] = {}
    for number, measurement, line in connection.execute(query, (*values, BROKEN)).fetchall():
        if measurement in MEASUREMENTS:
            taken.setdefault(measurement, []).append(line)
            connection.execute("DELETE FROM dead WHERE id = ?", (number,))
    connection.execute("UPDATE tally SET rejected = max(0, rejected - ?)", (sum(map(len, taken.values())),))
    return taken


def drop(connection: sqlite3.Connection, which: Which) -> int:
    """Delete letters; how many."""
    where, values = which.where()
    return connection.execute(f"DELETE FROM dead WHERE {where}", values).rowcount  # noqa: S608
