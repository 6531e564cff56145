"""`hutch watch --truth`, from a scripted scene written as a recording to the figures."""

import json
from pathlib import Path

import pytest

from benchmarks.world.play import write
from benchmarks.world.scenes import Scene, scene
from tests.hutch.test_commands import hutch, one_sentence
from vision.truth import read_truth


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short scene by day in which a pet passes by, as a recording with its truth beside it."""
    return write(_short(), tmp_path_factory.mktemp("scene"), width=320, height=180)


def _short() -> Scene:
    passing = (scene(seed) for seed in range(1_008, 3_000, 24))
    return next(one for one in passing if len(one.visits) == 1 and one.seconds < 25 and not one.light.changes)


def test_the_figures_of_a_scene_are_told(tmp_path: Path, recording: Path) -> None:
    truth = recording.with_suffix(".truth.json")
    ended = hutch("watch", recording, "--truth", truth, "--json", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    *events, last = [json.loads(line) for line in ended.stdout.splitlines()]
    (known,) = read_truth(truth).events
    (event,) = events
    assert event["event_type"] == known.event_type == "passing"
    told = last["agreement"]
    assert told["scripted"] is True
    assert (told["visits"], told["missed"], told["false"], told["right"]) == (1, 0, 0, 1.0)
    assert told["types"] == {"passing": {"precision": 1.0, "recall": 1.0}}


def test_what_does_not_agree_is_listed(tmp_path: Path, recording: Path) -> None:
    (known,) = read_truth(recording.with_suffix(".truth.json")).events
    (tmp_path / "truth.json").write_text(
        json.dumps(
            {
                "events": [
                    {"event_type": "sitting", "pet": "miso", "start": known.start, "end": known.end},
                    {"event_type": "sleeping", "start": 500, "end": 600},
                ]
            }
        )
    )
    ended = hutch("watch", recording, "--truth", "truth.json", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "type right 0%" in ended.stdout
    assert "wrong type: sitting of miso" in ended.stdout
    assert "missed: sleeping of unknown from 500.0 to 600.0 s" in ended.stdout


def test_a_truth_that_is_none_is_said_before_anything_is_watched(tmp_path: Path, recording: Path) -> None:
    (tmp_path / "truth.json").write_text("[]")
    ended = hutch("watch", recording, "--truth", "truth.json", cwd=tmp_path)
    assert "--truth: truth.json is no truth file" in one_sentence(ended)
    assert not (tmp_path / "data").exists()
