"""A broken file: what is whole is kept, the rest is moved aside and counted, and work goes on."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from collector import spool_heal
from collector.entry import pack, unpack
from collector.spool import SpoolStatus, Which
from collector.spool_carve import carve
from influx.lines import parse_line
from tests.collector.lines import START_NS, Clock, climate, drain_of, happening, spool_at, take_all

SIZES = (1, 1, 3, 40, 1, 300, 1, 1, 120, 2)


def fill(folder: Path) -> list[list[str]]:
    """A spool of 60 entries of many sizes, of which the first six are delivered; what waits."""
    with spool_at(folder, batch_lines=5000) as spool:
        waiting: list[list[str]] = []
        for number in range(60):
            waiting.append(climate(SIZES[number % len(SIZES)], first=1000 * number))
            spool.add_lines("environment", waiting[-1])
        with drain_of(spool) as drain:
            drain.accept(drain.batch()[:6])
        return waiting[6:]


def reopen(folder: Path) -> tuple[list[str], SpoolStatus]:
    """What the spool still delivers, and its status before; it must take new lines, too."""
    with spool_at(folder) as spool:
        status = spool.status()
        left = take_all(spool)
        spool.add_lines("pet_event", [happening(1)])
        assert take_all(spool) == [happening(1)], "the healed spool does not work"
        return left, status


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[list[str]]]:
    """The bytes of a closed spool, and the entries that wait in it."""
    folder = tmp_path_factory.mktemp("filled")
    waiting = fill(folder)
    return (folder / "spool.sqlite").read_bytes(), waiting


def check_kept(left: list[str], waiting: list[list[str]], what: str) -> int:
    """Every entry is there whole or not at all, each once and in order; returns how many lines are."""
    whole = {entry[0]: entry for entry in waiting}
    position, kept = 0, []
    while position < len(left):
        entry = whole.get(left[position])
        assert entry is not None, f"{what}: {left[position]!r} starts no entry that waited"
        assert left[position : position + len(entry)] == entry, f"{what}: part of an entry came back"
        kept.append(waiting.index(entry))
        position += len(entry)
    assert kept == sorted(set(kept)), f"{what}: entries came twice or out of order"
    return len(left)


def test_a_truncated_file_gives_every_entry_that_is_left(
    tmp_path: Path, filled: tuple[bytes, list[list[str]]], rounds: int, chance: random.Random
) -> None:
    content, waiting = filled
    total = sum(len(entry) for entry in waiting)
    most = 0
    for number in range(4 * rounds):
        cut = chance.randrange(1, len(content))
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "spool.sqlite").write_bytes(content[:cut])
        left, status = reopen(folder)
        what = f"cut at {cut} of {len(content)}"
        kept = check_kept(left, waiting, what)
        assert status.healed == 1, what
        assert status.depth == kept, what
        assert (folder / "spool.sqlite.damaged-1").exists(), f"{what}: the broken file is gone"
        most = max(most, kept)
    assert most > total / 4, "hardly anything is ever kept"


def test_half_of_a_file_gives_about_half_of_its_lines(
    tmp_path: Path, filled: tuple[bytes, list[list[str]]]
) -> None:
    content, waiting = filled
    (tmp_path / "spool.sqlite").write_bytes(content[: len(content) * 6 // 10])
    left, status = reopen(tmp_path)
    total = sum(len(entry) for entry in waiting)
    assert 0.2 * total < check_kept(left, waiting, "cut at 60 %") < 0.8 * total
    assert status.dropped == total - len(left), "what was lost is not counted"


def test_flipped_bits_cost_the_entries_they_hit_and_no_others(
    tmp_path: Path, filled: tuple[bytes, list[list[str]]], rounds: int, chance: random.Random
) -> None:
    content, waiting = filled
    total = sum(len(entry) for entry in waiting)
    for number in range(8 * rounds):
        place = chance.randrange(2 * 4096, len(content))
        body = bytearray(content)
        body[place] ^= 1 << chance.randrange(8)
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "spool.sqlite").write_bytes(body)
        left, _status = reopen(folder)
        with spool_at(folder) as spool:
            status = spool.status()
        kept = check_kept(left, waiting, f"bit at {place}")
        assert kept >= total - 700, f"a bit at {place} cost {total - kept} of {total} lines"
        assert kept == total or status.rejected + status.dropped > 0 or status.healed, "a loss is not counted"


def test_a_changed_id_costs_no_entry_its_place(tmp_path: Path, filled: tuple[bytes, list[list[str]]]) -> None:
    content, waiting = bytearray(filled[0]), filled[1]
    # The entry's line, before it the header of its record, and before that, in one byte, its id.
    row = content.index(waiting[22][0].encode())
    place = content.rindex(bytes([29]), row - 40, row)
    content[place] ^= 2  # now that of the one after the next
    (tmp_path / "spool.sqlite").write_bytes(content)
    left, _status = reopen(tmp_path)
    assert left == [line for entry in waiting for line in entry]


@pytest.mark.parametrize(
    ("name", "smash"),
    [
        ("no database at all", lambda content: b"\x00" * len(content)),
        ("an empty file", lambda _content: b""),
        ("text", lambda _content: b"hello, this is not a database\n" * 400),
        (
            "another database's header",
            lambda content: b"SQLite format 3\x00" + b"\xff" * 4080 + content[4096:],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_lies_there_the_spool_opens_and_works(
    tmp_path: Path,
    filled: tuple[bytes, list[list[str]]],
    name: str,
    smash: Callable[[bytes], bytes],
) -> None:
    (tmp_path / "spool.sqlite").write_bytes(smash(filled[0]))
    reopen(tmp_path)


def test_entries_are_found_in_raw_pages_when_the_tables_are_gone(
    tmp_path: Path, filled: tuple[bytes, list[list[str]]]
) -> None:
    content, waiting = filled
    (tmp_path / "spool.sqlite").write_bytes(b"\x00" * 4096 + content[4096:])
    left, status = reopen(tmp_path)
    found = set(left)
    missing = [entry for entry in waiting if not set(entry) <= found]
    assert not missing, f"{len(missing)} of {len(waiting)} entries were not found"
    assert status.healed == 1


def test_a_file_with_other_tables_is_moved_aside(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "spool.sqlite") as connection:
        connection.execute("CREATE TABLE entry (id INTEGER, something TEXT)")
    connection.close()
    _left, status = reopen(tmp_path)
    assert status.healed == 1


def test_a_lost_log_costs_its_lines_but_not_the_spool(tmp_path: Path) -> None:
    live, cut = tmp_path / "live", tmp_path / "cut"
    with spool_at(live) as spool:
        for number in range(40):
            spool.add_lines("environment", climate(30, first=30 * number))
        shutil.copytree(live, cut)
    log = cut / "spool.sqlite-wal"
    log.write_bytes(log.read_bytes()[: log.stat().st_size * 2 // 3])
    (cut / "spool.sqlite-shm").unlink()
    left, _status = reopen(cut)
    assert left == climate(1200)[: len(left)], "what is left is not the beginning of what was added"
    assert len(left) >= 600


def test_entries_that_only_the_log_holds_are_found_in_its_pages(tmp_path: Path) -> None:
    live, cut = tmp_path / "live", tmp_path / "cut"
    with spool_at(live) as spool:
        for number in range(40):
            spool.add_lines("environment", climate(30, first=30 * number))
        shutil.copytree(live, cut)
    found = {each.id: each for each in carve(cut / "spool.sqlite", cut / "spool.sqlite-wal")}
    assert sorted(found) == list(range(1, 41))
    row = found[7].row
    assert unpack(row.measurement, row.checksum, row.body, row.lines) == tuple(climate(30, first=180))
    assert not list(carve(cut / "spool.sqlite", cut / "no log"))


def test_changed_bytes_become_a_dead_letter(tmp_path: Path) -> None:
    fill(tmp_path)
    with sqlite3.connect(tmp_path / "spool.sqlite") as connection:
        connection.execute("UPDATE entry SET body = X'00FF80' WHERE id = 20")
    connection.close()
    with spool_at(tmp_path) as spool:
        take_all(spool)
        (letter,) = spool.dead()
        assert letter.reason == "its bytes changed on the disk"
        assert spool.status().depth == 0


def test_no_bit_of_the_schema_costs_anything_that_waits(
    tmp_path: Path, filled: tuple[bytes, list[list[str]]], rounds: int, chance: random.Random
) -> None:
    """With bit 7 SQLite's complaint quotes what is no UTF-8; with others it reads another table than ours."""
    content, waiting = filled
    statement = content.index(b"CREATE TABLE entry")
    key = content.index(b"PRIMARY KEY", statement)
    # Ids of None; another page; a leaf; one counter more.
    spoilt = [(key + 5, 4), (statement - 1, 2), (statement - 1, 6), (content.index(b"healed INT") + 3, 6)]
    spoilt += [(place, 7) for place in chance.sample(range(content.index(b"CREATE"), 4096), rounds)]
    spoilt += [(chance.randrange(content.index(b"CREATE"), 4096), chance.randrange(8)) for _ in range(rounds)]
    for number, (place, bit) in enumerate(spoilt):
        body = bytearray(content)
        body[place] ^= 1 << bit
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "spool.sqlite").write_bytes(body)
        left, _status = reopen(folder)
        lost = {line for entry in waiting for line in entry} - set(left)
        assert not lost, f"bit {bit} at {place}: {len(lost)} lines are lost"
        assert len(left) == sum(map(len, waiting)), f"bit {bit} at {place}: some came twice"


def test_a_measurement_that_is_no_text_any_more_is_a_dead_letter_and_holds_up_no_other(
    tmp_path: Path, filled: tuple[bytes, list[list[str]]]
) -> None:
    content, waiting = bytearray(filled[0]), filled[1]
    content[content.rindex(b"environment")] ^= 0x80
    (tmp_path / "spool.sqlite").write_bytes(content)
    left, _status = reopen(tmp_path)
    total = sum(map(len, waiting))
    assert total - 300 <= check_kept(left, waiting, "one measurement broken") < total
    with spool_at(tmp_path) as spool:
        assert spool.status().rejected + spool.status().dropped == total - len(left)


def test_who_has_the_file_open_while_it_is_healed_goes_on_with_the_healed_one(tmp_path: Path) -> None:
    with spool_at(tmp_path) as first, spool_at(tmp_path) as second:
        first.add_lines("environment", climate(3))
        second.add_lines("environment", climate(3, first=3))
        spool_heal.heal(tmp_path / "spool.sqlite")
        first.add_lines("environment", climate(3, first=6))
        second.add_lines("environment", climate(3, first=9))
        assert take_all(second) == climate(12)
        assert first.status().healed == 1


@pytest.mark.parametrize("side", ["before any move", "log moved", "file moved"])
def test_healing_that_was_cut_off_is_finished_at_the_next_start(tmp_path: Path, side: str) -> None:
    waiting = fill(tmp_path)
    path = tmp_path / "spool.sqlite"
    shutil.copy(path, tmp_path / "spool.sqlite.healed")
    (tmp_path / "spool.sqlite-wal").write_bytes(b"torn")
    if side != "before any move":
        (tmp_path / "spool.sqlite-wal").rename(tmp_path / "spool.sqlite.damaged-1-wal")
    if side == "file moved":
        path.rename(tmp_path / "spool.sqlite.damaged-1")
    left, _status = reopen(tmp_path)
    assert left == [line for entry in waiting for line in entry]
    assert not (tmp_path / "spool.sqlite.healed").exists()


def test_only_the_newest_broken_files_are_kept(tmp_path: Path) -> None:
    for _ in range(4):
        fill(tmp_path)
        spool_heal.heal(tmp_path / "spool.sqlite")
    kept = sorted(path.name for path in tmp_path.glob("*.damaged-*"))
    assert kept == ["spool.sqlite.damaged-3", "spool.sqlite.damaged-4"]
    with spool_at(tmp_path) as spool:
        assert spool.status().healed == 4


FORMER = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, rank INTEGER NOT NULL, lines INTEGER NOT NULL,
    added REAL NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX entry_rank ON entry (rank);
CREATE TABLE dead (
    id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, line TEXT NOT NULL, reason TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE TABLE tally (
    next_id INTEGER NOT NULL, waiting INTEGER NOT NULL, accepted INTEGER NOT NULL, rejected INTEGER NOT NULL,
    dropped INTEGER NOT NULL, healed INTEGER NOT NULL
);
INSERT INTO tally VALUES (1, 0, 0, 0, 0, 0);
"""
"""The tables as they were before readings could wait for the clock."""


FORMER_TIMES = """
ALTER TABLE tally ADD COLUMN undated INTEGER NOT NULL DEFAULT 0;
CREATE TABLE undated (
    id INTEGER PRIMARY KEY, boot TEXT NOT NULL, measurement TEXT NOT NULL, rank INTEGER NOT NULL,
    lines INTEGER NOT NULL, added REAL NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX undated_rank ON undated (rank);
CREATE TABLE boot (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, start_ns INTEGER NOT NULL,
    seen_ns INTEGER NOT NULL, known INTEGER NOT NULL
);
"""
"""What they had beside these before boots had checksums."""


def former(folder: Path) -> list[str]:
    """A spool as it was made before, with what waits in it."""
    lines = climate(300)
    rows = list(pack("environment", lines, 10))
    with sqlite3.connect(folder / "spool.sqlite") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(FORMER)
        connection.executemany(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (5 + number, row.measurement, row.rank, row.lines, START_NS / 1e9, row.checksum, row.body)
                for number, row in enumerate(rows)
            ],
        )
        connection.execute(
            "UPDATE tally SET next_id = 99, waiting = 300, accepted = 7, rejected = 2, dropped = 1"
        )
    connection.close()
    return lines


def test_a_spool_made_before_readings_could_wait_for_the_clock_goes_on(tmp_path: Path) -> None:
    lines = former(tmp_path)
    left, status = reopen(tmp_path)
    assert left == lines
    assert (status.accepted, status.rejected, status.dropped, status.healed) == (7, 2, 1, 0)


def test_such_a_spool_is_healed_too_and_counts_on(tmp_path: Path) -> None:
    lines = former(tmp_path)
    path = tmp_path / "spool.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 3 * 4096])
    left, status = reopen(tmp_path)
    assert 0 < len(left) < len(lines)
    assert set(left) <= set(lines)
    assert status.healed == 1
    assert (status.accepted, status.rejected) == (7, 2)
    assert status.dropped == 1 + len(lines) - len(left)


def test_a_boot_and_dead_letters_of_a_spool_made_before_stay_and_numbers_are_not_given_again(
    tmp_path: Path,
) -> None:
    former(tmp_path)
    with sqlite3.connect(tmp_path / "spool.sqlite") as connection:
        connection.executescript(FORMER_TIMES)
        connection.execute("INSERT INTO boot VALUES (1, 'boot-0', 1700000000000000000, 5, 1)")
        connection.execute("INSERT INTO dead VALUES (7, 'environment', 'a line', 'no', 1.0)")
    connection.close()
    with spool_at(tmp_path) as spool:
        boot = spool.known_boot()
        assert boot is not None
        assert boot.start_ns == 1_700_000_000_000_000_000
        assert [letter.id for letter in spool.dead()] == [7]
        assert spool.drop_dead(Which()) == 1
    spool_heal.heal(tmp_path / "spool.sqlite")
    with spool_at(tmp_path) as spool:
        assert spool.known_boot() == boot
        with drain_of(spool) as drain:
            entries = drain.batch()
            drain.reject(entries, [(entries[0].lines[0], "no")])
        assert [letter.id for letter in spool.dead()] == [8], "a number was given again"


def test_what_was_dated_long_ago_does_not_come_back(tmp_path: Path) -> None:
    clock = Clock(1000, right=False)
    with spool_at(tmp_path, clock) as spool:
        made = [parse_line(line.removesuffix("000000") + "000") for line in climate(40)]
        for point in made[:30]:
            spool.add([point], boot=clock.boot)
        spool.place(right=False)
        while spool.date():
            pass
        assert len(take_all(spool)) == 30
        for point in made[30:]:
            spool.add([point], boot=clock.boot)
    path = tmp_path / "spool.sqlite"
    with sqlite3.connect(path) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'undated'").fetchone()
    connection.close()
    content = bytearray(path.read_bytes())
    # The tables are gone, but in a raw page rows lie that were dated.
    content[(page - 1) * 4096] = 0xFF
    path.write_bytes(content)
    with spool_at(tmp_path, clock) as spool:
        assert spool.status().healed == 1
        spool.place(right=False)
        while spool.date():
            pass
        assert len(take_all(spool)) <= 10, "readings that were delivered came back"


def test_an_undated_row_that_is_an_entry_already_is_dated_once(tmp_path: Path) -> None:
    clock = Clock(1000, right=False)
    with spool_at(tmp_path, clock) as spool:
        spool.add([parse_line("environment,location=den,node=pi,sensor=s temperature=20 5")], boot=clock.boot)
        spool._file.transact(
            lambda connection: connection.execute(
                "INSERT INTO entry SELECT id, measurement, rank, lines, added, checksum, body FROM undated"
            )
        )
        spool.place(right=False)
        assert spool.date() == 1
        assert spool.date() == 0
        assert (spool.status().undated, spool.status().depth) == (0, 0)


def change_by(statement: str, connection: sqlite3.Connection) -> None:
    connection.execute(statement)


@pytest.mark.parametrize("wrong", ["''", "2", "0", "'x'", "X'00'"])
def test_a_changed_number_of_lines_holds_up_nothing(tmp_path: Path, wrong: str) -> None:
    clock = Clock(1000, right=False)
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", climate(1))
        spool.add_lines("environment", climate(1, first=1))
        for elapsed in (5, 6):
            line = f"environment,location=den,node=pi,sensor=s temperature=20 {elapsed}"
            spool.add([parse_line(line)], boot=clock.boot)
        for table, number in (("entry", 1), ("undated", 3)):
            change = f"UPDATE {table} SET lines = {wrong} WHERE id = {number}"
            spool._file.transact(partial(change_by, change))
        spool.place(right=False)
        while spool.date():
            pass
        assert len(take_all(spool)) == 2
        status = spool.status()
        assert (status.depth, status.undated, status.accepted, status.rejected) == (0, 0, 2, 2)
        assert {letter.reason for letter in spool.dead()} == {"its bytes changed on the disk"}


def test_a_body_that_is_no_blob_any_more_holds_up_nothing(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        for number in range(2):
            spool.add_lines("environment", climate(1, first=number))
        spool._file.transact(
            lambda connection: connection.execute("UPDATE entry SET body = CAST(body AS TEXT) WHERE id = 1")
        )
        assert take_all(spool) == climate(1, first=1)
        assert (spool.status().rejected, spool.status().depth) == (1, 0)


def test_changed_counters_are_healed(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        spool.add_lines("environment", climate(3))
    with sqlite3.connect(tmp_path / "spool.sqlite") as connection:
        connection.execute("UPDATE tally SET waiting = ''")
    connection.close()
    left, status = reopen(tmp_path)
    assert left == climate(3)
    assert (status.depth, status.healed) == (3, 1)


def test_readings_that_wait_for_the_clock_are_healed_like_all_others(
    tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    clock = Clock(1000, right=False)
    source = tmp_path / "source"
    with spool_at(source, clock) as spool:
        for number in range(40):
            made = [
                parse_line(line.removesuffix("000000") + "000") for line in climate(20, first=20 * number)
            ]
            spool.add(made, boot=clock.boot)
            spool.add_lines("environment", climate(10, first=10_000 + 10 * number))
    content = (source / "spool.sqlite").read_bytes()
    kept = 0
    for number in range(4 * rounds):
        folder = tmp_path / str(number)
        folder.mkdir()
        cut = chance.randrange(3 * 4096, len(content) - 4096)  # the end of the last page may be empty
        (folder / "spool.sqlite").write_bytes(content[:cut])
        with spool_at(folder, clock) as spool:
            status = spool.status()
            assert (status.healed, status.undated % 20, status.depth % 10) == (1, 0, 0), f"cut at {cut}"
            spool.place(right=False)
            while spool.date():
                pass
            left = take_all(spool)
        assert len(left) == status.undated + status.depth, f"cut at {cut}"
        assert len(set(left)) == len(left), f"cut at {cut}: readings came twice"
        assert status.dropped in (0, 1200 - len(left)), f"cut at {cut}: what is lost is not counted"
        kept = max(kept, status.undated)
    assert kept > 200, "hardly any undated reading is ever kept"


def test_a_destroyed_file_does_not_say_that_nothing_is_lost(
    tmp_path: Path, filled: tuple[bytes, list[list[str]]], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "spool.sqlite"
    path.write_bytes(b"no database " * 1000)
    reopen(tmp_path)
    (record,) = caplog.records
    assert record.message == (
        f"{path} was damaged and is moved aside to spool.sqlite.damaged-1; 0 lines are kept,"
        " how many are lost cannot be told"
    )
    caplog.clear()
    again = tmp_path / "again"
    again.mkdir()
    (again / "spool.sqlite").write_bytes(filled[0][: len(filled[0]) * 3 // 4])
    _left, status = reopen(again)
    assert caplog.records[0].message.endswith(f" lines are kept, {status.dropped} are lost")
