"""From a store into a folder and from there into another store, with interruptions and damage on the way."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influx.archive import manifest
from influx.archive.done import Imported
from influx.archive.exporting import export_points, interrupted
from influx.archive.formats import FORMATS
from influx.archive.importing import import_points
from influx.archive.manifest import PART, WHOLE, Progress, Request
from influx.archive.trouble import ArchiveError
from influx.config import Retention
from influx.embedded import EmbeddedStore
from influx.lines import parse_line
from influx.points import Point, check, line, make, to_ns
from influx.schema import ENVIRONMENT, JOURNAL, MEASUREMENTS, ROLLUPS
from influx.store import Store, Unavailable
from influx.windows import Window
from tests.influx.conftest import FOREVER
from tests.influx.strategies import any_measurement, points

NOW = datetime(2041, 6, 1, tzinfo=UTC)
_days = itertools.count()
EVERYTHING = tuple(MEASUREMENTS)


def next_window(days: int = 3) -> Window:
    """A stretch of ``days`` that no other test has written into."""
    start = datetime(2031, 3, 1, tzinfo=UTC) + timedelta(days=10 * next(_days))
    return Window(start, start + timedelta(days=days))


def climate(moment: datetime, sensor: str = "a", temperature: float = 20.0) -> Point:
    tags = {"node": "pi", "sensor": sensor, "location": "room"}
    return make(ENVIRONMENT, tags, {"temperature": temperature}, moment)


def put(store: Store, given: Sequence[Point]) -> None:
    for point in given:
        store.write(point.measurement, [line(point)])


def held(store: Store, window: Window) -> list[Point]:
    """Every point of ``window``, in an order that all stores share."""
    found = [
        check(parse_line(text))
        for name in EVERYTHING
        for chunk in store.lines(name, window)
        for text in chunk
    ]
    return sorted(found, key=lambda point: (point.measurement, point.time_ns, tuple(point.tags.values())))


def bring_in(
    store: Store, folder: Path, retention: Retention = FOREVER, done: Path | None = None
) -> Imported:
    return import_points(
        store,
        folder,
        node="pi",
        retention=retention,
        now=NOW.timestamp,
        done=done or folder.parent / "import.part",
    )


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with closing(EmbeddedStore(tmp_path / "elsewhere.sqlite", retention=FOREVER)) as store:
        yield store


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_an_archive_brings_the_same_points_elsewhere(
    store: Store, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    window, folder = next_window(), tmp_path_factory.mktemp("archive")
    start = to_ns(window.start)
    since = st.integers(0, 3 * 86_400 * 10**9 - 1)
    drawn = data.draw(st.lists(points(any_measurement, times=since), min_size=1, max_size=6))
    form = data.draw(st.sampled_from(list(FORMATS)))
    put(store, [make(MEASUREMENTS[p.measurement], p.tags, p.fields, start + p.time_ns) for p in drawn])
    there = held(store, window)
    made = export_points(store, folder / "out", Request(form, window, EVERYTHING))
    assert made.points == len(there)
    with closing(EmbeddedStore(folder / "elsewhere.sqlite", retention=FOREVER)) as other:
        assert bring_in(other, folder / "out") == Imported(points=len(there))
        assert held(other, window) == there


def test_what_was_exported_can_be_brought_back_into_the_same_kind_of_store(
    store: Store, tmp_path: Path
) -> None:
    window = next_window()
    there = [
        climate(window.start),
        make(JOURNAL, {"person": "mia", "entry_type": "food"}, {"note": 'a\n"b'}, window.start),
        make(ROLLUPS["environment"][0], climate(window.start).tags, {"temperature_mean": 1.0}, window.start),
        make(ROLLUPS["environment"][1], climate(window.start).tags, {"temperature_mean": 2.0}, window.start),
    ]
    put(store, there)
    export_points(store, tmp_path / "out", Request("lp", window, EVERYTHING))
    for point in there:
        store.delete(point.measurement, point.tags, point.time_ns)
    assert held(store, window) == []
    assert bring_in(store, tmp_path / "out") == Imported(points=4)
    assert held(store, window) == sorted(there, key=lambda point: point.measurement)


def test_there_is_one_file_a_measurement_and_utc_day(elsewhere: EmbeddedStore, tmp_path: Path) -> None:
    window = Window(datetime(2026, 5, 28, 12, tzinfo=UTC), datetime(2026, 5, 31, tzinfo=UTC))
    hours = [datetime(2026, 5, 28, tzinfo=UTC) + timedelta(hours=n) for n in (11, 12, 23, 25, 71, 72)]
    put(elsewhere, [climate(hour) for hour in hours])
    told: list[Progress] = []
    made = export_points(
        elsewhere, tmp_path / "out", Request("csv", window, ("environment", "gas")), report=told.append
    )
    assert [(file.path, file.points) for file in made.files] == [
        ("environment/2026-05-28.csv.gz", 2),
        ("environment/2026-05-29.csv.gz", 1),
        ("environment/2026-05-30.csv.gz", 1),
    ]
    found = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*"))
    assert found == ["environment", *(file.path for file in made.files), WHOLE]
    assert [one.points for one in told] == [2, 3, 4, 4, 4]
    parts = [one.part for one in told]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    assert manifest.load(tmp_path / "out") == made


class Leaving:
    """A store that goes away when it has given ``left`` more lines; never where that is negative."""

    def __init__(self, store: Store, left: int) -> None:
        self._store, self.left = store, left
        self.asked: list[Window] = []

    def lines(self, measurement: str, window: Window) -> Iterator[list[str]]:
        self.asked.append(window)
        for lines in self._store.lines(measurement, window):
            for text in lines:
                if self.left == 0:
                    raise Unavailable("gone")
                self.left -= 1
                yield [text]

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_an_interrupted_export_goes_on_behind_its_last_whole_file(elsewhere: Store, tmp_path: Path) -> None:
    window = next_window(4)
    put(elsewhere, [climate(window.start + timedelta(hours=n)) for n in range(96)])
    folder, request = tmp_path / "out", Request("lp", window, ("environment",))
    leaving = Leaving(elsewhere, 60)
    with pytest.raises(Unavailable):
        export_points(leaving, folder, request)  # type: ignore[arg-type]
    assert not (folder / WHOLE).exists()
    assert interrupted(folder) == request
    with pytest.raises(ArchiveError, match="was interrupted; run it again"):
        bring_in(elsewhere, folder)
    with (folder / PART).open("a") as part:
        part.write('{"path": "environment/20')  # as a crash leaves it
    leaving.left = -1
    made = export_points(leaving, folder, request)  # type: ignore[arg-type]
    assert leaving.asked[-1] == Window(window.start + timedelta(days=2), window.stop)
    assert [file.points for file in made.files] == [24] * 4
    assert sorted(path.name for path in folder.iterdir()) == ["environment", WHOLE]
    assert len(list((folder / "environment").iterdir())) == 4
    assert export_points(leaving, folder, request) == made, "a whole export is not made again"  # type: ignore[arg-type]


def test_a_whole_export_gets_back_what_was_lost_of_it(elsewhere: Store, tmp_path: Path) -> None:
    window = Window(NOW - timedelta(days=3, hours=-5), NOW - timedelta(hours=5))
    put(elsewhere, [climate(NOW - timedelta(hours=n)) for n in range(96)])
    folder, request = tmp_path / "out", Request("lp", window, ("environment",))
    made = export_points(elsewhere, folder, request)
    files = {path: path.read_bytes() for path in (folder / "environment").iterdir()}
    for path in files:
        path.unlink()
    (folder / "environment").rmdir()
    assert export_points(elsewhere, folder, request) == made
    first, second, third = sorted(files)
    first.write_bytes(b"")
    third.unlink()
    told = (folder / WHOLE).read_bytes()
    leaving = Leaving(elsewhere, -1)
    assert export_points(leaving, folder, request) == made  # type: ignore[arg-type]
    assert [window.start.day for window in leaving.asked] == [29, 31], "only what is missing is asked for"
    assert {path: path.read_bytes() for path in (folder / "environment").iterdir()} == files
    assert (folder / WHOLE).read_bytes() == told
    put(elsewhere, [climate(window.start, sensor="late")])
    first.unlink()
    assert export_points(elsewhere, folder, request).points == made.points + 1
    assert manifest.load(folder).points == made.points + 1
    gone = climate(window.start)
    elsewhere.delete(gone.measurement, gone.tags, gone.time_ns)
    elsewhere.delete(gone.measurement, {**gone.tags, "sensor": "late"}, gone.time_ns)
    kept = first.read_bytes()[:-1]
    first.write_bytes(kept)
    with pytest.raises(ArchiveError, match="the store has only 18 of its 20 points; give another folder"):
        export_points(elsewhere, folder, request)
    assert first.read_bytes() == kept
    assert sorted((folder / "environment").iterdir()) == [first, second, third]


@pytest.mark.parametrize(
    "torn", ['{"path": "environment/20', "\x00" * 40, '{"path": "environment/x"}\n', "[1]\n"]
)
def test_an_interrupted_export_looks_whether_its_files_are_there(
    elsewhere: Store, tmp_path: Path, torn: str
) -> None:
    window = next_window(4)
    put(elsewhere, [climate(window.start + timedelta(hours=n)) for n in range(96)])
    folder, request = tmp_path / "out", Request("lp", window, ("environment",))
    with pytest.raises(Unavailable):
        export_points(Leaving(elsewhere, 60), folder, request)  # type: ignore[arg-type]
    first, second = sorted(path for path in (folder / "environment").iterdir() if path.suffix == ".gz")
    first.unlink()
    second.write_bytes(b"")
    with (folder / PART).open("a") as part:
        part.write(torn)  # as a power cut leaves it
    with pytest.raises(Unavailable):
        export_points(Leaving(elsewhere, 80), folder, request)  # type: ignore[arg-type]
    made = export_points(elsewhere, folder, request)
    assert [file.points for file in made.files] == [24] * 4
    assert bring_in(elsewhere, folder) == Imported(points=96)


def test_a_folder_that_holds_something_else_is_left_alone(elsewhere: Store, tmp_path: Path) -> None:
    window = next_window()
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    request = Request("lp", window, ("environment",))
    with pytest.raises(ArchiveError, match="not empty"):
        export_points(elsewhere, tmp_path / "photos", request)
    export_points(elsewhere, tmp_path / "out", request)
    with pytest.raises(ArchiveError, match="already holds another export"):
        export_points(elsewhere, tmp_path / "out", Request("csv", window, ("environment",)))
    put(elsewhere, [climate(window.start), climate(window.start + timedelta(days=1))])
    with pytest.raises(Unavailable):
        export_points(Leaving(elsewhere, 1), tmp_path / "begun", request)  # type: ignore[arg-type]
    with pytest.raises(ArchiveError, match="interrupted export of something else"):
        export_points(elsewhere, tmp_path / "begun", Request("csv", window, ("environment",)))


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [(("xml", "environment"), "no format 'xml'"), (("lp", "weather"), "no measurement 'weather'")],
)
def test_what_cannot_be_is_refused(
    elsewhere: Store, tmp_path: Path, request_: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(ArchiveError, match=sentence):
        export_points(elsewhere, tmp_path / "out", Request(request_[0], next_window(), (request_[1],)))


@pytest.fixture
def archive(elsewhere: Store, tmp_path: Path) -> Path:
    """Four days of an hourly climate."""
    start = NOW - timedelta(days=4)
    put(elsewhere, [climate(start + timedelta(hours=n)) for n in range(96)])
    export_points(elsewhere, tmp_path / "out", Request("lp", Window(start, NOW), ("environment",)))
    return tmp_path / "out"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[EmbeddedStore]:
    retention = Retention(readings=timedelta(days=2))
    store = EmbeddedStore(tmp_path / "fresh.sqlite", retention=retention, now=NOW.timestamp)
    with closing(store):
        yield store


def test_points_that_are_too_old_are_counted_and_the_others_taken(archive: Path, fresh: Store) -> None:
    result = bring_in(fresh, archive, Retention(readings=timedelta(days=2)))
    assert (result.points, result.refused, result.damaged) == (48, 48, [])
    assert "older than the 2 days that readings keeps" in result.reason
    assert not (archive.parent / "import.part").exists()


def test_points_that_only_the_store_refuses_do_not_take_others_along(archive: Path, fresh: Store) -> None:
    result = bring_in(fresh, archive, FOREVER)
    assert (result.points, result.refused) == (48, 48)
    assert "older than readings keeps" in result.reason


def test_a_damaged_file_is_named_and_the_rest_brought_in(archive: Path, elsewhere: Store) -> None:
    first, second, third, _ = sorted((archive / "environment").iterdir())
    first.write_bytes(first.read_bytes()[:-1])
    second.unlink()
    third.chmod(0o600)
    result = bring_in(elsewhere, archive)
    assert result.points == 48
    assert [sentence.split(": ", 1) for sentence in result.damaged] == [
        [f"environment/{first.name}", "its bytes are not those that were exported"],
        [f"environment/{second.name}", "No such file or directory"],
    ]


def test_what_the_vocabulary_no_longer_knows_is_counted(archive: Path, elsewhere: Store) -> None:
    made = manifest.load(archive)
    path = archive / made.files[0].path
    good = line(climate(NOW - timedelta(days=4)))
    with FORMATS["lp"].write(path, ENVIRONMENT) as add:
        add([good, good.replace("temperature", "smell"), "rubbish"])
    told = json.loads((archive / WHOLE).read_text())
    told["files"][0]["sha256"] = manifest.checksum(path)
    (archive / WHOLE).write_text(json.dumps(told))
    result = bring_in(elsewhere, archive)
    assert (result.points, result.refused) == (73, 2)
    assert "no field 'smell'" in result.reason


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": 2}, "has version 2; this Hutch reads 1"),
        (
            {"files": [{"path": "../../etc/passwd", "points": 1, "sha256": ""}]},
            "no name of a file of an archive",
        ),
        ({"files": [1]}, "a value in it is none that an export writes"),
        ({"start": "soon"}, "a value in it is none that an export writes"),
    ],
)
def test_a_manifest_that_is_none_is_refused(
    archive: Path, elsewhere: Store, change: dict[str, object], sentence: str
) -> None:
    told = json.loads((archive / WHOLE).read_text())
    (archive / WHOLE).write_text(json.dumps({**told, **change}))
    with pytest.raises(ArchiveError, match=sentence):
        bring_in(elsewhere, archive)


def test_a_folder_without_an_export_is_told(elsewhere: Store, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"holds no export\.json"):
        bring_in(elsewhere, tmp_path)


class Refusing:
    """A store that goes away at the ``left``-th write."""

    def __init__(self, store: Store, left: int) -> None:
        self._store, self.left = store, left
        self.written = 0

    def write(self, measurement: str, lines: Sequence[str]) -> None:
        if self.left == 0:
            raise Unavailable("gone")
        self.left -= 1
        self.written += len(lines) if measurement == "environment" else 0
        self._store.write(measurement, lines)


def test_an_interrupted_import_passes_over_what_is_done(
    archive: Path, elsewhere: Store, tmp_path: Path
) -> None:
    done = tmp_path / "done"
    # Each file takes two writes: its points, and the report that they came late.
    store = Refusing(elsewhere, 4)
    with pytest.raises(Unavailable):
        bring_in(store, archive, done=done)  # type: ignore[arg-type]
    store.left = -1
    assert bring_in(store, archive, done=done).points == 96, "it tells of all"  # type: ignore[arg-type]
    assert store.written == 96
    assert not done.exists()
    store = Refusing(elsewhere, 3)
    with pytest.raises(Unavailable):
        bring_in(store, archive, done=done)  # type: ignore[arg-type]
    store.left = -1
    assert bring_in(store, archive, done=done).points == 96  # type: ignore[arg-type]
    assert store.written == 120, "what was not reported comes again"
    assert bring_in(store, archive, done=done).points == 96, "a new import begins anew"  # type: ignore[arg-type]


def test_an_interrupted_import_still_tells_of_damage_and_of_what_was_refused(
    archive: Path, elsewhere: Store, tmp_path: Path
) -> None:
    done, retention = tmp_path / "done", Retention(readings=timedelta(days=3))
    second = sorted((archive / "environment").iterdir())[1]
    second.write_bytes(b"")
    store = Refusing(elsewhere, 2)
    with pytest.raises(Unavailable):
        bring_in(store, archive, retention, done=done)  # type: ignore[arg-type]
    store.left = -1
    result = bring_in(store, archive, retention, done=done)  # type: ignore[arg-type]
    assert (result.points, result.refused) == (48, 24)
    assert "older than the 3 days" in result.reason
    assert result.damaged == [f"environment/{second.name}: its bytes are not those that were exported"]


@pytest.mark.parametrize("torn", ['{"path": "environ', "\x00" * 40, '{"path": "environment/x"}\n', "[1]\n"])
def test_a_note_that_a_power_cut_broke_does_not_count(
    archive: Path, elsewhere: Store, tmp_path: Path, torn: str
) -> None:
    done, store = tmp_path / "done", Refusing(elsewhere, 2)
    with pytest.raises(Unavailable):
        bring_in(store, archive, done=done)  # type: ignore[arg-type]
    with done.open("a") as file:
        file.write(torn)
    store.left = 2
    with pytest.raises(Unavailable):
        bring_in(store, archive, done=done)  # type: ignore[arg-type]
    store.left = -1
    assert bring_in(store, archive, done=done).points == 96  # type: ignore[arg-type]
    assert store.written == 96


def test_the_notes_of_another_archive_do_not_count(archive: Path, elsewhere: Store, tmp_path: Path) -> None:
    done = tmp_path / "done"
    paths = "".join(f"{file.path}\n" for file in manifest.load(archive).files)
    done.write_text(f"another\n{paths}")
    assert bring_in(elsewhere, archive, done=done).points == 96


KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from influx.archive.exporting import export_points
from influx.archive.manifest import Request
from influx.embedded import EmbeddedStore
from influx.windows import Window

store = EmbeddedStore(Path(sys.argv[1]))
window = Window(datetime.fromisoformat(sys.argv[3]), datetime.fromisoformat(sys.argv[4]))
request = Request("lp", window, ("environment",))
export_points(store, Path(sys.argv[2]), request, report=lambda one: print(one.part, flush=True))
"""


def test_an_export_that_is_killed_again_and_again_is_whole_in_the_end(
    elsewhere: EmbeddedStore, tmp_path: Path, rounds: int
) -> None:
    window = next_window(30)
    put_at_once = [line(climate(window.start + timedelta(hours=n))) for n in range(24 * 30)]
    elsewhere.write("environment", put_at_once)
    folder = tmp_path / "out"
    bounds = [window.start.isoformat(), window.stop.isoformat()]
    command = [sys.executable, "-c", KILLED, str(tmp_path / "elsewhere.sqlite"), str(folder), *bounds]
    for _ in range(min(rounds, 3)):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with process:
            assert process.stdout is not None
            for _ in range(4):
                process.stdout.readline()
            process.kill()
    made = export_points(elsewhere, folder, Request("lp", window, ("environment",)))
    assert made.points == len(put_at_once)
    found = [
        text
        for file in made.files
        for chunk in FORMATS["lp"].read(folder / file.path, ENVIRONMENT)
        for text in chunk
    ]
    assert found == put_at_once
