"""``hutch models``: listed, fetched and tried out as a person types it."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from hutch.config import load
from tests.hutch.test_commands import hutch, one_sentence
from tests.hutch.test_fetch import Site, serving
from tests.vision.detectors import graphs
from tests.vision.detectors.scenes import nanodet_section
from vision.config import LAYOUT_NAMES
from vision.models import MODELS


def test_every_known_model_can_be_read_and_has_a_sum_where_it_has_an_address() -> None:
    for name, model in MODELS.items():
        assert name == model.name
        assert model.layout in LAYOUT_NAMES
        assert model.licence == "Apache-2.0"
        assert bool(model.url) == bool(re.fullmatch("[0-9a-f]{64}", model.sha256))
        assert not model.url or model.file.endswith(".onnx")


def test_the_list_is_for_people_and_for_programs(tmp_path: Path) -> None:
    shown = hutch("models", "list", cwd=tmp_path)
    assert "yolox-nano" in shown.stdout
    assert "Apache-2.0" in shown.stdout
    rows = [json.loads(line) for line in hutch("models", "list", "--json", cwd=tmp_path).stdout.splitlines()]
    assert {row["name"] for row in rows} == set(MODELS)


def test_a_model_is_pulled_and_what_it_says_to_write_can_be_loaded(tmp_path: Path) -> None:
    content = graphs.yolox(tmp_path / "made.onnx").read_bytes()
    site = Site(content=content)
    with serving(site) as url:
        command = (
            "models",
            "pull",
            url,
            "--sha256",
            hashlib.sha256(content).hexdigest(),
            "--layout",
            "yolox",
        )
        first, second = (hutch(*command, cwd=tmp_path) for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr
    assert "is there, and right" in first.stdout
    assert "is there already, and right" in second.stdout
    assert len(site.asked) == 1
    (tmp_path / "hutch.toml").write_text(first.stdout.split("\n\n")[1])
    section = load(tmp_path / "hutch.toml").vision.detector
    assert section.model == tmp_path / "data" / "models" / "model.onnx"
    assert section.model.read_bytes() == content
    checked = hutch("models", "check", "--config", "hutch.toml", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert re.search(r"runs on\W+cpu", checked.stdout)
    assert re.search(r"a look takes\W+\d+ ms", checked.stdout)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nano"], "'nano' is neither a URL nor one of nanodet-plus-m, "),
        (["d-fine-n"], "name a URL with --sha256 and --layout d-fine"),
        (["https://example.org/m.onnx"], "--sha256 and 64 hexadecimal digits"),
        (
            ["https://example.org/m.onnx", "--sha256", "0" * 64],
            "say how the model is read: --layout nanodet|",
        ),
        (["https://example.org/", "--sha256", "0" * 64, "--layout", "yolox"], "ends in no name of a file"),
    ],
)
def test_what_cannot_be_pulled_is_one_sentence(tmp_path: Path, arguments: list[str], why: str) -> None:
    assert why in one_sentence(hutch("models", "pull", *arguments, cwd=tmp_path))


def test_a_wrong_sum_ends_with_a_code_and_leaves_nothing(tmp_path: Path) -> None:
    with serving(Site()) as url:
        ended = hutch("models", "pull", url, "--sha256", "0" * 64, "--layout", "yolox", cwd=tmp_path)
    assert "was removed: its SHA-256 is" in one_sentence(ended)
    assert ended.returncode == 3
    assert list((tmp_path / "data" / "models").iterdir()) == []


def test_a_model_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    assert "no model is configured" in one_sentence(hutch("models", "check", cwd=tmp_path))
    graphs.echo(tmp_path / "echo.onnx")
    ended = hutch("models", "check", "--model", "echo.onnx", "--layout", "yolox", cwd=tmp_path)
    assert "is not of layout yolox" in one_sentence(ended)
    ended = hutch("models", "check", "--model", "echo.onnx", "--layout", "yolo", cwd=tmp_path)
    assert "--layout: 'yolo' is none of nanodet, yolox" in one_sentence(ended)


def test_the_real_model_is_fast_enough_for_this_machine(tmp_path: Path) -> None:
    checked = hutch("models", "check", "--model", nanodet_section().model, cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert re.search(r"classes that are pets\W+3", checked.stdout)
