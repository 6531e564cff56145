"""How a dashboard is compared with what it should be."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutch.grafana.boards import difference

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@pytest.mark.parametrize(
    ("wanted", "there", "place"),
    [
        ({"title": "Gas"}, {"title": "Gas", "id": 3, "version": 7}, ""),
        ({"title": "Gas"}, {"title": "Smells"}, "title"),
        ({"title": "Gas"}, {}, "title"),
        ({"panels": [{"id": 1}]}, {"panels": [{"id": 1, "pluginVersion": "9"}]}, "panels.0.pluginVersion"),
        ({"panels": [{"id": 1}, {"id": 2}]}, {"panels": [{"id": 1}]}, "panels"),
        ({"panels": []}, {"panels": [{"id": 1}]}, "panels"),
        ({"panels": []}, {"panels": {}}, "panels"),
        ({"min": 0}, {"min": 0.0}, ""),
        ({"min": 0}, {"min": None}, "min"),
    ],
)
def test_the_first_place_is_told(wanted: Any, there: Any, place: str) -> None:
    assert difference(wanted, there) == place


@given(st.dictionaries(st.text(max_size=3), trees, max_size=4))
def test_what_is_the_same_does_not_differ(tree: dict[str, Any]) -> None:
    assert difference(tree, copy.deepcopy(tree)) == ""


@given(st.dictionaries(st.sampled_from("abc"), trees, min_size=1), st.data())
def test_what_is_changed_anywhere_differs(tree: dict[str, Any], data: st.DataObject) -> None:
    there = copy.deepcopy(tree)
    holder: Any = there
    key: Any = data.draw(st.sampled_from(sorted(there)))
    while isinstance(holder[key], (dict, list)) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    holder[key] = "changed beyond five letters"
    assert difference(tree, there)
