"""Every panel and every variable gets its answer through Grafana, over short windows and long ones."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from grafana.build import dashboards
from grafana.home import ANY_HOME
from grafana.panels import Panel
from influx.windows import Window
from tests.grafana.conftest import Lived
from tests.grafana.real.asking import LABEL, Frame, answers
from tests.grafana.test_queries import CHOSEN, QUIET, VARIABLES, board_named

WINDOWS = {"3 h": timedelta(hours=3), "24 h": timedelta(days=1), "1 y": timedelta(days=365)}
PANELS = [
    pytest.param(board.name, number, length, id=f"{board.name}: {panel.title}, {name}")
    for board in dashboards(ANY_HOME)
    for number, panel in enumerate(board.panels)
    if panel.queries
    for name, length in WINDOWS.items()
]


@pytest.mark.parametrize(("board", "number", "length"), PANELS)
def test_a_panel_is_answered(
    admin: httpx.Client, lived: Lived, board: str, number: int, length: timedelta
) -> None:
    panel = board_named(lived, board).panels[number]
    window = Window.last(length, lived.seeded.now)
    shown = answers(admin, panel.queries, window, CHOSEN, panel.least_step)
    first = next(iter(panel.queries))
    rows = sum(frame.length for frame in shown[first])
    assert rows or (panel.title in QUIET and length < timedelta(days=7)), "the panel is empty"
    for reference, frames in shown.items():
        for frame in frames:
            assert_it_has_what_its_name_is_made_of(panel, reference, frame)
    if panel.kind == "table":
        assert all(set(panel.gives) <= frame.columns.keys() for frame in shown[first])


def assert_it_has_what_its_name_is_made_of(panel: Panel, reference: str, frame: Frame) -> None:
    """Grafana puts in nothing for a label that is not there."""
    name = str(panel.defaults.get("displayName", ""))
    for override in panel.overrides:
        if override["matcher"] == {"id": "byFrameRefID", "options": reference}:
            name = named(override, name)
    assert set(LABEL.findall(name)) <= frame.labels.keys() or frame.length == 0


def named(override: dict[str, Any], otherwise: str) -> str:
    told = {each["id"]: each["value"] for each in override["properties"]}
    return str(told.get("displayName", otherwise))


IN_BOTH = ("home", "climate", "nursery")


@pytest.mark.parametrize("board", IN_BOTH)
def test_degrees_fahrenheit_are_those_of_celsius(admin: httpx.Client, lived: Lived, board: str) -> None:
    window = Window.last(timedelta(days=1), lived.seeded.now)
    for panel in board_named(lived, board).panels:
        if panel.unit != "celsius":
            continue
        celsius, fahrenheit = (
            answers(admin, panel.queries, window, CHOSEN | {"unit": unit}, panel.least_step)
            for unit in ("C", "F")
        )
        for one, other in zip(*[iter(panel.queries)] * 2, strict=True):
            expected = [value * 1.8 + 32 for value in numbers(celsius[one])]
            assert numbers(fahrenheit[other]) == pytest.approx(expected), panel.title
            assert (numbers(celsius[other]), numbers(fahrenheit[one])) == ([], []), panel.title


def numbers(frames: list[Frame]) -> list[float]:
    return [value for frame in frames for value in frame.columns.get("_value", ()) if value is not None]


@pytest.mark.parametrize(("board", "name"), VARIABLES)
def test_a_variable_is_answered(admin: httpx.Client, lived: Lived, board: str, name: str) -> None:
    [variable] = [each for each in board_named(lived, board).variables if each["name"] == name]
    window = Window.last(timedelta(days=7), lived.seeded.now)
    offered = answers(admin, {name: variable["query"]}, window, CHOSEN)
    assert [value for frame in offered[name] for value in frame.columns["_value"]]
