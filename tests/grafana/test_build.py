"""What is committed is what the generator makes, and a home's own dashboards differ where it does."""

import json
import re
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from grafana.build import FOLDER, differences, files, main, write
from grafana.home import ANY_HOME, Home
from influx.config import Location, Retention


def test_the_committed_files_are_up_to_date() -> None:
    assert main(["--check"]) == 0, "run `make generate`"


def test_another_argument_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--wrong"]) == 2
    assert capsys.readouterr().err == "usage: python -m grafana.build [--check]\n"


def test_what_differs_is_named(tmp_path: Path) -> None:
    write(ANY_HOME, tmp_path)
    assert differences(ANY_HOME, tmp_path) == []
    (tmp_path / "dashboards" / "pets.json").write_text("{}")
    (tmp_path / "datasources" / "hutch.yml").unlink()
    (tmp_path / "dashboards" / "old.json").write_text("{}")
    wrong = ["dashboards/pets.json", "datasources/hutch.yml", "dashboards/old.json"]
    assert differences(ANY_HOME, tmp_path) == wrong
    write(ANY_HOME, tmp_path)
    assert differences(ANY_HOME, tmp_path) == []


def test_what_grafana_misses_loudly_is_there_and_empty(tmp_path: Path) -> None:
    write(ANY_HOME, tmp_path)
    assert {path.name for path in tmp_path.iterdir() if not any(path.iterdir())} == {"plugins"}
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".json", ".yml"}


def test_the_same_home_gives_the_same_bytes() -> None:
    assert files() == files(replace(ANY_HOME))


def test_a_home_of_its_own_is_in_every_query() -> None:
    place = Location(name="loft", temperature_low=15.6, temperature_high=23.9)
    home = Home(ZoneInfo("Asia/Kathmandu"), "ours_", Retention(rollup_15m=None), (place,))
    climate = files(home)["dashboards/climate.json"]
    assert '\\"ours_rollup_15m\\"' in climate
    assert '\\"rollup_15m\\"' not in climate
    assert "Asia/Kathmandu" in climate
    assert "loft" in climate
    assert json.loads(climate)["timezone"] == "Asia/Kathmandu"
    assert "defaultBucket: ours_readings" in files(home)["datasources/hutch.yml"]


def test_a_grafana_elsewhere_is_led_to_hutch() -> None:
    """On the same origin addresses begin with a slash, or lead up to its root."""
    origin = "https://hutch.example.org"
    to_hutch = re.compile(r"(?:\.\.|[\"'])/(?:clips|snapshots|pages|live|pets)\b")
    here, there = files(Home()), files(Home(origin=origin))
    for name, text in here.items():
        assert len(to_hutch.findall(text)) == there[name].count(origin), name
        assert not to_hutch.search(there[name]), name
    assert sum(text.count(origin) for text in there.values()) > 8


def test_the_data_source_speaks_flux_and_has_no_secret_of_its_own() -> None:
    [source] = yaml.safe_load((FOLDER / "datasources" / "hutch.yml").read_text())["datasources"]
    assert (source["type"], source["uid"], source["access"]) == ("influxdb", "hutch-influxdb", "proxy")
    assert source["jsonData"]["version"] == "Flux"
    assert source["editable"] is False
    assert source["url"] == "${HUTCH_INFLUX_URL}"
    assert source["secureJsonData"] == {"token": "${HUTCH_GRAFANA_INFLUX_TOKEN}"}


def test_the_provider_reads_the_folder_it_is_in_and_lets_nobody_edit() -> None:
    [provider] = yaml.safe_load((FOLDER / "dashboards" / "hutch.yml").read_text())["providers"]
    assert provider["allowUiUpdates"] is False
    assert provider["options"]["path"] == "/etc/grafana/provisioning/dashboards"
    assert provider["type"] == "file"
