"""The embedded store on damaged, full, shared and ageing files."""

import itertools
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from influx.config import Retention
from influx.embedded import EXPIRED_AT_ONCE, EmbeddedStore
from influx.points import Point, line, make
from influx.schema import ENVIRONMENT, JOURNAL, PET_EVENT
from influx.sqlite import pages
from influx.sqlite.file import SqliteFile
from influx.store import Rejected, RowQuery, Unavailable
from influx.windows import Window

START = 1_700_000_000
NOW = START + 1000.0
WINDOW = Window(datetime.fromtimestamp(START, UTC), datetime.fromtimestamp(START, UTC) + timedelta(days=7))
PAGE = 4096


def climate(second: float, value: float = 20.0, sensor: str = "a") -> Point:
    tags = {"node": "pi", "sensor": sensor, "location": "nursery"}
    return make(ENVIRONMENT, tags, {"temperature": value}, round((START + second) * 10**9))


@contextmanager
def opened(path: Path, now: float = NOW) -> Iterator[EmbeddedStore]:
    with closing(EmbeddedStore(path, now=lambda: now)) as store:
        yield store


def filled(path: Path, count: int = 3000) -> list[Point]:
    """A closed store with ``count`` points, of two measurements."""
    points = [climate(n, float(n % 100)) for n in range(count)]
    with opened(path) as store:
        store.write("environment", [line(point) for point in points])
        note = make(JOURNAL, {"person": "ada", "entry_type": "food"}, {"note": "hay" * 100}, START * 10**9)
        store.write("journal", [line(note)])
    return points


def everything(store: EmbeddedStore, measurement: str = "environment") -> list[Point]:
    return list(reversed(store.rows(RowQuery(measurement, WINDOW, limit=1_000_000)).points))


def overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def test_points_are_still_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    points = filled(tmp_path / "points.sqlite", 10)
    with opened(tmp_path / "points.sqlite") as store:
        assert everything(store) == points


@pytest.mark.parametrize(("pragma", "value"), [("synchronous", 2), ("fullfsync", 1)])
def test_every_commit_is_synced_to_the_medium_on_every_system(
    tmp_path: Path, pragma: str, value: int
) -> None:
    with closing(SqliteFile(tmp_path / "points.sqlite", lambda db: None, lambda old, new: 0)) as file:
        assert file.write(lambda db: db.execute(f"PRAGMA {pragma}").fetchone()) == (value,)


def test_a_damaged_page_costs_the_points_in_it_and_no_others(
    tmp_path: Path, rounds: int, caplog: pytest.LogCaptureFixture
) -> None:
    for seed in range(rounds):
        caplog.clear()
        path = tmp_path / f"{seed}.sqlite"
        points = filled(path)
        chance = random.Random(seed)
        page = chance.choice(leaves(path))
        overwrite(path, (page - 1) * PAGE, chance.choice((bytes(PAGE), chance.randbytes(PAGE))))
        with opened(path) as store:
            found = everything(store)
            assert set_of(found) <= set_of(points), f"seed {seed} made points up"
            assert len(points) - 150 < len(found) < len(points), f"seed {seed}, page {page}"
            assert [p.fields["note"] for p in everything(store, "journal")] == ["hay" * 100]
            store.write("environment", [line(climate(5000))])
            assert everything(store)[-1] == climate(5000)
        assert len(list(tmp_path.glob(f"{seed}.sqlite.damaged-*"))) == 1
        (record,) = caplog.records
        assert f"{len(found) + 1} points could be read" in record.getMessage()


def leaves(path: Path) -> list[int]:
    """The pages that hold the points themselves: their first byte is 13 in SQLite's file format."""
    data = path.read_bytes()
    full = [n for n in range(1, len(data) // PAGE) if data[n * PAGE] == 13]
    return [n + 1 for n in full if int.from_bytes(data[n * PAGE + 3 : n * PAGE + 5], "big") > 50]


def set_of(points: list[Point]) -> set[str]:
    return {line(point) for point in points}


@pytest.mark.parametrize(
    ("tags", "fields"),
    [
        ({"pet": "gone"}, {}),
        ({"pet": "gone", "event_type": "playing"}, {}),
        ({"event_type": "jumping"}, {}),
        ({}, {"clip_state": "lost"}),
        ({"pet": "gone"}, {"clip_state": "stored"}),
        ({"pet": "miso"}, {}),
    ],
    ids=str,
)
def test_what_a_page_reads_does_not_grow_with_the_points_that_it_passes_over(
    tmp_path: Path, tags: dict[str, str], fields: dict[str, str]
) -> None:
    path = tmp_path / "points.sqlite"
    query = RowQuery("pet_event", WINDOW, tags, fields, limit=5)
    steps = []
    with opened(path) as store:
        for first, count in ((0, 500), (500, 10_000)):
            events = [
                seen(second, "gone" if second < 20 else "miso") for second in range(first, first + count)
            ]
            store.write("pet_event", [line(event) for event in events])
            steps.append(effort(path, query))
    assert steps[1] < 2 * steps[0], "in steps of SQLite's machine, with 500 points and with 10,500"


def seen(second: int, pet: str) -> Point:
    tags = {"camera": "cage", "location": "room", "pet": pet, "event_type": "playing"}
    return make(PET_EVENT, tags, {"clip_state": "pruned"}, round((START + second) * 10**9))


def effort(path: Path, query: RowQuery) -> int:
    """How many tens of steps SQLite's machine takes for a page."""
    steps = itertools.count()

    def step() -> int:
        next(steps)
        return 0

    with closing(sqlite3.connect(path)) as db:
        db.set_progress_handler(step, 10)
        pages.rows(db, query)
    return next(steps) + 5


def test_a_file_cut_short_keeps_what_comes_before_the_cut(tmp_path: Path) -> None:
    path = tmp_path / "points.sqlite"
    points = filled(path, 12_000)
    os.truncate(path, path.stat().st_size * 3 // 4)
    with opened(path) as store:
        found = everything(store)
        assert set_of(found) <= set_of(points)
        assert len(found) > len(points) // 2
        store.write("environment", [line(climate(50_000))])
        assert climate(50_000) in everything(store)


@pytest.mark.parametrize("damage", [b"this is no database" * 1000, b"\0" * 50_000])
def test_a_file_that_is_no_database_is_put_aside(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "points.sqlite"
    path.write_bytes(damage)
    with opened(path) as store:
        store.write("environment", [line(climate(1))])
        assert everything(store) == [climate(1)]
    (aside,) = tmp_path.glob("points.sqlite.damaged-*")
    assert aside.read_bytes() == damage


def test_of_damaged_files_the_newest_two_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "points.sqlite"
    older = [f"points.sqlite.damaged-2026010{day}T000000" for day in (1, 2, 3)]
    others = ["points.sqlite.damaged-mine", "other.sqlite.damaged-20250101T000000", "20250101T000000"]
    for name in (*older, f"{older[0]}-wal", f"{older[2]}-wal", *others):
        (tmp_path / name).touch()
    path.write_bytes(b"damaged" * 5000)
    with opened(path) as store:
        assert everything(store) == []
    left = {found.name for found in tmp_path.iterdir()} - {"points.sqlite", "points.sqlite.lock"}
    kept = {older[2], f"{older[2]}-wal", *others}
    assert kept <= left, f"{kept - left} should be there still"
    (newest,) = left - kept
    assert (tmp_path / newest).read_bytes() == b"damaged" * 5000, "the newest is not the one put aside now"


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    (tmp_path / "points.sqlite").touch()
    with opened(tmp_path / "points.sqlite") as store:
        assert everything(store) == []
    assert not list(tmp_path.glob("*.damaged-*"))


def test_a_file_damaged_while_it_is_open_is_healed_for_everybody(tmp_path: Path) -> None:
    path = tmp_path / "points.sqlite"
    points = filled(path)
    with opened(path) as store, opened(path) as other:
        other.write("environment", [line(climate(4000))])
        assert len(everything(store)) == len(points) + 1
        overwrite(path, (leaves(path)[3] - 1) * PAGE, bytes(PAGE))
        with opened(path) as third:
            assert len(everything(third)) < len(points)
        other.write("environment", [line(climate(5000))])
        store.write("environment", [line(climate(6000))])
        for each in (store, other):
            assert everything(each)[-2:] == [climate(5000), climate(6000)]
    aside = [file for file in tmp_path.glob("*.damaged-*") if not file.name.endswith("-wal")]
    assert len(aside) == 1, "one damage is healed once"


def test_healing_that_was_cut_off_is_finished_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "points.sqlite"
    points = filled(tmp_path / "good.sqlite", 50)
    path.write_bytes(b"damaged" * 5000)
    (tmp_path / "good.sqlite").rename(tmp_path / "points.sqlite.healed")
    (tmp_path / "points.sqlite.healing").write_bytes(b"half of it")
    with opened(path) as store:
        assert everything(store) == points
    assert not (tmp_path / "points.sqlite.healed").exists()
    (aside,) = tmp_path.glob("points.sqlite.damaged-*")
    assert aside.read_bytes() == b"damaged" * 5000


def test_a_file_that_is_taken_away_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "points.sqlite"
    with opened(path) as store:
        store.write("environment", [line(climate(1))])
        for file in tmp_path.glob("points.sqlite*"):
            file.unlink()
        store.write("environment", [line(climate(2))])
        assert everything(store) == [climate(2)]


def empty_by_hand(path: Path) -> None:
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    path.touch()


def drop_the_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE environment")


def drop_a_column(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("ALTER TABLE environment DROP COLUMN temperature")


@pytest.mark.parametrize("lose", [empty_by_hand, drop_the_table, drop_a_column])
@pytest.mark.parametrize("writes_first", [False, True])
def test_a_file_that_loses_its_tables_while_it_is_open_gets_them_again(
    tmp_path: Path, lose: Callable[[Path], None], writes_first: bool
) -> None:
    path = tmp_path / "points.sqlite"
    with opened(path) as store:
        lose(path)
        if not writes_first:
            assert everything(store) == []
            assert store.latest("environment", WINDOW) == []
        store.write("environment", [line(climate(1))])
        assert everything(store) == [climate(1)]


def test_a_file_that_misses_what_nobody_can_give_it_is_unavailable(tmp_path: Path) -> None:
    with (
        closing(SqliteFile(tmp_path / "points.sqlite", lambda db: None, lambda old, new: 0)) as file,
        pytest.raises(Unavailable, match="no such table: elsewhere"),
    ):
        file.read(lambda db: db.execute("SELECT * FROM elsewhere").fetchall())


@pytest.mark.parametrize("lose", [Path.unlink, lambda path: (path.unlink(), path.touch())])
def test_what_is_left_of_a_file_that_was_taken_away_is_no_part_of_the_next(
    tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    path, shared = tmp_path / "points.sqlite", tmp_path / "points.sqlite-shm"
    with opened(path) as other, opened(path) as store:
        other.write("environment", [line(climate(1))])
        with shared.open("rb"):  # so that the next cannot get the same inode
            before = shared.stat().st_ino
            lose(path)
            store.write("environment", [line(climate(2))])
            assert shared.stat().st_ino != before, "two files share the index of their logs"
        assert everything(other) == everything(store) == [climate(2)]


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match=r"points\.sqlite"):
        EmbeddedStore(tmp_path / "file" / "points.sqlite")


def test_columns_of_a_newer_vocabulary_are_added(tmp_path: Path) -> None:
    path = tmp_path / "points.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "CREATE TABLE environment (time INTEGER NOT NULL, location TEXT NOT NULL, node TEXT NOT NULL, "
            "sensor TEXT NOT NULL, temperature REAL, PRIMARY KEY (location, node, sensor, time))"
        )
        db.execute("INSERT INTO environment VALUES (?, 'nursery', 'pi', 'a', 20.0)", (START * 10**9,))
        db.commit()
    with opened(path) as store:
        assert everything(store) == [climate(0)]
        both = make(ENVIRONMENT, climate(0).tags, {"temperature": 21.0, "humidity": 50.0}, START * 10**9)
        store.write("environment", [line(both)])
        assert everything(store) == [both]


def test_a_tag_of_a_newer_vocabulary_is_unknown_in_the_points_before_it(tmp_path: Path) -> None:
    path = tmp_path / "points.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "CREATE TABLE environment (time INTEGER NOT NULL, location TEXT NOT NULL, node TEXT NOT NULL, "
            "temperature REAL, PRIMARY KEY (location, node, time))"
        )
        db.execute("CREATE INDEX environment_time ON environment (time)")
        db.execute("INSERT INTO environment VALUES (?, 'nursery', 'pi', 20.0)", (START * 10**9,))
        db.commit()
    with opened(path) as store:
        assert everything(store) == [climate(0, sensor="unknown")]
        store.write("environment", [line(climate(0))])
        assert everything(store) == [climate(0), climate(0, sensor="unknown")]


def test_points_older_than_their_bucket_keeps_are_refused(tmp_path: Path) -> None:
    late = START + 14 * 86_400.0
    with opened(tmp_path / "points.sqlite", now=late) as store:
        store.write("environment", [line(climate(0))])
        with pytest.raises(Rejected, match="older than readings keeps"):
            store.write("environment", [line(climate(1)), line(climate(-1))])
        assert everything(store) == [climate(0)], "of a batch with a bad line nothing is stored"
        note = make(JOURNAL, {"person": "ada", "entry_type": "food"}, {"note": "hay"}, 0)
        store.write("journal", [line(note)])


def test_a_line_of_another_measurement_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "points.sqlite") as store, pytest.raises(Rejected, match="environment among"):
        store.write("pet_event", [line(climate(1))])


def test_expiring_deletes_what_its_bucket_no_longer_keeps(tmp_path: Path) -> None:
    count = EXPIRED_AT_ONCE + 100
    with opened(tmp_path / "points.sqlite") as store:
        store.write("environment", [line(climate(n / 10)) for n in range(count)])
        tags = {"camera": "cage", "location": "room", "pet": "miso", "event_type": "playing"}
        store.write("pet_event", [line(make(PET_EVENT, tags, {"duration": 1.0}, START * 10**9))])
        assert store.expire(NOW) == {}
        now = START + (count - 10) / 10 + timedelta(days=14).total_seconds()
        assert store.expire(now) == {"environment": count - 10}
        assert everything(store) == [climate(n / 10) for n in range(count - 10, count)]
        assert len(everything(store, "pet_event")) == 1


def test_what_is_kept_for_ever_never_expires(tmp_path: Path) -> None:
    keep = Retention(readings=None)
    with closing(EmbeddedStore(tmp_path / "points.sqlite", retention=keep, now=lambda: NOW)) as store:
        store.write("environment", [line(climate(0))])
        assert store.expire(NOW + 10**9) == {}


def write_batches(path: Path, sensor: str, batches: int) -> None:
    with opened(path) as store:
        for batch in range(batches):
            points = [climate(batch * 100 + n, sensor=sensor) for n in range(100)]
            store.write("environment", [line(point) for point in points])


def test_two_processes_and_two_threads_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "points.sqlite"
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=write_batches, args=(path, name, 20)) for name in ("p", "q")]
    threads = [threading.Thread(target=write_batches, args=(path, name, 20)) for name in ("t", "u")]
    workers: list[threading.Thread | BaseProcess] = [*others, *threads]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [process.exitcode for process in others] == [0, 0]
    with opened(path) as store:
        counts = dict.fromkeys("pqtu", 0)
        for point in everything(store):
            counts[point.tags["sensor"]] += 1
    assert counts == dict.fromkeys("pqtu", 2000)


def test_threads_share_one_store(tmp_path: Path) -> None:
    with opened(tmp_path / "points.sqlite") as store:
        failures: list[Exception] = []

        def work(sensor: str) -> None:
            try:
                for n in range(50):
                    store.write("environment", [line(climate(n, sensor=sensor))])
                    assert store.latest("environment", WINDOW, {"sensor": sensor}) == [
                        climate(n, sensor=sensor)
                    ]
            except Exception as error:  # noqa: BLE001 - whatever it is, the test reports it
                failures.append(error)

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not failures
        assert len(everything(store)) == 200


WRITER = """
import sys, time
from pathlib import Path
from influx.points import line
from tests.influx.test_embedded import climate, opened
with opened(Path(sys.argv[1])) as store:
    for batch in range(100_000):
        store.write("environment", [line(climate(batch * 10 + n)) for n in range(10)])
        print(batch, flush=True)
"""


def test_what_was_written_survives_kill_9(tmp_path: Path, rounds: int) -> None:
    path = tmp_path / "points.sqlite"
    for round_ in range(rounds):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            accepted = [int(process.stdout.readline()) for _ in range(3 + round_ % 5)]
            process.send_signal(signal.SIGKILL)
            accepted += [int(text) for text in process.stdout.read().split()]
        with opened(path) as store:
            found = {round(point.time_ns / 10**9 - START) for point in everything(store)}
        assert set(range((accepted[-1] + 1) * 10)) <= found
    assert not list(tmp_path.glob("*.damaged-*"))


FILLER = """
import resource, signal, sys
from pathlib import Path
from influx.points import line
from influx.store import Unavailable
from tests.influx.test_embedded import climate, everything, opened
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with opened(Path(sys.argv[1])) as store:
    store.write("environment", [line(climate(n)) for n in range(10)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    for batch in range(1, 1000):
        try:
            store.write("environment", [line(climate(batch * 1000 + n)) for n in range(1000)])
        except Unavailable as error:
            break
    else:
        sys.exit("the file grew beyond its limit")
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    before = len(everything(store))
    assert before == 10 + (batch - 1) * 1000, before
    store.write("environment", [line(climate(batch * 1000 + n)) for n in range(1000)])
    assert len(everything(store)) == before + 1000
"""


def test_a_file_that_cannot_grow_is_unavailable_until_it_can(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(tmp_path / "points.sqlite")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob("*.damaged-*"))
