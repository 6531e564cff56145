"""The dashboards' JSON: what Grafana refuses, breaks or leaves out is not in it."""

import json
import re
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest

from grafana.build import FOLDER, dashboards, files
from grafana.home import ANY_HOME, Home
from grafana.house import DATASOURCE, GRAFANA
from tests.grafana.as_grafana import targets

BOARDS: dict[str, dict[str, Any]] = {
    name: json.loads(text) for name, text in files().items() if name.endswith(".json")
}
UIDS = {
    "hutch-home",
    "hutch-climate",
    "hutch-pets",
    "hutch-clips",
    "hutch-nursery",
    "hutch-gas",
    "hutch-devices",
}
BUILT_IN = {"timeseries", "stat", "table", "text", "row", "alertlist"}
"""Panels that come with Grafana."""
UNITS = {
    "celsius", "fahrenheit", "percent", "percentunit", "pressurehpa", "ppm", "s", "m", "short", "bytes",
    "bps", "none", "suffix:1/s", "suffix:σ", "suffix:h", "dateTimeAsLocal", "dateTimeFromNow",
}  # fmt: skip
OWN_VARIABLES = re.compile(r"__(field|value|data|from|to|url_time_range)\b")
each_board = pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))


def texts(value: Any) -> list[str]:
    """Every text within a piece of JSON."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in texts(each)]


def test_uids_stay_as_they_are() -> None:
    assert {board["uid"] for board in BOARDS.values()} == UIDS


@each_board
def test_it_is_a_classic_dashboard_that_nobody_edits(board: dict[str, Any]) -> None:
    assert board["schemaVersion"] == 42
    assert "apiVersion" not in board, "file provisioning refuses version 2"
    assert board["editable"] is False
    assert not {"id", "version"} & board.keys(), "they are Grafana's"
    assert {panel["type"] for panel in board["panels"]} <= BUILT_IN


@each_board
def test_no_two_panels_overlap(board: dict[str, Any]) -> None:
    places = [panel["gridPos"] for panel in board["panels"]]
    for place in places:
        assert place["x"] + place["w"] <= 24
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or apart, (one, other)


@each_board
def test_every_panel_says_what_it_shows_and_in_which_unit(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        if panel["type"] == "row":
            continue
        assert panel["title"]
        assert len(panel["description"]) > 20, panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        if "targets" in panel:
            assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
            for override in panel["fieldConfig"]["overrides"]:
                units = [each["value"] for each in override["properties"] if each["id"] == "unit"]
                assert set(units) <= UNITS, panel["title"]


@each_board
def test_everything_is_asked_of_the_provisioned_data_source(board: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    for panel in board["panels"]:
        asked = panel.get("targets", [])
        references = [target["refId"] for target in asked]
        assert len(references) == len(set(references)), panel["title"]
        asking = (*asked, panel) if asked else ()
        assert all(each["datasource"] == DATASOURCE for each in asking), panel["title"]
        for override in panel.get("fieldConfig", {}).get("overrides", ()):
            if override["matcher"]["id"] == "byFrameRefID":
                assert override["matcher"]["options"] in references, panel["title"]
    for variable in board["templating"]["list"]:
        assert variable.get("datasource", DATASOURCE) == DATASOURCE
    assert [each["datasource"] for each in board["annotations"]["list"]] == [GRAFANA]


@each_board
def test_every_dollar_is_a_variable_that_is_there(board: dict[str, Any]) -> None:
    known = {variable["name"] for variable in board["templating"]["list"]}
    for text in texts(board["panels"]) + texts(board["templating"]):
        for found in re.finditer(r"\$(?:\{([^}:.]+)[^}]*\}|(\w+))", text):
            name = found[1] or found[2]
            assert name in known or OWN_VARIABLES.match(name) or name == "__all", found[0]


@each_board
def test_grafana_replaces_nothing_but_its_own_macros(board: dict[str, Any]) -> None:
    """Its pattern takes any ``x.bucket`` for one."""
    queries = [query for _, _, query in targets(board)]
    queries += [each["query"] for each in board["templating"]["list"] if each["type"] == "query"]
    for query in queries:
        found = re.findall(r"([a-zA-Z]+)\.(timeRangeStart|timeRangeStop|windowPeriod)", query)
        assert {owner for owner, _ in found} <= {"v"}
        assert not re.search(r"[a-zA-Z]+\.(bucket|defaultBucket|organization)\b", query)


@each_board
def test_links_lead_to_the_others_and_keep_the_window(board: dict[str, Any]) -> None:
    [link] = board["links"]
    assert (link["type"], link["keepTime"], link["includeVars"]) == ("dashboards", True, True)
    assert link["tags"] == board["tags"]
    for text in texts(board["panels"]):
        for uid in re.findall(r"^/d/([\w-]+)", text):
            assert uid in UIDS
            assert "${__url_time_range}" in text, "a link between dashboards keeps the window"


@each_board
def test_links_of_tables_into_the_api_do_not_begin_at_grafanas_own_path(board: dict[str, Any]) -> None:
    """Grafana puts ``/grafana`` before a data link that begins with a slash."""
    for panel in board["panels"]:
        for override in panel.get("fieldConfig", {}).get("overrides", ()):
            for told in override["properties"]:
                for link in told["value"] if told["id"] == "links" else ():
                    assert link["url"].startswith(("/d/", "../../../..")), link["url"]
                    assert link["targetBlank"] is not link["url"].startswith("/d/")


@each_board
def test_html_has_only_what_the_sanitiser_lets_through(board: dict[str, Any]) -> None:
    allowed = {
        "img": {"src", "width", "height", "alt"},
        "video": {"controls", "autoplay", "loop", "preload", "src", "width", "height"},
        "a": {"href", "target", "title"},
        "p": set(),
    }
    for panel in board["panels"]:
        if panel["type"] != "text":
            continue
        content = panel["options"]["content"]
        for tag, attributes in re.findall(r"<(\w+)([^>]*)>", content):
            named = set(re.findall(r"([\w-]+)(?:=|\s|$)", re.sub(r'"[^"]*"', '""', attributes)))
            assert named <= allowed[tag], (tag, named)
        for address in re.findall(r'(?:src|href)="([^"]*)"', content):
            assert address.startswith("/"), "on the same origin"


def test_the_committed_files_are_where_grafana_looks() -> None:
    assert {path.name for path in (FOLDER / "dashboards").iterdir()} == {
        *(f"{board.name}.json" for board in dashboards(ANY_HOME)),
        "hutch.yml",
    }


def panel(board: str, title: str) -> dict[str, Any]:
    [found] = [each for each in BOARDS[f"dashboards/{board}.json"]["panels"] if each["title"] == title]
    return dict(found)


def test_home_tells_of_the_alerts_of_whoever_warns() -> None:
    """Grafana's list knows nothing of what Hutch warns of."""
    assert panel("home", "Alerts")["type"] == "alertlist"
    board = json.loads(files(Home(alerts_by="hutch"))["dashboards/home.json"])
    [alerts] = [each for each in board["panels"] if each["title"] == "Alerts"]
    assert 'href="/pages/alerts"' in alerts["options"]["content"]


def test_home_says_no_more_than_it_knows() -> None:
    assert panel("home", "Silent")["fieldConfig"]["defaults"]["noValue"] == "nothing is silent"


def test_an_hour_without_activity_has_no_bar() -> None:
    draws = panel("pets", "Active minutes an hour")["fieldConfig"]["defaults"]["custom"]
    assert draws["drawStyle"] == "bars"


@pytest.mark.parametrize(("board", "title"), [("home", "Silent"), ("devices", "Everything expected")])
def test_what_never_spoke_was_not_heard_of_in_1970(board: str, title: str) -> None:
    """Its moment is 0, and so its age that of 1970."""
    columns = {
        override["matcher"]["options"]: {told["id"]: told["value"] for told in override["properties"]}
        for override in panel(board, title)["fieldConfig"]["overrides"]
    }
    [never] = columns["heard"]["mappings"]
    assert never["options"]["0"]["text"] == "never"
    [ageless] = columns["age"]["mappings"]
    assert ageless["options"]["from"] < datetime.now(UTC).timestamp() < ageless["options"]["to"]
    assert ageless["options"]["result"]["text"] == "–"
