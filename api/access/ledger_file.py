"""The file of the ledger: SQLite that only its owner can read, opened when it is first needed."""

import os
import sqlite3
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from influx.disk import sync_folder

_BUSY_SECONDS = 5.0
_making = threading.Lock()
_SCHEMA = """
CREATE TABLE IF NOT EXISTS user (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, generation TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, secret BLOB NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES user ON DELETE CASCADE,
    created REAL NOT NULL, seen REAL NOT NULL, source TEXT NOT NULL, browser TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS device (
    id TEXT PRIMARY KEY, secret BLOB NOT NULL, name TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, node TEXT,
    created REAL NOT NULL, seen REAL, revoked REAL
) STRICT;
CREATE TRIGGER IF NOT EXISTS a_new_password_ends_sessions AFTER UPDATE OF generation ON user BEGIN
    DELETE FROM session WHERE user = old.name;
END;
"""


class LedgerError(OSError):
    """The ledger of users and devices cannot be used, in one sentence."""


class LedgerFile:
    """The file at ``path``, which is made (0600) when something is first kept; until then it holds nothing.

    Who reads does not wait for who writes: each has a connection, and who only asks never waits for the disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader = _Connection(path)
        self._writer = _Connection(path)

    def close(self) -> None:
        """Close the file; what is asked later opens it again."""
        self._reader.close()
        self._writer.close()

    def _read(self, sql: str, values: Iterable[Any] = ()) -> list[Any]:
        return self._reader.run(sql, values)[0] if self._holds_something() else []

    def _holds_something(self) -> bool:
        """Whether anything was ever kept: a first token without room on the disk leaves an empty file."""
        try:
            return self.path.stat().st_size > 0
        except FileNotFoundError:
            return False

    def _write(self, sql: str, values: Iterable[Any]) -> int:
        """How many rows were changed; raises ``sqlite3.IntegrityError`` where a name is taken."""
        return self._writer.run(sql, values)[1]


class _Connection:
    """One connection, opened at first need and used by one thread after the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None

    def run(self, sql: str, values: Iterable[Any]) -> tuple[list[Any], int]:
        with self._lock:
            try:
                if self._opened is None:
                    self._opened = _open(self._path)
                cursor = self._opened.execute(sql, tuple(values))
                return cursor.fetchall(), cursor.rowcount
            except sqlite3.IntegrityError:
                raise
            except (sqlite3.Error, OSError) as error:
                raise LedgerError(
                    f"{self._path}, the list of who may log in, cannot be used: {error}"
                ) from None

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None


def _open(path: Path) -> sqlite3.Connection:
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        sync_folder(path.parent.parent)
    with _making, suppress(FileExistsError):
        # Closing any handle of a file that is a database already would drop the locks that this process has
        # on it (https://sqlite.org/howtocorrupt.html, 2.2); a command would then take its log away.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {setting}")
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection
