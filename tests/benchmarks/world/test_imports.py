"""Scenes and rules know nothing of each other: else a rule is its own measure."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WORLD = ROOT / "benchmarks" / "world"
MAKES = ("acts", "behaviour", "coats", "director", "life", "light", "poses", "rooms", "scenes", "stage")
"""What makes scenes; the rest of the folder plays them through the pipeline."""
PAINTING = ("vision.cameras.paint", "vision.cameras.cats", "vision.cameras.script")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            within = module in ("benchmarks", "benchmarks.world", "vision", "vision.cameras")
            names.update(f"{module}.{alias.name}" if within else module for alias in node.names)
    return names


@pytest.mark.parametrize("name", MAKES)
def test_what_makes_scenes_knows_nothing_of_the_rules(name: str) -> None:
    ours = {
        module
        for module in imported(WORLD / f"{name}.py")
        if module.split(".")[0] in ("influx", "collector", "vision", "api", "hutch", "grafana")
    }
    assert ours <= set(PAINTING)
    others = {module for module in imported(WORLD / f"{name}.py") if module.startswith("benchmarks.")}
    assert others <= {f"benchmarks.world.{made}" for made in MAKES}


def test_every_file_is_either_known_to_make_scenes_or_plays_them() -> None:
    files = {path.stem for path in WORLD.glob("*.py")} - {"__init__", "__main__"}
    assert files - set(MAKES) == {"household", "play", "tables"}


@pytest.mark.parametrize("path", sorted((ROOT / "vision").rglob("*.py")), ids=lambda path: path.stem)
def test_no_rule_knows_of_the_scenes(path: Path) -> None:
    assert not [module for module in imported(path) if module.split(".")[0] == "benchmarks"]


@pytest.mark.parametrize("name", ["paint", "cats", "script"])
def test_what_both_may_paint_with_knows_nothing_of_the_rules(name: str) -> None:
    path = ROOT / "vision" / "cameras" / f"{name}.py"
    assert {module for module in imported(path) if module.startswith("vision")} <= set(PAINTING)
