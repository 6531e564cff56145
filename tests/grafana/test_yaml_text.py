"""What is written as YAML is what YAML reads."""

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from grafana.yaml_text import document

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text(
    "ab \n\t:#-|$\"'{}\\é", max_size=30
)
KEYS = TEXTS | st.sampled_from(["no", "On", "~", "null", "for"])
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none() | st.just(0.5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_a_document_says_what_was_given(value: Any) -> None:
    assert yaml.safe_load(document(value)) == value


def test_a_text_of_several_lines_stands_below_its_key() -> None:
    told = document({"query": "from()\n    |> last()\n", "list": [{"a": 1, "b": []}]})
    assert told == "query: |\n  from()\n      |> last()\nlist:\n  - a: 1\n    b: []\n"
