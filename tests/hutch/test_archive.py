"""``hutch export`` and ``hutch import`` as a user runs them."""

import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from influx.embedded import EmbeddedStore
from influx.points import line, make
from influx.schema import ENVIRONMENT, JOURNAL
from influx.store import RowQuery
from influx.windows import Window
from tests.hutch.test_commands import hutch, one_sentence

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
CONFIG = "node = 'pi'\ndata_dir = '{}'\ntimezone = 'Europe/Zurich'\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with two days of an hourly climate and an entry of the journal, and a second, empty home."""
    (tmp_path / "hutch.toml").write_text(CONFIG.format("data"))
    (tmp_path / "other.toml").write_text(CONFIG.format("other"))
    tags = {"node": "pi", "sensor": "a", "location": "room"}
    hours = [TODAY - timedelta(hours=n) for n in range(1, 49)]
    with closing(EmbeddedStore(tmp_path / "data" / "points.sqlite")) as store:
        store.write("environment", [line(make(ENVIRONMENT, tags, {"temperature": 20.0}, at)) for at in hours])
        entry = make(JOURNAL, {"person": "mia", "entry_type": "food"}, {"note": "a\nb"}, hours[0])
        store.write("journal", [line(entry)])
    return tmp_path


def held(path: Path) -> dict[str, list[str]]:
    window = Window(TODAY - timedelta(days=10), TODAY)
    with closing(EmbeddedStore(path)) as store:
        return {
            name: [text for chunk in store.lines(name, window) for text in chunk]
            for name in ("environment", "journal", "gas")
        }


@pytest.mark.parametrize("form", ["lp", "csv", "parquet"])
def test_what_one_home_exports_another_imports(home: Path, form: str) -> None:
    out = hutch("export", "out", "--format", form, cwd=home)
    assert out.returncode == 0, out.stderr
    assert out.stdout == "49 points in 3 files are in out\n"
    back = hutch("import", "out", "--config", "other.toml", cwd=home)
    assert back.returncode == 0, back.stderr
    assert back.stdout == "49 points are stored\n"
    with closing(EmbeddedStore(home / "other" / "points.sqlite")) as store:
        late = store.rows(RowQuery("late_window", Window(TODAY, TODAY + timedelta(days=2)))).points
    assert {point.tags["node"] for point in late} == {"pi.import"}, "a report could take another's place"
    assert held(home / "other" / "points.sqlite") == held(home / "data" / "points.sqlite")
    assert not list((home / "other").glob("*.part"))


def test_a_window_and_measurements_can_be_chosen(home: Path) -> None:
    start = TODAY - timedelta(hours=3)
    chosen = ["--start", start.isoformat(), "--stop", TODAY.isoformat(), "--measurement", "environment"]
    out = hutch("export", "out", *chosen, cwd=home)
    assert out.stdout == "3 points in 1 file are in out\n", out.stderr
    again = hutch("export", "out", cwd=home)
    until = TODAY.astimezone(ZoneInfo("Europe/Zurich")).isoformat()
    assert f"already holds another export, up to {until};" in one_sentence(again)


def test_points_that_are_too_old_are_counted(home: Path) -> None:
    (home / "other.toml").write_text(CONFIG.format("other") + "[influx.retention]\nreadings = 'P1D'\n")
    assert hutch("export", "out", "--measurement", "environment", cwd=home).returncode == 0
    back = hutch("import", "out", "--config", "other.toml", cwd=home)
    assert back.returncode == 0, back.stderr
    assert "points were refused; the first: the point of environment at" in back.stderr


def test_damage_is_told_and_the_rest_brought_in(home: Path) -> None:
    assert hutch("export", "out", cwd=home).returncode == 0
    (path,) = (home / "out" / "journal").iterdir()
    path.write_bytes(b"")
    back = hutch("import", "out", "--config", "other.toml", cwd=home)
    assert (back.returncode, back.stdout) == (1, "48 points are stored\n")
    assert "not brought in whole: journal/" in back.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("export", "out", "--format", "xml"), "no format 'xml'; there are lp, csv, parquet"),
        (("export", "out", "--measurement", "weather"), "no measurement 'weather'"),
        (("export", "out", "--start", "soon"), "--start 'soon' is no time"),
        (("export", "out", "--start", "2026-05-28", "--stop", "2026-05-28"), "must start before it stops"),
        (("export", "out", "--start", "2100-07-01"), "--start 2100-07-01 is not before the stop, 20"),
        (("export", "."), "is not empty"),
        (("import", "out"), "holds no export.json"),
    ],
)
def test_mistakes_are_told_in_a_sentence(home: Path, arguments: tuple[str, ...], sentence: str) -> None:
    ended = hutch(*arguments, cwd=home)
    assert ended.returncode == 2
    assert sentence in one_sentence(ended)


def test_parquet_without_duckdb_says_what_to_install(home: Path) -> None:
    lacking = "import sys; sys.modules['duckdb'] = None; from hutch.__main__ import main; main()"
    command = [sys.executable, "-c", lacking, "export", "out", "--format", "parquet"]
    ended = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    assert "Parquet needs DuckDB; install it with: pip install -e '.[parquet]'" in one_sentence(ended)
