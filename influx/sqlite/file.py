"""One SQLite file that several threads and processes use at once, and that heals itself.

A damaged file is put aside, the newest two are kept, and replaced by one with everything that can still
be read. A lock file keeps that apart from writing: whoever writes holds it shared, whoever replaces the
file holds it alone, so nothing is ever written into a file that has just been put aside.
"""

import fcntl
import logging
import os
import re
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from influx.store import Unavailable

logger = logging.getLogger(__name__)

BUSY_SECONDS = 10.0
"""How long a write waits for the writes of other threads and processes."""

_KEEP_ASIDE = 2
_INCOMPLETE = re.compile(r"no such (table|column)|has no column")
_STAMP = r"(\d{8}T\d{6})(?:-wal)?"
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
Answer = TypeVar("Answer")
Work = Callable[[sqlite3.Connection], Answer]


@dataclass(frozen=True, slots=True)
class _Open:
    """A connection, and the inode of the file that it has open."""

    db: sqlite3.Connection
    inode: int | None


class SqliteFile:
    """The file at ``path``, in WAL mode, every write on disk when it returns.

    ``prepare`` makes tables and columns that are missing; ``salvage`` copies what can be read from a
    damaged file to a new one and returns how many rows that were. Raises ``Unavailable`` where the disk
    is full, cannot be reached, or others keep the file busy; now and from ``read`` and ``write``.
    """

    def __init__(
        self,
        path: Path,
        prepare: Callable[[sqlite3.Connection], None],
        salvage: Callable[[sqlite3.Connection, sqlite3.Connection], int],
    ) -> None:
        self._path = path
        self._prepare = prepare
        self._salvage = salvage
        self._idle: deque[_Open] = deque()
        self._ready: int | None = None
        self._closed = False
        self._living(lambda: None)

    def read(self, work: Work[Answer]) -> Answer:
        """The answer of ``work``, which sees one state of the file throughout."""
        return self._living(lambda: self._transaction("BEGIN", work))

    def write(self, work: Work[Answer]) -> Answer:
        """The answer of ``work``, whose changes are all on disk; none of them where it raises."""

        def attempt() -> Answer:
            with self._lock(fcntl.LOCK_SH):
                return self._transaction("BEGIN IMMEDIATE", work)

        return self._living(attempt)

    def close(self) -> None:
        """Close every connection; those at work close when they are done."""
        self._closed = True
        while self._idle:
            self._idle.pop().db.close()

    def _transaction(self, begin: str, work: Work[Answer]) -> Answer:
        opened = self._take()
        try:
            opened.db.execute(begin)
            answer = work(opened.db)
            opened.db.execute("COMMIT")
        except BaseException:
            # Closing rolls back, whatever state the connection is in.
            opened.db.close()
            raise
        self._idle.append(opened)
        if self._closed:
            self.close()
        return answer

    def _take(self) -> _Open:
        inode = self._inode()
        while self._idle:
            try:
                opened = self._idle.pop()
            except IndexError:
                break
            if opened.inode == inode:
                return opened
            opened.db.close()
        with self._lock(fcntl.LOCK_SH):
            inode = self._inode()
            return _Open(_connect(self._path, "rw"), inode)

    def _living(self, attempt: Callable[[], Answer]) -> Answer:
        inode = self._inode()
        try:
            try:
                if inode is None or inode != self._ready:
                    self._make_ready()
                return attempt()
            except sqlite3.DatabaseError as error:
                if _code(error) in _DAMAGE or not self._path.exists():
                    self._heal(inode, error)
                elif _is_incomplete(error):
                    self._make_ready()
                else:
                    raise
                return attempt()
        except (sqlite3.DatabaseError, OSError) as error:
            if isinstance(error, sqlite3.DatabaseError) and not _may_pass(error):
                raise
            raise Unavailable(f"{self._path}: {error}") from error

    def _make_ready(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock(fcntl.LOCK_EX):
            self._put_in_place()
            if not self._path.exists() or self._path.stat().st_size == 0:
                # They belong to a file that was taken away, which others may still have open.
                for suffix in ("-wal", "-shm"):
                    self._beside(suffix).unlink(missing_ok=True)
            with closing(_connect(self._path, "rwc")) as db:
                db.execute("BEGIN IMMEDIATE")
                self._prepare(db)
                db.execute("COMMIT")
            self._ready = self._inode()

    def _heal(self, inode: int | None, error: sqlite3.DatabaseError) -> None:
        with self._lock(fcntl.LOCK_EX):
            # Where the file is another one by now, somebody else was quicker.
            if inode is not None and self._inode() == inode:
                count = self._replace()
                logger.warning(
                    "%s was damaged (%s); %d points could be read and were kept, the rest is in %s.damaged-*",
                    self._path,
                    error,
                    count,
                    self._path.name,
                )
        self._make_ready()

    def _replace(self) -> int:
        healing = self._beside(".healing")
        healing.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(self._path, isolation_level=None)) as old,
            closing(sqlite3.connect(healing, isolation_level=None)) as new,
        ):
            # With it SQLite also opens a file that is shorter than its header says.
            old.execute("PRAGMA writable_schema = ON")
            _sync_fully(new)
            new.execute("BEGIN IMMEDIATE")
            self._prepare(new)
            count = self._salvage(old, new)
            new.execute("COMMIT")
        # From here on the work is complete: whoever comes next finishes it, should we be killed.
        healing.replace(self._beside(".healed"))
        self._put_in_place()
        return count

    def _put_in_place(self) -> None:
        healed = self._beside(".healed")
        if not healed.exists():
            return
        stamp = f".damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        for suffix in ("", "-wal"):
            part = self._beside(suffix)
            if part.exists():
                part.replace(self._beside(stamp + suffix))
        self._beside("-shm").unlink(missing_ok=True)
        healed.replace(self._path)
        self._forget_older_damage()
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _forget_older_damage(self) -> None:
        aside: dict[str, list[Path]] = {}
        for part in self._path.parent.iterdir():
            if found := re.fullmatch(rf"{re.escape(self._path.name)}\.damaged-{_STAMP}", part.name):
                aside.setdefault(found[1], []).append(part)
        for stamp in sorted(aside)[:-_KEEP_ASIDE]:
            for part in aside[stamp]:
                part.unlink(missing_ok=True)

    @contextmanager
    def _lock(self, mode: int) -> Iterator[None]:
        with self._beside(".lock").open("ab") as file:
            fcntl.flock(file, mode)
            yield

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)

    def _inode(self) -> int | None:
        try:
            return self._path.stat().st_ino
        except OSError:
            return None


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        db.execute("PRAGMA journal_mode = WAL")
        _sync_fully(db)
        db.execute(f"PRAGMA journal_size_limit = {64 * 1024**2}")
    except BaseException:
        db.close()
        raise
    return db


def _sync_fully(db: sqlite3.Connection) -> None:
    """Let every commit reach the medium; on macOS the drive's cache is where it would stop otherwise."""
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA fullfsync = ON")


def _code(error: sqlite3.Error) -> int:
    # The lowest byte is the kind of error: https://www.sqlite.org/rescode.html#pve
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _is_incomplete(error: sqlite3.Error) -> bool:
    """Whether a table or column is missing, for instance since somebody emptied the file."""
    return _code(error) == sqlite3.SQLITE_ERROR and _INCOMPLETE.search(str(error)) is not None


def _may_pass(error: sqlite3.Error) -> bool:
    return _code(error) in _PASSING | _DAMAGE or _is_incomplete(error)
