"""The one that empties the spool: batches oldest first, and what became of each."""

import sqlite3
from collections.abc import Callable, Sequence
from json import dumps
from types import TracebackType

from collector.entry import Damaged, Entry, unpack
from collector.file_lock import FileLock
from collector.spool_file import SpoolError, SpoolFile
from collector.spool_schema import Torn
from influx.buckets import IN_THE_FUTURE

MOST_DEAD = 10_000
"""Dead letters kept; older ones go, the count of rejected points stays. Those that a clock made, which ran
ahead, are good readings and do not go for their number."""
_MOST_BATCH_BYTES = 8_000_000
_REASON_CHARACTERS = 500

_DELETE = "DELETE FROM entry WHERE id IN (SELECT value FROM json_each(?)) RETURNING id"
Broken = tuple[int, object, int, object]
"""Id, measurement, number of lines and body of an entry that is not what was added."""
BROKEN = "its bytes changed on the disk"
_BURY = "INSERT INTO dead (measurement, line, reason, at) VALUES (?, ?, ?, ?)"

_TRIM = "DELETE FROM dead WHERE id <= (SELECT max(id) FROM dead) - ? AND instr(reason, ?) = 0"


class LeaseLost(SpoolError):
    """The drain was closed; another may be delivering the same entries now."""


class Drain:
    """The lease to drain, from ``Spool.drain``. Entries that are neither accepted nor rejected are kept.

    The lease is a kernel lock: it ends with ``close`` or with the process, however that dies, and another
    process can take it at once. One thread at a time.
    """

    def __init__(self, file: SpoolFile, lease: FileLock, batch_lines: int, now: Callable[[], float]) -> None:
        self._file = file
        self._lease = lease
        self.batch_lines = batch_lines
        self._now = now
        self._open = True

    def batch(self) -> list[Entry]:
        """The oldest entries, oldest first: at least one where any waits, about ``batch_lines`` lines."""
        self._check()
        return self._file.transact(self._read)

    def accept(self, entries: Sequence[Entry]) -> None:
        """The store has these entries: they leave the spool. Raises ``LeaseLost``."""
        self.reject(entries, ())

    def reject(self, entries: Sequence[Entry], refused: Sequence[tuple[str, str]]) -> None:
        """The store has these entries but for the ``refused`` lines, each with the reason why.

        All leave the spool, the refused lines for the dead letters. Raises ``LeaseLost``.
        """
        self._check()
        if entries:
            self._file.transact(lambda connection: self._settle(connection, entries, refused))

    def close(self) -> None:
        """Let another drain; a second time does nothing."""
        if self._open:
            self._open = False
            self._lease.release()

    def __enter__(self) -> "Drain":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self) -> None:
        if not (self._open and self._lease.held):
            raise LeaseLost("this drain was closed, and may not settle what another delivers")

    def _read(self, connection: sqlite3.Connection) -> list[Entry]:
        entries: list[Entry] = []
        lines = size = 0
        cursor = connection.execute("SELECT id, measurement, lines, checksum, body FROM entry ORDER BY id")
        broken: list[Broken] = []
        for number, measurement, count, expected, body in cursor:
            try:
                entry = Entry(number, measurement, unpack(measurement, expected, body, count))
            except Damaged as error:
                broken.append((number, measurement, error.lines, body))
                continue
            lines += count
            size += len(body)
            if entries and (lines > self.batch_lines or size > _MOST_BATCH_BYTES):
                break
            entries.append(entry)
        cursor.close()
        bury_broken(connection, broken, at=self._now())
        return entries

    def _settle(
        self, connection: sqlite3.Connection, entries: Sequence[Entry], refused: Sequence[tuple[str, str]]
    ) -> None:
        deleted = connection.execute(_DELETE, (dumps([entry.id for entry in entries]),)).fetchall()
        there = {number for (number,) in deleted}  # without what was dropped for want of room meanwhile
        _check_gone(connection, [entry.id for entry in entries if entry.id not in there])
        lines = sum(len(entry.lines) for entry in entries if entry.id in there)
        accepted = max(0, lines - len(refused))
        _count(connection, accepted=accepted, rejected=len(refused), settled=lines)
        measurement, now = entries[0].measurement, self._now()
        rows = [(measurement, line, reason[:_REASON_CHARACTERS], now) for line, reason in refused]
        connection.executemany(_BURY, rows)
        if refused:
            connection.execute(_TRIM, (MOST_DEAD, IN_THE_FUTURE))


def _check_gone(connection: sqlite3.Connection, missing: Sequence[int]) -> None:
    """Raise ``Torn`` where a row that was not found by its id is there all the same: its place in the file is
    wrong, and it would be delivered for ever.
    """
    scan = "SELECT 1 FROM entry WHERE +id IN (SELECT value FROM json_each(?)) LIMIT 1"
    if missing and connection.execute(scan, (dumps(missing),)).fetchone():
        raise Torn("an entry of the spool is not where its id says")


def bury_broken(connection: sqlite3.Connection, broken: Sequence[Broken], *, at: float) -> None:
    """Bytes that changed on the disk cannot be sent: they are dead letters, for a person to look at."""
    for number, measurement, lines, body in broken:
        connection.execute("DELETE FROM entry WHERE id = ?", (number,))
        text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
        connection.execute(_BURY, (str(measurement), text, BROKEN, at))
        _count(connection, accepted=0, rejected=lines, settled=lines)


def _count(connection: sqlite3.Connection, *, accepted: int, rejected: int, settled: int) -> None:
    connection.execute(
        "UPDATE tally SET accepted = accepted + ?, rejected = rejected + ?, waiting = waiting - ?",
        (accepted, rejected, settled),
    )
