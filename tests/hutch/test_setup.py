"""``hutch setup`` on a real InfluxDB that nobody has set up yet, as the container of that name runs it."""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from api.access.ledger import ledger_of
from influx.connect import Role
from tests.deploy.composed import hutch
from tests.servers import Influx, empty_influxd, influxd

OWNER = {"HUTCH_OWNER": "ada", "HUTCH_OWNER_PASSWORD": "a pillow of hay"}
HAND_OVER = ("--tokens-to", "handed/hutch", "--grafana-token-to", "handed/grafana")
GROUP = ("--grafana-group", str(os.getgid()))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Influx]:
    """An InfluxDB as its image starts it: empty."""
    folder = tmp_path / "influxd"
    folder.mkdir()
    with empty_influxd(folder) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, server: Influx) -> Path:
    (tmp_path / "hutch.toml").write_text(f'[influx]\nurl = "{server.url}"\ntoken_dir = "tokens"\n')
    return tmp_path


def files_in(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_it_sets_up_hands_over_and_lets_in_once(home: Path, server: Influx) -> None:
    first = hutch("setup", *HAND_OVER, *GROUP, cwd=home, **OWNER)
    assert first.returncode == 0, first.stderr
    assert "ada may log in, as owner" in first.stdout
    assert set(files_in(home / "handed" / "hutch")) == {"reader", "tasks", "writer"}
    grafana = home / "handed" / "grafana" / "grafana"
    assert stat.S_IMODE(grafana.stat().st_mode) == 0o440
    assert grafana.stat().st_gid == os.getgid()
    headers = {"Authorization": f"Token {grafana.read_text().strip()}"}
    buckets = httpx.get(f"{server.url}/api/v2/buckets", params={"org": "hutch"}, headers=headers, timeout=10)
    assert "readings" in buckets.text
    assert not any(secret in first.stdout + first.stderr for secret in files_in(home / "tokens").values())

    before = {folder: files_in(home / folder) for folder in ("tokens", "handed/hutch", "handed/grafana")}
    second = hutch(
        "setup", *HAND_OVER, *GROUP, cwd=home, HUTCH_OWNER="eve", HUTCH_OWNER_PASSWORD="another one"
    )
    assert second.returncode == 0, second.stderr
    assert "handed over" not in second.stdout
    assert before == {folder: files_in(home / folder) for folder in before}
    with closing(ledger_of(home / "data")) as ledger:
        assert [user.name for user in ledger.users()] == ["ada"], "who can log in keeps their home"


def test_grafana_gets_the_dashboards_of_this_home(home: Path) -> None:
    """Those of the repository are for UTC and the defaults."""
    told = (home / "hutch.toml").read_text()
    (home / "hutch.toml").write_text(
        'timezone = "Europe/Zurich"\n'
        f'{told}bucket_prefix = "ours_"\n'
        '[[locations]]\nname = "loft"\ntemperature_low = 15.6\ntemperature_high = 23.9\n'
    )
    done = hutch("setup", "--dashboards-to", "handed/provisioning", cwd=home, **OWNER)
    assert done.returncode == 0, done.stderr
    made = home / "handed" / "provisioning"
    climate = (made / "dashboards" / "climate.json").read_text()
    assert json.loads(climate)["timezone"] == "Europe/Zurich"
    assert 'timezone.location(name: \\"Europe/Zurich\\")' in climate
    assert '\\"ours_rollup_1d\\"' in climate
    assert '\\"loft\\"' in climate
    assert "15.6" in climate
    assert {path.name for path in made.iterdir()} == {"alerting", "dashboards", "datasources", "plugins"}
    assert "deleteRules" in (made / "alerting" / "rules.yml").read_text(), "Hutch warns itself"
    assert all(path.stat().st_mode & 0o004 for path in made.rglob("*")), "Grafana is another user"


def test_a_new_token_is_handed_over(home: Path) -> None:
    assert hutch("setup", *HAND_OVER, *GROUP, cwd=home, **OWNER).returncode == 0
    old = (home / "handed" / "grafana" / "grafana").read_text()
    (home / "tokens" / Role.GRAFANA).unlink()
    again = hutch("setup", *HAND_OVER, *GROUP, cwd=home, **OWNER)
    assert again.returncode == 0, again.stderr
    new = (home / "handed" / "grafana" / "grafana").read_text()
    assert new == (home / "tokens" / Role.GRAFANA).read_text() != old


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"HUTCH_OWNER": "", "HUTCH_OWNER_PASSWORD": "a pillow of hay"},
            "HUTCH_OWNER: '' is no name of a user",
        ),
        ({"HUTCH_OWNER": "ada", "HUTCH_OWNER_PASSWORD": "short"}, "HUTCH_OWNER_PASSWORD: a password has"),
    ],
)
def test_an_owner_that_cannot_be_is_told(home: Path, given: dict[str, str], sentence: str) -> None:
    done = hutch("setup", cwd=home, **given)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_token_for_somebody_elses_influxdb_serves_every_role_but_grafanas(tmp_path: Path) -> None:
    """As deploy/own-influxdb.yml has it."""
    folder = tmp_path / "influxd"
    folder.mkdir()
    with influxd(folder) as theirs:
        (tmp_path / "hutch.toml").write_text(f'[influx]\nurl = "{theirs.url}"\ntoken_dir = "tokens"\n')
        token = {"HUTCH_INFLUX_TOKEN": theirs.token}
        done = hutch("setup", "--tokens-to", "handed/hutch", cwd=tmp_path, **OWNER, **token)
    assert done.returncode == 0, done.stderr
    assert [folder.name for folder in (tmp_path / "handed").iterdir()] == ["hutch"]
    handed = files_in(tmp_path / "handed" / "hutch")
    assert handed == dict.fromkeys(("reader", "tasks", "writer"), f"{theirs.token}\n")
    assert theirs.token not in done.stdout + done.stderr
