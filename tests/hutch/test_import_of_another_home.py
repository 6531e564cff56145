"""``hutch import`` of what another home exported: its days, its registry, and only what is asked for."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from influx.embedded import EmbeddedStore
from influx.points import line, make
from influx.registry import Kind, Thing, announcement
from influx.schema import ENVIRONMENT, ROLLUPS
from influx.windows import Window
from tests.hutch.test_commands import hutch, one_sentence

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
CONFIG = "node = 'pi'\ndata_dir = '{}'\ntimezone = '{}'\n"
ALL = ("environment", "environment_15m", "environment_1d", "registry")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in Kathmandu with readings, rollups and a registry, and empty ones in Zurich and beside it."""
    (tmp_path / "hutch.toml").write_text(CONFIG.format("data", "Asia/Kathmandu"))
    (tmp_path / "zurich.toml").write_text(CONFIG.format("zurich", "Europe/Zurich"))
    (tmp_path / "beside.toml").write_text(CONFIG.format("beside", "Asia/Kathmandu"))
    tags = {"node": "pi", "sensor": "a", "location": "room"}
    at = TODAY - timedelta(days=2)
    quarter, day = ROLLUPS["environment"]
    rolled = {"temperature_mean": 20.0, "temperature_sum": 20.0, "temperature_count": 1}
    expected = announcement(Thing(Kind.SENSOR, "a", "pi"), at)
    made = [make(ENVIRONMENT, tags, {"temperature": 20.0}, at), expected]
    made += [make(quarter, tags, rolled, at), make(day, tags, rolled, at - timedelta(hours=5, minutes=45))]
    with closing(EmbeddedStore(tmp_path / "data" / "points.sqlite")) as store:
        for point in made:
            store.write(point.measurement, [line(point)])
    assert hutch("export", "out", cwd=tmp_path).returncode == 0
    return tmp_path


def held(home: Path, name: str) -> set[str]:
    """Which measurements the home has."""
    window = Window(TODAY - timedelta(days=10), TODAY)
    with closing(EmbeddedStore(home / name / "points.sqlite")) as store:
        return {name for name in ALL if list(store.lines(name, window))}


def test_days_of_another_time_zone_are_left_out_and_told_of(home: Path) -> None:
    assert json.loads((home / "out" / "export.json").read_text())["timezone"] == "Asia/Kathmandu"
    back = hutch("import", "out", "--config", "zurich.toml", cwd=home)
    assert back.returncode == 0, back.stderr
    assert "their days are those of Asia/Kathmandu, not of Europe/Zurich" in back.stderr
    assert held(home, "zurich") == {"environment", "environment_15m", "registry"}
    beside = hutch("import", "out", "--config", "beside.toml", cwd=home)
    assert "left out" not in beside.stderr
    assert held(home, "beside") == set(ALL)


def test_an_archive_that_does_not_say_its_zone_is_brought_in_whole(home: Path) -> None:
    path = home / "out" / "export.json"
    told = json.loads(path.read_text())
    del told["timezone"]
    path.write_text(json.dumps(told))
    assert hutch("import", "out", "--config", "zurich.toml", cwd=home).returncode == 0
    assert held(home, "zurich") == set(ALL)


def test_a_registry_that_comes_along_is_told_of(home: Path) -> None:
    back = hutch("import", "out", "--config", "beside.toml", cwd=home)
    assert "the registry came along" in back.stderr
    assert "hutch registry retire takes away what is not of this home" in back.stderr


def test_only_the_measurements_asked_for_are_brought_in(home: Path) -> None:
    asked = ["--measurement", "environment", "--config", "zurich.toml"]
    back = hutch("import", "out", *asked, cwd=home)
    assert (back.returncode, back.stdout, back.stderr.strip()) == (0, "1 point are stored\n", "")
    assert held(home, "zurich") == {"environment"}
    wrong = hutch("import", "out", "--measurement", "weather", cwd=home)
    assert "the archive has no measurement 'weather'; it has " in one_sentence(wrong)
