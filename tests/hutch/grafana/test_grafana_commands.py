"""``hutch grafana check`` and ``apply`` as a user runs them: as processes, by output and exit code."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hutch.config import Config
from tests.daemon import until
from tests.deploy.composed import hutch
from tests.hutch.grafana.conftest import At
from tests.hutch.grafana.stand_in import stand_in


@pytest.fixture
def folder(tmp_path: Path, config: Config) -> Path:
    (tmp_path / "hutch.toml").write_text(
        f'[influx]\nurl = "{config.influx.url}"\norg = "{config.influx.org}"\n'
        f'bucket_prefix = "{config.influx.bucket_prefix}"\n[grafana]\nurl = "{config.grafana.url}"\n'
    )
    return tmp_path


def test_it_is_empty_then_filled_then_well(
    folder: Path, at: At, reading: Callable[..., str], tmp_path: Path
) -> None:
    editor = {"HUTCH_GRAFANA_TOKEN": at.token("Editor")}
    before = hutch("grafana", "check", cwd=folder, **editor)
    assert before.returncode == 1, before.stderr
    assert "✗ dashboard Home: there is none with the uid hutch-home" in before.stdout
    assert "✓ login: taken in the organisation Main Org." in before.stdout

    token, admin = reading(), at.token("Admin")
    (tmp_path / "admin").write_text(admin)
    given = {**editor, "HUTCH_GRAFANA_INFLUX_TOKEN": token}
    looked = hutch("grafana", "apply", "--check", "--token-file", "admin", cwd=folder, **given)
    assert (looked.returncode, "dashboard Gas: missing" in looked.stdout) == (1, True), looked.stderr
    done = hutch("grafana", "apply", "--token-file", "admin", cwd=folder, **given)
    assert done.returncode == 0, done.stderr
    assert "dashboard Gas: made" in done.stdout
    assert "the live picture, thumbnails and the player stay empty" in done.stderr
    again = hutch("grafana", "apply", "--token-file", "admin", cwd=folder, **given)
    assert again.stdout == f"the Grafana at {at.url} is as configured\n"

    def checked() -> subprocess.CompletedProcess[str]:
        return hutch("grafana", "check", "--json", cwd=folder, HUTCH_INFLUX_TOKEN=token, **editor)

    # A Grafana goes for a minute by what it knew somebody may see, and dashboards are new to this login.
    until("every dashboard is seen", lambda: checked().returncode == 0, 90)
    after = checked()
    assert after.returncode == 0, after.stdout + after.stderr
    told = [json.loads(line) for line in after.stdout.splitlines()]
    assert all(each.keys() == {"what", "ok", "said", "remedy"} for each in told)
    assert {each["ok"] for each in told} == {True, None}, "nothing was read for a day"
    everything = "".join(each.stdout + each.stderr for each in (before, looked, done, again, after))
    assert not any(secret in everything for secret in (token, admin, editor["HUTCH_GRAFANA_TOKEN"]))


NO_GRAFANA = "hutch: hutch.toml: [grafana] url is empty; write it like http://127.0.0.1:3000"
NO_INFLUX = (
    "hutch: hutch.toml: [influx] url is empty: points are in SQLite, and Grafana shows those of InfluxDB"
)
NO_TOKEN = "hutch: [grafana] url is set, but the environment's HUTCH_GRAFANA_TOKEN is empty: put the token of"
A_GRAFANA = '[grafana]\nurl = "http://127.0.0.1:1"\n'
AN_INFLUX = '[influx]\nurl = "http://127.0.0.1:1"\n'


@pytest.mark.parametrize("command", ["check", "apply"])
@pytest.mark.parametrize(
    ("toml", "sentence"),
    [("", NO_GRAFANA), (A_GRAFANA, NO_INFLUX), (A_GRAFANA + AN_INFLUX, NO_TOKEN)],
)
def test_what_is_not_configured_is_one_sentence(
    tmp_path: Path, command: str, toml: str, sentence: str
) -> None:
    (tmp_path / "hutch.toml").write_text(toml)
    ended = hutch("grafana", command, cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith(sentence)
    assert len(ended.stderr.splitlines()) == 1


def test_apply_ends_in_a_sentence_where_grafana_is_away(tmp_path: Path) -> None:
    (tmp_path / "hutch.toml").write_text(A_GRAFANA + AN_INFLUX)
    given = {"HUTCH_GRAFANA_TOKEN": "any", "HUTCH_GRAFANA_INFLUX_TOKEN": "any"}
    ended = hutch("grafana", "apply", cwd=tmp_path, **given)
    assert ended.returncode == 3
    assert ended.stderr.startswith("hutch: Grafana at http://127.0.0.1:1 cannot be reached")
    assert len(ended.stderr.splitlines()) == 1


def test_apply_leaves_alone_what_grafana_reads_from_files(tmp_path: Path) -> None:
    with stand_in() as held:
        held.boards["hutch-gas"] = {"uid": "hutch-gas", "title": "Gas", "version": 1}
        held.places["hutch-gas"] = "hutch"
        held.files.add("hutch-gas")
        (tmp_path / "hutch.toml").write_text(f'[grafana]\nurl = "{held.url}"\n{AN_INFLUX}')
        given = {"HUTCH_GRAFANA_TOKEN": held.token("Admin"), "HUTCH_GRAFANA_INFLUX_TOKEN": "any"}
        ended = hutch("grafana", "apply", cwd=tmp_path, **given)
    assert ended.returncode == 2
    assert ended.stderr == (
        f"hutch: Grafana at {held.url} reads Gas from files, which alone can change them: "
        "`hutch setup --dashboards-to FOLDER` makes those anew\n"
    )
    assert (list(held.boards), held.folders, held.sources) == (["hutch-gas"], {}, {})
