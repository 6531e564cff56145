"""The tables of the spool's SQLite file, and how it is opened."""

import sqlite3
import zlib
from contextlib import closing
from functools import cache
from pathlib import Path

PAGE_SIZE = 4096
_WAL_BYTES = 4 * 1024**2
_BUSY_SECONDS = 10

_DEAD = """
CREATE TABLE dead (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    measurement TEXT NOT NULL,
    line TEXT NOT NULL,
    reason TEXT NOT NULL,
    at REAL NOT NULL
);
"""
TABLES = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    measurement TEXT NOT NULL,
    rank INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    added REAL NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX entry_rank ON entry (rank);
CREATE TABLE tally (
    next_id INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    healed INTEGER NOT NULL
);
INSERT INTO tally VALUES (1, 0, 0, 0, 0, 0);
"""
_TIME_TABLES = """
ALTER TABLE tally ADD COLUMN undated INTEGER NOT NULL DEFAULT 0;
CREATE TABLE undated (
    id INTEGER PRIMARY KEY,
    boot TEXT NOT NULL,
    measurement TEXT NOT NULL,
    rank INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    added REAL NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX undated_rank ON undated (rank);
CREATE TABLE boot (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    start_ns INTEGER NOT NULL,
    seen_ns INTEGER NOT NULL,
    known INTEGER NOT NULL
);
"""
_CHECKED_TABLES = """
ALTER TABLE tally ADD COLUMN dated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE boot ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
"""
"""What came later: files made before are brought up to it when they are opened."""
_NUMBERED_DEAD = f"""
ALTER TABLE dead RENAME TO former_dead;
{_DEAD}
INSERT INTO dead SELECT id, measurement, line, reason, at FROM former_dead;
DROP TABLE former_dead;
"""  # noqa: S608 - our own words
COLUMNS = {
    "entry": "id, measurement, rank, lines, added, checksum, body",
    "dead": "id, measurement, line, reason, at",
    "tally": "next_id, waiting, accepted, rejected, dropped, healed, undated, dated",
    "undated": "id, boot, measurement, rank, lines, added, checksum, body",
    "boot": "number, name, start_ns, seen_ns, known, checksum",
}


def insert(table: str, or_else: str = "") -> str:
    """The statement that puts a row of ``COLUMNS`` into ``table``; ``or_else`` is IGNORE or REPLACE."""
    columns = COLUMNS[table]
    places = ", ".join("?" for _ in columns.split(","))
    return f"INSERT{or_else and f' OR {or_else}'} INTO {table} ({columns}) VALUES ({places})"


class Torn(sqlite3.DatabaseError):
    """The file is a database, but not the one the spool made."""


def connect(path: Path) -> sqlite3.Connection:
    """Open ``path``, with its tables made where they are missing; raises ``sqlite3.DatabaseError``.

    WAL with ``synchronous=NORMAL``: a commit is one write to the log, which the kernel keeps when the
    process is killed; SQLite syncs the log before it copies pages from it into the file, and the file
    before it reuses the log, so a power cut leaves a whole earlier state. Deleted content is not
    overwritten (``secure_delete``): it would double the writes to an SD card.
    """
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.text_factory = text
    try:
        connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA fullfsync=ON")  # macOS: a sync that reaches the disk; nothing elsewhere
        connection.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}")
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("PRAGMA cache_size=-1024")
        _make_tables(connection, path)
    except UnicodeDecodeError as error:  # SQLite's own sentence about it quotes what is broken
        connection.close()
        raise Torn(f"{path} is no spool any more: {error}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def text(data: bytes) -> str:
    """Text of the file, where bits may have changed: what is no UTF-8 fails by its checksum, no sooner."""
    return data.decode(errors="replace")


def _make_tables(connection: sqlite3.Connection, path: Path) -> None:
    try:
        if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
            connection.executescript(f"BEGIN IMMEDIATE;{TABLES}{_DEAD}{_TIME_TABLES}{_CHECKED_TABLES}COMMIT;")
        else:
            _bring_up(connection)
        if (made := _shape(connection)) != (meant := _meant()):
            wrong = ", ".join(table for table in COLUMNS if made[table] != meant[table])
            raise Torn(f"{path} has other tables than a spool: {wrong}")
        tallies = connection.execute(f"SELECT {COLUMNS['tally']} FROM tally").fetchall()  # noqa: S608
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # no such table, no such column
            raise Torn(f"{path} has other tables than a spool: {error}") from error
        raise
    if len(tallies) != 1 or not all(isinstance(count, int) for count in tallies[0]):
        raise Torn(f"{path} has lost its counters")


def _shape(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Each table's columns with their types and keys, as SQLite reads its own statement.

    One bit in that text can make a column of the key: then every row has the id None, and none is ever found.
    """
    return {table: connection.execute(f"PRAGMA table_info({table})").fetchall() for table in COLUMNS}


@cache
def _meant() -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(f"{TABLES}{_DEAD}{_TIME_TABLES}{_CHECKED_TABLES}")
        return _shape(connection)


def _bring_up(connection: sqlite3.Connection) -> None:
    """Give a file that was made before what it lacks, all or nothing."""
    last = [row[1] for row in connection.execute("PRAGMA table_info(tally)")][-1:]
    if last not in (["healed"], ["undated"]):
        return
    times = _TIME_TABLES if last == ["healed"] else ""
    connection.executescript(f"BEGIN IMMEDIATE;{times}{_CHECKED_TABLES}{_NUMBERED_DEAD}")
    for row in connection.execute("SELECT number, name, start_ns, seen_ns, known FROM boot").fetchall():
        connection.execute("UPDATE boot SET checksum = ? WHERE number = ?", (boot_checksum(row), row[0]))
    connection.execute("COMMIT")


def boot_checksum(row: tuple[object, ...]) -> int:
    """CRC-32 over all columns of ``boot`` but the checksum: by its time the age of all that waits is told."""
    return zlib.crc32(repr(row).encode(errors="replace"))


def is_sound(connection: sqlite3.Connection) -> bool:
    """Whether SQLite finds the whole file well-formed (``quick_check``); content has checksums of its own."""
    try:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return False
        raise
    except UnicodeDecodeError:
        return False
    return verdict is not None and verdict[0] == "ok"


def is_damage(error: sqlite3.Error) -> bool:
    """Whether ``error`` says that the file itself is broken, and not that the disk is full, say."""
    if isinstance(error, Torn):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def bytes_used(connection: sqlite3.Connection) -> int:
    """Bytes of the file that hold something, within the transaction too; freed pages are used again."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    free = connection.execute("PRAGMA freelist_count").fetchone()[0]
    return int(pages - free) * PAGE_SIZE
