"""What pages load: nothing in it that no page uses any more."""

import re
from pathlib import Path

import pytest

API = Path(__file__).parent.parent.parent.parent / "api"
OTHERS = re.compile(r"dygraph-.*|[ck]\d")
"""Classes that the chart library gives, and those that are numbered."""


def text_of(*patterns: str) -> str:
    return "\n".join(file.read_text() for pattern in patterns for file in sorted(API.glob(pattern)))


@pytest.mark.parametrize("sheet", sorted(API.glob("static/*.css")), ids=lambda file: file.name)
def test_every_class_of_a_stylesheet_is_that_of_something_on_a_page(sheet: Path) -> None:
    used = set(re.findall(r"[\w-]+", text_of("templates/**/*.html", "static/*.js", "pages/*.py")))
    named = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)))
    assert {name for name in named - used if not OTHERS.fullmatch(name)} == set()


def test_every_drawing_is_shown_somewhere() -> None:
    icons = (API / "templates" / "icons.html").read_text()
    used = text_of("templates/**/*.html", "pages/*.py").replace(icons, "")
    names = re.findall(r'name == "(\w+)"', icons)
    assert names
    assert [name for name in names if f'"{name}"' not in used] == []
