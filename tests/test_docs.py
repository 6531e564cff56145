"""What the documentation names exists, and what exists and should be documented is."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from hutch.cli import app

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "locks").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_of_the_repository_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
        assert (document.parent / target).exists(), f"{document.name} links to {target}, which does not exist"


def test_every_file_the_contributing_table_names_exists() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text().split("→ open this file")[1].split("## ")[0]
    named = re.findall(r"`((?:influx|collector|vision|api|hutch|grafana|docs|tests)/[\w./]*)`", table)
    assert len(named) > 15
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    for name in group.commands:
        assert f"hutch {name}" in readme, f"README.md does not mention `hutch {name}`"


def test_version_and_changelog_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version("hutch-monitor") == project["version"]
    assert f"## {project['version']} " in (ROOT / "CHANGELOG.md").read_text()


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:3] for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == [f"{n:03d}" for n in range(1, len(numbers) + 1)]
