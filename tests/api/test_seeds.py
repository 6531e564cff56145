"""The documents that Hutch began with are kept: each of their promises has a test that holds it."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.api.seed_sentences import SEEDS

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT.parent / "shared" / "seeds"
ENDPOINTS = {
    "pet-watch": (),
    "temperature-logger": ("GET /temperature/history",),
    "gas-monitor": ("/", "/graph", "/receive-json", "/get-last-entity", "/get-data-from-timestamp"),
    "nursery": (),
    "pet-camera-monitoring": (
        "GET /live",
        "GET /events",
        "GET /events/{id}",
        "GET /recordings",
        "POST /alerts/config",
    ),
}
HELD = [(seed, test) for seed, table in SEEDS.items() for tests in table.values() for test in tests]
OF_THE_TOOLS = re.compile(
    r"[\w./-]+\.(py|html|txt|yml|example|md|env|feeding_flask_service)|\.env|docker.*|requests?|yarn.*"
    r"|Dockerfile|systemctl|--preload|FLASK_ENV|production|pip .*|SensorData|RUN_MAIN|http://localhost:8000"
    r"|/tmp/temperature\.db|[134]|baby carrots|\"bottle of water"
)
"""What the documents put between backticks that is no endpoint, event, field or page."""
FENCED = re.compile(r"(\\?`){3}.*?(\\?`){3}")
BETWEEN_BACKTICKS = re.compile(r"`([^`]+)`")


@cache
def defined_in(path: Path) -> frozenset[str]:
    return frozenset(
        node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)
    )


@cache
def words_of(seed: str) -> str:
    """The document without line breaks; skips where it is not at hand."""
    path = FOLDER / f"{seed}.md"
    if not path.exists():
        pytest.skip("the documents are not beside the repository")
    return " ".join(path.read_text(encoding="utf-8", errors="replace").split())


@pytest.mark.parametrize(("seed", "test"), sorted(set(HELD)))
def test_every_test_that_holds_a_sentence_is_there(seed: str, test: str) -> None:
    path, _, name = test.partition("::")
    assert (ROOT / path).exists(), f"{seed} counts on {path}, which is not there"
    assert name in defined_in(ROOT / path), f"{seed} counts on {name}, which is not in {path}"


@pytest.mark.parametrize("seed", SEEDS)
def test_every_sentence_has_a_test(seed: str) -> None:
    without = [sentence for sentence, tests in SEEDS[seed].items() if not tests]
    assert not without, f"{seed} promises {without}, which no test holds"


@pytest.mark.parametrize("seed", SEEDS)
def test_every_endpoint_has_a_sentence(seed: str) -> None:
    for endpoint in ENDPOINTS[seed]:
        assert any(f"`{endpoint}`" in sentence for sentence in SEEDS[seed]), f"{seed}: {endpoint} has none"


@pytest.mark.parametrize("seed", SEEDS)
def test_every_sentence_stands_in_its_document(seed: str) -> None:
    missing = [sentence for sentence in SEEDS[seed] if sentence not in words_of(seed)]
    assert not missing, f"not in {seed}.md: {missing}"


@pytest.mark.parametrize("seed", SEEDS)
def test_no_name_of_a_document_is_passed_over(seed: str) -> None:
    quoted = " ".join(SEEDS[seed])
    named = set(BETWEEN_BACKTICKS.findall(FENCED.sub("", words_of(seed))))
    passed = {name for name in named if f"`{name}`" not in quoted and not OF_THE_TOOLS.fullmatch(name)}
    assert not passed, f"{seed}.md names {sorted(passed)}, of which no sentence is in the table"
