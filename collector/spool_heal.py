"""Healing the spool's file: what is whole is kept, the broken file is moved aside.

The healed copy is made whole beside the broken file and takes its place in steps that can be taken
again, so that a power cut in the midst of healing loses nothing either. The caller holds the gate.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from collector.entry import SEPARATOR, checksum
from collector.spool_carve import carve
from collector.spool_schema import COLUMNS, boot_checksum, connect, insert, text
from influx.disk import sync_file, sync_folder

logger = logging.getLogger(__name__)

_SIDES = ("-wal", "-shm", "")
_KEEP_ASIDE = 2
_NO_ID = 2**63 - 1
_FEWEST_COUNTERS = 6
"""Of a file made before readings could wait for the clock."""
_BOOT_COLUMNS = len(COLUMNS["boot"].split(","))
_BROKEN = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What SQLite may say of a broken file; the second where its sentence quotes bytes that are no text."""
_INSERT = {table: insert(table, "IGNORE") for table in ("entry", "undated", "dead", "boot")}


def heal(path: Path) -> None:
    """Put a sound file in the place of ``path``, with every entry and dead letter that can be read.

    The broken one is kept as ``<name>.damaged-<n>`` (the newest two). The counters go on where they were;
    lines known to be lost count as dropped, and ``healed`` grows by one.
    """
    draft = _beside(path, ".draft")
    _remove(draft)
    connection = connect(draft)
    try:
        lines, lost = _copy(path, connection)
    finally:
        connection.close()
    sync_file(draft)
    draft.replace(_beside(path, ".healed"))
    sync_folder(path.parent)
    aside = finish(path)
    gone = "how many are lost cannot be told" if lost is None else f"{lost} are lost"
    logger.error("%s was damaged and is moved aside to %s; %d lines are kept, %s", path, aside, lines, gone)


def pending(path: Path) -> bool:
    """Whether a healed copy waits to take the place of ``path``."""
    return _beside(path, ".healed").exists()


def finish(path: Path) -> str:
    """Let a healed copy take the place of ``path``, and say what that is called now.

    Nothing happens where there is no copy, and the name is empty.
    """
    if not pending(path):
        return ""
    numbers = sorted(_damaged_numbers(path))
    aside = _beside(path, f".damaged-{(numbers or [0])[-1] + 1}")
    for side in _SIDES:  # the log first: beside the healed file it would be taken for its own
        with contextlib.suppress(FileNotFoundError):
            _beside(path, side).rename(_beside(aside, side))
    _beside(path, ".healed").replace(path)
    sync_folder(path.parent)
    for number in numbers[: -(_KEEP_ASIDE - 1)]:
        _remove(_beside(path, f".damaged-{number}"))
    return aside.name


def _copy(path: Path, target: sqlite3.Connection) -> tuple[int, int | None]:
    """How many lines were kept, and how many are lost: None where the file cannot tell."""
    target.execute("BEGIN")
    with contextlib.closing(_open_broken(path)) as source:
        counters = _counters(next(_rows(source, "SELECT * FROM tally"), ()))
        before = counters or [1, 0, 0, 0, 0, 0, 0, 0]
        next_id, waiting, accepted, rejected, dropped, healed, undated, dated = before
        _copy_entries(source, path, target, "entry", above=0, waiting=waiting)
        # Where none waits for its time, all that raw pages still hold of such was dated long ago.
        none_waits = bool(counters) and undated == 0
        above = _NO_ID if none_waits else dated
        _copy_entries(source, path, target, "undated", above=above, waiting=undated)
        _copy_others(source, target)
    count = "SELECT coalesce(max(id), 0), coalesce(sum(lines), 0) FROM "
    highest, lines = target.execute(f"{count} entry").fetchone()
    highest_undated, lines_undated = target.execute(f"{count} undated").fetchone()
    lost = max(0, waiting - lines) + max(0, undated - lines_undated)
    target.execute(
        "UPDATE tally SET next_id = ?, waiting = ?, accepted = ?, rejected = ?, dropped = ?, healed = ?,"
        " undated = ?, dated = ?",
        (
            max(next_id, highest + 1, highest_undated + 1),
            lines,
            accepted,
            rejected,
            dropped + lost,
            healed + 1,
            lines_undated,
            dated,
        ),
    )
    target.execute("COMMIT")
    return lines + lines_undated, lost if counters else None


def _counters(row: Sequence[object]) -> list[int]:
    """The counters as ``COLUMNS`` has them; an older file has fewer. None of them where they are torn."""
    most = len(COLUMNS["tally"].split(","))
    counters = [value for value in row[:most] if isinstance(value, int) and value >= 0]
    torn = len(counters) < min(len(row), most) or len(counters) < _FEWEST_COUNTERS
    return [] if torn else counters + [0] * (most - len(counters))


def _copy_others(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Dead letters with their numbers, which are never given again, and what is known of boots."""
    for row in _rows(source, f"SELECT {COLUMNS['dead']} FROM dead ORDER BY id"):  # noqa: S608
        with contextlib.suppress(sqlite3.DatabaseError):
            target.execute(_INSERT["dead"], row)
    for (highest,) in _rows(source, "SELECT seq FROM sqlite_sequence WHERE name = 'dead'"):
        if isinstance(highest, int):
            target.execute("DELETE FROM sqlite_sequence WHERE name = 'dead' AND seq < ?", (highest,))
            target.execute(
                "INSERT INTO sqlite_sequence SELECT 'dead', ? WHERE NOT EXISTS"
                " (SELECT 1 FROM sqlite_sequence WHERE name = 'dead')",
                (highest,),
            )
    for row in _rows(source, "SELECT * FROM boot ORDER BY number"):
        with contextlib.suppress(sqlite3.DatabaseError):  # a file made before has no checksum of it
            target.execute(_INSERT["boot"], row if len(row) == _BOOT_COLUMNS else (*row, boot_checksum(row)))


def _copy_entries(
    source: sqlite3.Connection,
    path: Path,
    target: sqlite3.Connection,
    table: str,
    *,
    above: int,
    waiting: int,
) -> None:
    """From both ends towards the damage, as far as SQLite gets; what lies between, from the raw pages.

    Of those only ids ``above``, and none that is there already, as an entry that was undated once. Where
    SQLite finds fewer lines than are ``waiting``, and no broken row accounts for it, it reads the table from
    a wrong place: then all is in the raw pages.
    """
    columns = COLUMNS[table]
    first, last = 0, _NO_ID
    whole = False
    try:
        kept = []
        ids = [number for (number,) in source.execute(f"SELECT id FROM {table} WHERE id > 0 ORDER BY id")]  # noqa: S608
        rows = source.execute(f"SELECT {columns} FROM {table} WHERE id > 0 ORDER BY id")  # noqa: S608
        for first, row in zip(_in_order(ids), rows, strict=True):
            kept.append(_keep(target, table, (first, *row[1:])))
        whole = sum(kept) >= waiting or (0 in kept and any(kept))
        first = first if whole else 0
    except _BROKEN:
        for row in _rows(source, f"SELECT {columns} FROM {table} WHERE id > 0 ORDER BY id DESC"):  # noqa: S608
            if row[0] <= first:
                break
            _keep(target, table, row)
            last = row[0]
    if not whole:
        for found in carve(path, _beside(path, "-wal")):
            row = found.row
            if target.execute("SELECT 1 FROM entry WHERE id = ?", (found.id,)).fetchone():
                continue
            if max(first, above) < found.id < last and (row.boot is None) == (table == "entry"):
                boot = () if row.boot is None else (row.boot,)
                rest = (row.measurement, row.rank, row.lines, found.added, row.checksum, row.body)
                _keep(target, table, (found.id, *boot, *rest))


def _in_order(ids: Sequence[int]) -> list[int]:
    """``ids`` as they lie in the file, one out of order as it must be between its neighbours.

    No checksum covers them, and with a bit changed one may be that of another row, which would be lost.
    """
    mended = list(ids)
    for place in range(1, len(mended) - 1):
        before, here, after = mended[place - 1 : place + 2]
        if before + 1 < after and not before < here < after:
            mended[place] = before + 1
    return mended


def _keep(target: sqlite3.Connection, table: str, row: tuple[Any, ...]) -> int:
    """Take over an entry that is what was added; others stay in the file that is moved aside.

    Returns how many lines it has, 0 where it is not kept.
    """
    boot = row[1] if table == "undated" else None
    measurement, rank, _lines, _added, expected, body = row[-6:]
    good = isinstance(measurement, str) and isinstance(body, bytes) and isinstance(rank, int)
    if not good or checksum(measurement, body, boot) != expected:
        return 0
    target.execute(_INSERT[table], row)
    return int(body.count(SEPARATOR)) + 1


def _open_broken(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = text
    with contextlib.suppress(*_BROKEN):
        # Lets SQLite open a file that is shorter than its header says.
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def _rows(source: sqlite3.Connection, query: str) -> Iterator[tuple]:  # type: ignore[type-arg]
    with contextlib.suppress(*_BROKEN):
        yield from source.execute(query)


def _damaged_numbers(path: Path) -> Iterator[int]:
    for found in path.parent.glob(f"{path.name}.damaged-*"):
        number = found.name.rpartition("-")[2]
        if number.isdigit():
            yield int(number)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _remove(path: Path) -> None:
    for side in _SIDES:
        _beside(path, side).unlink(missing_ok=True)
