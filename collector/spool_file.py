"""The spool's file as one process has it: transactions one at a time, reopened and healed as needed."""

import contextlib
import ctypes
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from collector import spool_heal
from collector.file_lock import FileLock
from collector.spool_schema import connect, is_damage, is_sound
from influx.disk import sync_file, sync_folder

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]


class SpoolError(Exception):
    """The spool refuses a call, and the message says why."""


class SpoolUnavailable(SpoolError):
    """The file cannot be used now, for instance because the disk is full; try again later."""


class SpoolFile:
    """One SQLite file that threads and processes share.

    All access goes through a lock between processes, the gate, so SQLite itself is never contended: who
    waits is woken in turn, log checkpoints never race with writers (the WAL-reset bug of SQLite before
    3.51.3), and a broken file can be replaced while others have it open; they notice at their next
    transaction. A forked child starts with a connection of its own.
    """

    def __init__(self, path: Path, *, drained: Callable[[], bool]) -> None:
        """``drained`` says whether a process drains the file now, and so has checked it already."""
        self.path = path
        self._drained = drained
        self._gate = FileLock(path.with_name(f"{path.name}.lock"))
        self._mutex = threading.Lock()  # protects all below, and the gate
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._durable = False  # what the connection is set to
        self._closed = False
        _files.add(self)

    def transact(self, work: Work[Result], *, durable: bool = False) -> Result:
        """Run ``work`` in a transaction that is committed before this returns, synced where ``durable``.

        ``work`` may be run again on a healed file. Raises ``SpoolUnavailable``.
        """
        with self._mutex:
            if self._closed:
                raise SpoolError(f"the spool {self.path} was closed")
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self._gate:
                    return self._attempt(work, durable)
            except (sqlite3.DatabaseError, OSError) as error:
                raise SpoolUnavailable(f"the spool {self.path} cannot be used now: {error}") from error

    def sync(self) -> None:
        """Put everything committed so far on the disk; raises ``OSError``.

        In WAL mode commits since the last checkpoint lie in the log, and syncing it makes them last; what
        a checkpoint has moved into the file, SQLite synced itself. SQLite puts no lock on the log, so
        opening and closing it here drops none.
        """
        with contextlib.suppress(FileNotFoundError):
            sync_file(self.path.with_name(f"{self.path.name}-wal"))

    def close(self) -> None:
        """Give the file back; a second time does nothing."""
        with self._mutex:
            if not self._closed:
                self._closed = True
                with self._gate:
                    self._let_go()
                self._gate.close()

    def _attempt(self, work: Work[Result], durable: bool) -> Result:
        connection = self._current()
        try:
            return self._run(connection, work, durable)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        return self._run(self._heal(), work, durable)

    def _run(self, connection: sqlite3.Connection, work: Work[Result], durable: bool) -> Result:
        if durable != self._durable:
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._durable = durable
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result

    def _current(self) -> sqlite3.Connection:
        """The connection to the file that has the path now, and not to one that was moved aside."""
        moved = self._identity != _identity(self.path) or spool_heal.pending(self.path)
        if self._connection is None or moved:
            self._let_go()
            self._open()
        assert self._connection is not None
        return self._connection

    def _open(self) -> None:
        spool_heal.finish(self.path)
        is_new = not self.path.exists()
        try:
            self._connection, self._durable = connect(self.path), False
            self._identity = _identity(self.path)
            sound = self._drained() or is_sound(self._connection)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            sound = False
        if not sound:
            self._heal()
        elif is_new:
            sync_folder(self.path.parent)

    def _heal(self) -> sqlite3.Connection:
        self._let_go()
        spool_heal.heal(self.path)
        self._connection, self._durable = connect(self.path), False
        self._identity = _identity(self.path)
        return self._connection

    def _let_go(self) -> None:
        """Close the connection, unless its file was moved: SQLite would delete the new one's log by name."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._identity == _identity(self.path):
            connection.close()
        else:
            _leave_open(connection)

    def start_anew(self) -> None:
        """What a forked child does: nothing of the parent's may be used or closed there."""
        self._mutex = threading.Lock()
        if self._connection is not None:
            _leave_open(self._connection)
            self._connection = None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _leave_open(connection: sqlite3.Connection) -> None:
    """Keep ``connection`` from ever being closed, by the end of the interpreter neither."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


_files: weakref.WeakSet[SpoolFile] = weakref.WeakSet()


def _start_anew() -> None:
    for file in list(_files):
        file.start_anew()


os.register_at_fork(after_in_child=_start_anew)
