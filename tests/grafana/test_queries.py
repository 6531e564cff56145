"""Every query of every panel and variable runs on a real InfluxDB and gives what the panel needs."""

from datetime import timedelta

import pytest

from grafana.build import dashboards
from grafana.home import ANY_HOME
from grafana.house import Dashboard
from grafana.panels import Panel
from influx.windows import Window
from tests.grafana.conftest import Lived

WINDOWS = {
    "3 h": timedelta(hours=3),
    "7 d": timedelta(days=7),
    "1 y": timedelta(days=365),
    "3 y": timedelta(days=3 * 365),
}
CHOSEN = dict.fromkeys(("location", "pet", "camera", "gas", "person", "node"), ".*") | {"unit": "C"}
PANELS = [
    pytest.param(board.name, number, length, id=f"{board.name}: {panel.title}, {name}")
    for board in dashboards(ANY_HOME)
    for number, panel in enumerate(board.panels)
    if panel.queries
    for name, length in WINDOWS.items()
]
VARIABLES = [
    pytest.param(board.name, variable["name"], id=f"{board.name}: {variable['name']}")
    for board in dashboards(ANY_HOME)
    for variable in board.variables
    if variable["type"] == "query"
]
QUIET = frozenset({"Events today", "Events, by type"})
"""Panels that may rightly have nothing to show, after midnight or over three hours."""


def board_named(lived: Lived, name: str) -> Dashboard:
    return next(board for board in dashboards(lived.home) if board.name == name)


@pytest.mark.parametrize(("board", "number", "length"), PANELS)
def test_a_panel_gets_the_columns_it_needs(lived: Lived, board: str, number: int, length: timedelta) -> None:
    panel = board_named(lived, board).panels[number]
    window = Window.last(length, lived.seeded.now)
    first, *others = panel.queries.values()
    rows = lived.ask.rows(first, window, CHOSEN, panel.least_step)
    assert rows or (panel.title in QUIET and length < timedelta(days=7)), "the panel is empty"
    for row in rows:
        assert set(panel.gives) <= row.keys(), "a column is missing"
    assert rows == [] or any(row[panel.gives[1]] for row in rows), "there are rows, but no value"
    for query in others:
        for row in lived.ask.rows(query, window, CHOSEN, panel.least_step):
            assert {"_time", "_value"} <= row.keys()


@pytest.mark.parametrize(("board", "name"), VARIABLES)
def test_a_variable_offers_what_there_is(lived: Lived, board: str, name: str) -> None:
    [variable] = [each for each in board_named(lived, board).variables if each["name"] == name]
    window = Window.last(timedelta(days=7), lived.seeded.now)
    offered = [row["_value"] for row in lived.ask.rows(variable["query"], window, CHOSEN)]
    there = {
        "location": ["den", "nursery"],
        "pet": ["miso", "pip"],
        "camera": ["cage"],
        "view": ["cage"],
        "gas": ["CH4", "CO"],
        "person": ["mia"],
        "node": ["lora", "pi"],
    }
    if name == "clip":
        assert offered[0] == "cage-000000", "the newest clip comes first, for it is played first"
        assert len(offered) == len(set(offered)) == 100
    else:
        assert offered == there[name]


def test_several_chosen_locations_are_shown_and_no_others(lived: Lived) -> None:
    query = temperature(lived).queries["A"]
    window = Window.last(timedelta(hours=3), lived.seeded.now)
    for several in (("den", "nursery"), ("nursery", "cellar"), ("den",)):
        rows = lived.ask.rows(query, window, CHOSEN | {"location": several})
        assert {row["location"] for row in rows} == {"den", "nursery"} & set(several)


@pytest.mark.parametrize("name", ["a/b", "d.n", 'de"n', "${1 + 1}", "den|nursery", "\\d", "Стая ü"])
def test_a_name_is_never_more_than_a_name(lived: Lived, name: str) -> None:
    query = temperature(lived).queries["A"]
    window = Window.last(timedelta(hours=3), lived.seeded.now)
    assert lived.ask.rows(query, window, CHOSEN | {"location": name}) == []


def temperature(lived: Lived) -> Panel:
    panels = board_named(lived, "climate").panels
    return next(panel for panel in panels if panel.title == "Temperature")


def test_a_panel_draws_no_more_than_a_screen_has_columns(lived: Lived) -> None:
    panel = temperature(lived)
    for length in WINDOWS.values():
        window = Window.last(length, lived.seeded.now)
        rows = lived.ask.rows(panel.queries["A"], window, CHOSEN)
        a_series = [row for row in rows if row["sensor"] == "usb"]
        assert len(a_series) <= 1100
        assert [row["_time"] for row in a_series] == sorted({row["_time"] for row in a_series})
