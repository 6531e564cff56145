from pathlib import Path

import pytest

from tests.vision.detectors import graphs
from vision.config import DetectorSection
from vision.detectors import BadModel
from vision.detectors.trial import Trial, try_out


def test_a_trial_says_how_the_model_is_here(tmp_path: Path) -> None:
    section = DetectorSection(
        model=graphs.yolox(tmp_path / "model.onnx"), layout="yolox", pets=("cat", "dog")
    )
    trial = try_out(section, looks=3)
    assert (trial.layout, trial.provider, trial.pets, trial.too_slow) == ("yolox", "cpu", 2, False)
    assert 0 < trial.median <= trial.longest < 1
    assert 0 < trial.a_second <= 5


def test_one_that_takes_longer_than_cameras_wait_is_too_slow() -> None:
    assert Trial("yolox", "cpu", 3, 1.2, 1.5).too_slow
    assert Trial("yolox", "cpu", 3, 0.5, 1.5).a_second == 2


def test_without_a_model_there_is_nothing_to_try() -> None:
    with pytest.raises(BadModel, match="no model is configured"):
        try_out(DetectorSection())
