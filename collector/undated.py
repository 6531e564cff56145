"""Giving undated readings their time: exactly where their boot's start became known, else as best can be."""

import sqlite3
from dataclasses import replace

from collector import boots
from collector.boots import Boot, Stretch
from collector.clock import Clock
from collector.drain import Broken, bury_broken
from collector.entry import Damaged, Row, row_of, unpack
from collector.spool_schema import insert
from influx import points
from influx.lines import parse_line
from influx.schema import MEASUREMENTS

_ROWS_AT_ONCE = 100
"""So that who adds meanwhile never waits for long."""

_TAKE = (
    "SELECT undated.id, undated.boot, measurement, rank, lines, undated.checksum, body, start_ns, known"
    " FROM undated JOIN boot ON boot.name = undated.boot ORDER BY undated.id LIMIT ?"
)
_INSERT = insert("entry", "IGNORE")


def place(connection: sqlite3.Connection, clock: Clock, *, right: bool) -> Boot:
    """Say when every boot with undated readings began, and this one.

    ``right`` says that the clock is; else this boot's start is a guess too. Returns this boot.
    """
    elapsed, now_ns = clock.elapsed_ns(), int(clock.now() * 1e9)
    present = boots.find(connection, clock.boot)
    if right and (present is None or not present.known):
        present = Boot(now_ns - elapsed, elapsed, known=True)
    names = [name for name in _names(connection) if name != clock.boot and not boots.find(connection, name)]
    stretches = [_stretch(connection, name) for name in names]
    if present is None:
        names.append(clock.boot)
        stretches.append(Stretch(0, elapsed, now_ns - elapsed))
    before = boots.last_known(connection, before=clock.boot)
    known_ns = before.start_ns + before.seen_ns if before else None
    starts = boots.guess_starts(stretches, known_ns, present.start_ns if present else None)
    for name, start, stretch in zip(names, starts, stretches, strict=True):
        boots.note(connection, name, Boot(start, stretch.last_ns, known=False))
    if present is None:
        present = Boot(starts[-1], elapsed, known=False)
    boots.note(connection, clock.boot, Boot(present.start_ns, elapsed, present.known))
    return present


def date(connection: sqlite3.Connection, added: float) -> int:
    """Move some undated readings whose boot has a start to the entries, stamped; returns how many rows.

    They keep their place in the order. ``added`` is when they count as added.
    """
    boots.forget_changed(connection)
    rows = connection.execute(_TAKE, (_ROWS_AT_ONCE,)).fetchall()
    broken: list[Broken] = []
    taken = twice = 0
    for number, boot, measurement, rank, count, expected, body, start_ns, known in rows:
        connection.execute("DELETE FROM undated WHERE id = ?", (number,))
        try:
            lines = unpack(measurement, expected, body, count, boot=boot)
            row = _dated(measurement, rank, lines, start_ns, estimated=not known)
        except ValueError as error:
            lost = error.lines if isinstance(error, Damaged) else count
            broken.append((number, measurement, lost, body))
            taken += lost
            continue
        taken += row.lines
        values = (number, row.measurement, row.rank, row.lines, added, row.checksum, row.body)
        # One that is an entry already was dated before; healing found it again.
        twice += 0 if connection.execute(_INSERT, values).rowcount else row.lines
    connection.execute(
        "UPDATE tally SET undated = undated - ?, waiting = waiting + ?, dated = max(dated, ?)",
        (taken, taken - twice, max((row[0] for row in rows), default=0)),
    )
    bury_broken(connection, broken, at=added)
    return len(rows)


def _dated(measurement: str, rank: int, lines: tuple[str, ...], start_ns: int, *, estimated: bool) -> Row:
    """One row of ``lines`` whose times, ns since the start of the boot, become ns since 1970."""
    marked = estimated and _can_say_estimated(measurement)
    stamped = []
    for line in lines:
        reading, _, elapsed = (_marked(line) if marked else line).rpartition(" ")
        stamped.append(f"{reading} {start_ns + int(elapsed)}")
    return row_of(measurement, rank, stamped)


def _marked(line: str) -> str:
    """``line``, saying once that its time is a guess; what it said of that itself does not count."""
    if "estimated=" in line:
        point = parse_line(line)
        return points.line(replace(point, fields={**point.fields, "estimated": True}))
    reading, _, elapsed = line.rpartition(" ")
    return f"{reading},estimated=true {elapsed}"


def _can_say_estimated(measurement: str) -> bool:
    known = MEASUREMENTS.get(measurement)  # a later version of Hutch may have added what this one lacks
    return known is not None and any(field.name == "estimated" for field in known.fields)


def _names(connection: sqlite3.Connection) -> list[str]:
    """The boots that have undated readings, in their order."""
    query = "SELECT boot FROM undated GROUP BY boot ORDER BY min(id)"
    return [name for (name,) in connection.execute(query)]


def _stretch(connection: sqlite3.Connection, name: str) -> Stretch:
    first_ns, added = _end(connection, name, "ASC")
    last_ns, _added = _end(connection, name, "DESC")
    return Stretch(first_ns, max(first_ns, last_ns), int(added * 1e9) - first_ns)


def _end(connection: sqlite3.Connection, name: str, order: str) -> tuple[int, float]:
    """Ns since the start of the boot of its first or last reading, and what the clock showed then."""
    query = f"SELECT added, body FROM undated WHERE boot = ? ORDER BY id {order}"  # noqa: S608
    for added, body in connection.execute(query, (name,)):
        text = body.rpartition(b" ")[2] if isinstance(body, bytes) else b""
        if text.isdigit() and isinstance(added, float):
            return int(text), float(added)
    return 0, 0.0
