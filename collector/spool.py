"""The durable queue that every point of a node goes through, one SQLite file with many adders.

What ``add`` promises: when it returns, the points survive the death of any process. With ``durable`` they
are on the disk and survive a power cut; otherwise a power cut can take at most the last second, because
the log is synced once a second while there is something new. Points are given up only for want of room
or for their age, telemetry before events before what people wrote, and every one is counted.
"""

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from collector import dead_letters, undated
from collector.boots import Boot, find
from collector.clock import Clock, SystemClock
from collector.config import SpoolSection
from collector.dead_letters import DeadLetter, Which
from collector.drain import Drain
from collector.entry import MOST_LINES, TELEMETRY, Row, pack
from collector.file_lock import FileLock
from collector.redate import ClockError
from collector.spool_file import SpoolError, SpoolFile, SpoolUnavailable
from collector.spool_schema import bytes_used, insert
from collector.spool_time import SpoolTime
from collector.syncer import Syncer
from influx import points as line_protocol
from influx.points import Point

__all__ = [
    "DeadLetter",
    "Spool",
    "SpoolError",
    "SpoolStatus",
    "SpoolUnavailable",
    "Which",
    "open_spool",
    "spool_path",
]

_AGE_CHECK_SECONDS = 60
_NEXT_ID = (
    "SELECT max(next_id, (SELECT coalesce(max(id), 0) + 1 FROM entry),"
    " (SELECT coalesce(max(id), 0) + 1 FROM undated)) FROM tally"
)
_OLDEST = (
    "SELECT * FROM (SELECT id, rank, 'entry' AS name FROM entry ORDER BY rank, id LIMIT 1) UNION ALL"
    " SELECT * FROM (SELECT id, rank, 'undated' AS name FROM undated ORDER BY rank, id LIMIT 1)"
    " ORDER BY rank, id LIMIT 1"
)
_LINES = "iif(typeof(lines) = 'integer', max(lines, 1), 1)"
"""A number, whatever one changed bit has made of it; it makes no other type of what is not 1."""
_AGED = "SELECT id, added FROM entry WHERE rank = ? ORDER BY id LIMIT 1000"
_AGED_IDS = f"SELECT id FROM ({_AGED}) WHERE added >= 0 AND added < ?"  # noqa: S608 - our own words
_DROP_AGED = f"DELETE FROM entry WHERE id IN ({_AGED_IDS}) RETURNING {_LINES}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """How the spool is doing. ``accepted``, ``rejected`` and ``dropped`` count points since it was made.

    ``depth`` is the points waiting for the store, ``oldest_age`` the seconds the oldest of them has waited,
    ``undated`` the points that wait for the clock to be right before that, ``healed`` how often the file had
    to be healed, ``dead`` the dead letters at hand, ``size`` the bytes in use. ``ages`` says whether what
    is too old is dropped now: only while a time server keeps the clock.
    """

    depth: int
    oldest_age: float
    accepted: int
    rejected: int
    dropped: int
    healed: int
    dead: int
    size: int
    undated: int = 0
    ages: bool = True


@dataclass(slots=True)
class _Ticket:
    """What one caller brought to be committed."""

    rows: Sequence[Row]
    durable: bool
    done: bool = field(default=False, init=False)
    error: Exception | None = field(default=None, init=False)


class Spool:
    """The queue in the file ``path``, which is made where it is missing. Any thread may use it.

    Calls raise ``SpoolUnavailable`` while the file cannot be used (disk full, no permission): nothing of the
    call was taken, try again later.
    """

    def __init__(self, path: Path, limits: SpoolSection, *, clock: Clock | None = None) -> None:
        self._limits = limits
        self.clock = clock or SystemClock()
        self._time = SpoolTime(self.clock)
        self._lease = FileLock(path.with_name(f"{path.name}.lease"))
        self._leasing = threading.Lock()  # protects the lease
        self._file = SpoolFile(path, drained=self._is_drained)
        self._syncer = Syncer(self._file.sync)
        self._queue: list[_Ticket] = []
        self._turn = threading.Condition()  # protects the queue and who commits it
        self._committing = False
        self.added = 0
        """Lines that this process has added."""
        self._aged = -float(_AGE_CHECK_SECONDS)
        _spools.add(self)
        self._file.transact(self._drop_aged)

    def add(self, points: Iterable[Point], *, durable: bool = False, boot: str | None = None) -> None:
        """Take ``points``, all or none; see the module for what that promises.

        With a ``boot`` their times are ns since its start, and they wait until ``place`` and ``date``.
        Raises ``SpoolError`` for an add that takes more than half of the spool.
        """
        by_measurement: dict[str, list[str]] = {}
        for point in points:
            by_measurement.setdefault(point.measurement, []).append(line_protocol.line(point))
        rows = [row for name, lines in by_measurement.items() for row in self._pack(name, lines, boot)]
        self._put(rows, durable)

    def add_lines(self, measurement: str, lines: Sequence[str], *, durable: bool = False) -> None:
        """Take ready lines of line protocol with ns timestamps, all of ``measurement``, as ``add`` does."""
        self._put(self._pack(measurement, lines), durable)

    def count_lost(self, points: int) -> None:
        """Count ``points`` that were lost before anybody could add them as dropped."""
        self._file.transact(
            lambda connection: connection.execute("UPDATE tally SET dropped = dropped + ?", (points,))
        )

    def place(self, *, right: bool) -> Boot:
        """Settle when every boot began that undated readings wait for, and this one, which is returned.

        ``right`` says that the clock is; otherwise this boot's start is as good a guess as can be made.
        """
        return self._file.transact(lambda connection: undated.place(connection, self.clock, right=right))

    def date(self) -> int:
        """Stamp some readings whose boot was placed, so that they can be delivered; 0 where none is left."""
        return self._file.transact(
            lambda connection: undated.date(connection, self._time.seconds(connection))
        )

    def known_boot(self) -> Boot | None:
        """This boot, where its start was known or guessed before."""
        return self._file.transact(lambda connection: find(connection, self.clock.boot))

    def surely_future(self) -> float:
        """Seconds since 1970 after which no point can have been made; inf while nobody knows the time."""
        return self._file.transact(self._time.surely_future)

    def clock_error(self) -> ClockError | None:
        """How wrong the clock was from the start of this boot until a time server put it back, if it was."""
        return self._file.transact(self._time.error)

    def drain(self) -> Drain | None:
        """Become the one that drains, until the ``Drain`` is closed; None while another one is."""
        with self._leasing:
            if not self._lease.held and self._lease.take(wait=False):
                return Drain(self._file, self._lease, self._limits.batch_lines, self.clock.now)
        return None

    def status(self) -> SpoolStatus:
        """How the spool is doing now."""
        return self._file.transact(self._read_status)

    def dead(self, limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters, newest first."""
        return self._file.transact(lambda connection: dead_letters.newest(connection, limit))

    def retry_dead(self, which: Which) -> int:
        """Let dead letters wait for the store again; how many did. Those whose bytes changed stay dead."""
        return self._file.transact(lambda connection: self._retry(connection, which), durable=True)

    def drop_dead(self, which: Which) -> int:
        """Delete dead letters for good; how many. They go on counting as rejected."""
        return self._file.transact(lambda connection: dead_letters.drop(connection, which), durable=True)

    def start_anew(self) -> None:
        """What a forked child does: nobody adds there yet, whatever the parent's threads were doing."""
        self._leasing, self._turn = threading.Lock(), threading.Condition()
        self._queue, self._committing = [], False
        self._syncer = Syncer(self._file.sync)

    def close(self) -> None:
        """Sync what was added and give the file back; a second time does nothing."""
        self._syncer.close()
        self._file.close()
        self._lease.close()

    def _pack(self, measurement: str, lines: Sequence[str], boot: str | None = None) -> list[Row]:
        return list(pack(measurement, lines, min(MOST_LINES, self._limits.batch_lines), boot=boot))

    def _put(self, rows: Sequence[Row], durable: bool) -> None:
        size = sum(len(row.body) for row in rows)
        if size > self._limits.max_bytes // 2:
            raise SpoolError(
                f"{size} bytes of {rows[0].measurement} are more than half of the spool's"
                f" {self._limits.max_bytes}; add them in parts"
            )
        if not rows:
            return
        ticket = _Ticket(rows, durable)
        with self._turn:
            self._queue.append(ticket)
            while self._committing and not ticket.done:
                self._turn.wait()
            tickets = [] if ticket.done else list(self._queue)
            if tickets:
                self._committing = True
                self._queue.clear()
        if tickets:
            self._commit(tickets)
        if ticket.error is not None:
            raise ticket.error
        if not durable:
            self._syncer.touch()

    def _commit(self, tickets: Sequence[_Ticket]) -> None:
        """Commit what callers brought, in one transaction; those who come meanwhile share the next one.

        So a durable add waits for the sync that runs when it comes, at most, and for its own.
        """
        rows = [row for ticket in tickets for row in ticket.rows]
        error: Exception | None = SpoolUnavailable("the add was interrupted")
        try:
            self._file.transact(
                lambda connection: self._insert(connection, rows),
                durable=any(ticket.durable for ticket in tickets),
            )
            error = None
        except Exception as caught:  # noqa: BLE001 - each caller raises it
            error = caught
        finally:
            with self._turn:
                self.added += sum(row.lines for row in rows) if error is None else 0
                for ticket in tickets:
                    ticket.error = error
                    ticket.done = True
                self._committing = False
                self._turn.notify_all()

    def _retry(self, connection: sqlite3.Connection, which: Which) -> int:
        by_measurement = dead_letters.take(connection, which)
        self._insert(
            connection, [row for name, lines in by_measurement.items() for row in self._pack(name, lines)]
        )
        return sum(map(len, by_measurement.values()))

    def _insert(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        first = connection.execute(_NEXT_ID).fetchone()[0]
        now, shown = self._time.seconds(connection), self.clock.now()
        numbered = list(enumerate(rows, first))
        connection.executemany(
            insert("entry"),
            (
                (number, row.measurement, row.rank, row.lines, now, row.checksum, row.body)
                for number, row in numbered
                if row.boot is None
            ),
        )
        connection.executemany(
            insert("undated"),
            (
                (number, row.boot, row.measurement, row.rank, row.lines, shown, row.checksum, row.body)
                for number, row in numbered
                if row.boot is not None
            ),
        )
        later = sum(row.lines for row in rows if row.boot is not None)
        waiting = sum(row.lines for row in rows) - later
        connection.execute(
            "UPDATE tally SET next_id = ?, waiting = waiting + ?, undated = undated + ?",
            (first + len(rows), waiting, later),
        )
        self._make_room(connection)
        if self._time.elapsed - self._aged >= _AGE_CHECK_SECONDS:
            self._drop_aged(connection)

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Dead letters go first, then the oldest telemetry, events last and what people wrote last of all."""
        while bytes_used(connection) > self._limits.max_bytes:
            oldest = "DELETE FROM dead WHERE id = (SELECT min(id) FROM dead) RETURNING id"
            if connection.execute(oldest).fetchone():
                continue
            found = connection.execute(_OLDEST).fetchone()
            if found is None:
                break
            number, _rank, table = found
            drop = f"DELETE FROM {table} WHERE id = ? RETURNING {_LINES}"  # noqa: S608 - our own names
            (lines,) = connection.execute(drop, (number,)).fetchone()
            _count_dropped(connection, lines, "waiting" if table == "entry" else "undated")

    def _drop_aged(self, connection: sqlite3.Connection) -> None:
        """By time that no jump of the clock touches; not while that is not sure, or only just known."""
        self._aged = self._time.elapsed
        self._time.seconds(connection)  # learns it, if it can be known by now
        oldest = self._time.surely_past(connection) - self._limits.max_age.total_seconds()
        if self._aged - self._time.learned < _AGE_CHECK_SECONDS:
            return
        while oldest > 0 and (dropped := connection.execute(_DROP_AGED, (TELEMETRY, oldest)).fetchall()):
            _count_dropped(connection, sum(lines for (lines,) in dropped))

    def _read_status(self, connection: sqlite3.Connection) -> SpoolStatus:
        tally = connection.execute(
            "SELECT waiting, accepted, rejected, dropped, healed, undated FROM tally"
        ).fetchone()
        oldest = connection.execute("SELECT added FROM entry ORDER BY id LIMIT 1").fetchone()
        return SpoolStatus(
            depth=max(0, tally[0]),
            oldest_age=self._time.age(oldest[0], connection) if oldest else 0.0,
            accepted=tally[1],
            rejected=tally[2],
            dropped=tally[3],
            healed=tally[4],
            dead=connection.execute("SELECT count(*) FROM dead").fetchone()[0],
            size=bytes_used(connection),
            undated=max(0, tally[5]),
            ages=self.clock.is_synchronised(),
        )

    def _is_drained(self) -> bool:
        probe = FileLock(self._lease.path)
        try:
            return not probe.take(wait=False)
        finally:
            probe.close()


def open_spool(data_dir: Path, limits: SpoolSection) -> Spool:
    """The spool of the node whose data is in ``data_dir``, the same file for every process of it."""
    return Spool(spool_path(data_dir), limits)


def spool_path(data_dir: Path) -> Path:
    """Where that spool is."""
    return data_dir / "spool.sqlite"


def _count_dropped(connection: sqlite3.Connection, lines: int, where: str = "waiting") -> None:
    connection.execute(f"UPDATE tally SET dropped = dropped + ?, {where} = {where} - ?", (lines, lines))  # noqa: S608


_spools: weakref.WeakSet[Spool] = weakref.WeakSet()


def _start_anew() -> None:
    for spool in list(_spools):
        spool.start_anew()


os.register_at_fork(after_in_child=_start_anew)
