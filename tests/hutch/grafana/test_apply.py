"""What ``hutch grafana apply`` makes of a Grafana that one already has, a stand-in and a real one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grafana.build import dashboards
from hutch.config import Config
from hutch.grafana.apply import apply, token_for_grafana
from hutch.grafana.client import GrafanaError
from hutch.grafana.home import home_of
from influx.config import InfluxSection
from influx.connect import TokenMissing
from influx.influxdb.difference import Difference
from tests.hutch.grafana.conftest import At

Token = Callable[..., str]


def applied(at: At, config: Config, token: str, *, check: bool = False, role: str = "Admin") -> list[str]:
    """What was different, or what became of it."""
    return [str(difference) for difference in differences(at, config, token, check=check, role=role)]


def differences(
    at: At, config: Config, token: str, *, check: bool = False, role: str = "Admin"
) -> list[Difference]:
    url = config.influx.url
    return apply(config, home_of(config), at.server(role), token=token, influx_url=url, check=check)


def everything(config: Config, state: str) -> list[str]:
    titles = [board.title for board in dashboards(home_of(config))]
    things = ["folder Hutch", "data source Hutch", *(f"dashboard {title}" for title in titles)]
    return [f"{thing}: {state}" for thing in things]


def test_an_empty_grafana_gets_everything_and_once(at: At, config: Config, reading: Token) -> None:
    token = reading()
    assert applied(at, config, token) == everything(config, "made")
    assert at.board("climate")["meta"]["folderUid"] == "hutch"
    assert at.board("climate")["dashboard"]["timezone"] == "Europe/Zurich"
    assert applied(at, config, token) == []


def test_only_looking_changes_nothing(at: At, config: Config, reading: Token) -> None:
    assert applied(at, config, reading(), check=True) == everything(config, "missing")
    assert at.admin.get("/api/folders/hutch").status_code == 404
    assert at.admin.get("/api/datasources/uid/hutch-influxdb").status_code == 404


def test_what_people_changed_is_as_before_and_nothing_else_is_touched(
    at: At, config: Config, reading: Token
) -> None:
    token = reading()
    applied(at, config, token)
    changed = at.board("gas")["dashboard"]
    made, changed["panels"][0]["title"] = changed["panels"][0]["title"], "Smells"
    at.save(changed)
    before = at.board("home")["dashboard"]["version"]
    assert applied(at, config, token, check=True) == ["dashboard Gas: differs, first in panels.0.title"]
    assert applied(at, config, token) == ["dashboard Gas: changed"]
    assert at.board("gas")["dashboard"]["panels"][0]["title"] == made
    assert at.board("home")["dashboard"]["version"] == before


def test_a_dashboard_stays_where_people_moved_it(at: At, config: Config, reading: Token) -> None:
    token = reading()
    applied(at, config, token)
    assert at.admin.post("/api/folders", json={"uid": "attic", "title": "Attic"}).status_code == 200
    at.save(at.board("gas")["dashboard"] | {"title": "Smells"}, folder="attic")
    assert applied(at, config, token) == ["dashboard Gas: changed"]
    moved = at.board("gas")
    assert (moved["dashboard"]["title"], moved["meta"]["folderUid"]) == ("Gas", "attic")


def test_a_dashboard_of_somebody_else_is_left_alone(at: At, config: Config, reading: Token) -> None:
    at.admin.post("/api/folders", json={"uid": "hutch", "title": "Hutch"})
    at.save({"uid": "theirs", "title": "Gas", "panels": []})
    made = {str(each) for each in differences(at, config, reading()) if each.mended}
    assert len(made) >= 7
    theirs = at.admin.get("/api/dashboards/uid/theirs").json()["dashboard"]
    assert (theirs["title"], theirs["panels"]) == ("Gas", [])


def test_the_data_source_keeps_its_name_and_gets_each_new_token(
    at: At, config: Config, reading: Token
) -> None:
    token = reading()
    applied(at, config, token)
    at.change_source(name="Animals", isDefault=True)
    assert applied(at, config, token) == []
    new = reading()
    assert applied(at, config, new, check=True) == ["data source Hutch: has another token"]
    assert applied(at, config, new) == ["data source Hutch: changed"]
    assert applied(at, config, new) == []
    there = at.source()
    assert (there["name"], there["isDefault"]) == ("Animals", True)
    assert new not in str(there), "Grafana shows a token to nobody"
    at.change_source(url="http://127.0.0.1:1")
    wrong = f"data source Hutch: url is 'http://127.0.0.1:1', not {config.influx.url!r}"
    assert applied(at, config, new, check=True) == [wrong]


def test_another_source_of_that_name_is_no_reason_to_stop(at: At, config: Config, reading: Token) -> None:
    theirs = {"uid": "theirs", "name": "Hutch", "type": "influxdb", "access": "proxy", "url": "http://a:1"}
    assert at.admin.post("/api/datasources", json=theirs).status_code == 200
    try:
        told = applied(at, config, reading())
        assert told[1].startswith("data source Hutch: missing, and Grafana refuses: ")
        assert "name already exists" in told[1]
        assert told[2:] == everything(config, "made")[2:]
    finally:
        at.admin.delete("/api/datasources/uid/theirs")


def test_an_editor_is_told_that_it_takes_an_admin(at: At, config: Config, reading: Token) -> None:
    told = {each.what: each for each in differences(at, config, reading(), role="Editor")}
    assert not told["data source Hutch"].mended
    assert "it needs the role Admin" in str(told["data source Hutch"])


def test_a_wrong_address_is_told_once(at: At, config: Config, reading: Token) -> None:
    elsewhere = replace(at, url=f"{at.url}/nowhere")
    with pytest.raises(GrafanaError, match=r"set \[grafana\] url to its root_url"):
        differences(elsewhere, config, reading())


def test_grafana_gets_no_token_that_serves_every_role(tmp_path: Path) -> None:
    section = InfluxSection(url="http://127.0.0.1:1", token_dir=tmp_path)
    (tmp_path / "writer").write_text("may-write")
    with pytest.raises(TokenMissing, match="a token of its own that only reads"):
        token_for_grafana(section, {"HUTCH_INFLUX_TOKEN": "may-do-everything"})
    assert token_for_grafana(section, {"HUTCH_GRAFANA_INFLUX_TOKEN": "may-read\n"}) == "may-read"
    (tmp_path / "grafana").write_text("of-its-role\n")
    assert token_for_grafana(section, {"HUTCH_INFLUX_TOKEN": "may-do-everything"}) == "of-its-role"
