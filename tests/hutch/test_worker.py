"""A worker as the supervisor starts it: it says what is wrong and ends with the right code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from collector.file_lock import FileLock
from vision.heartbeat import VARIABLE

HOME = """
[[locations]]
name = "hutch"
[vision]
consent = true
[[vision.cameras]]
kind = "scripted"
name = "cam"
location = "hutch"
"""


def worker(folder: Path, *arguments: str, text: str = HOME) -> subprocess.CompletedProcess[str]:
    """A worker whose supervisor goes away at once."""
    (folder / "hutch.toml").write_text(text)
    command = [sys.executable, "-m", "hutch.worker", *arguments, "--config", str(folder / "hutch.toml")]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("arguments", [("collector",), ("camera", "--name", "cam"), ("api",)])
def test_a_worker_ends_in_peace_when_its_supervisor_is_gone(tmp_path: Path, arguments: tuple[str]) -> None:
    ended = worker(tmp_path, *arguments, text=HOME + "[api]\nport = 0\n")
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unknown_camera_is_bad_configuration(tmp_path: Path) -> None:
    ended = worker(tmp_path, "camera", "--name", "door")
    assert ended.returncode == 2
    assert "there is no camera 'door' in the configuration" in ended.stderr


def test_a_kind_that_does_not_exist_is_bad_configuration(tmp_path: Path) -> None:
    ended = worker(tmp_path, "camera", "--name", "cam", text=HOME.replace("scripted", "tv"))
    assert ended.returncode == 2
    assert "kind 'tv' is unknown" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_camera_that_another_process_records_is_said_in_a_sentence(tmp_path: Path) -> None:
    recordings = tmp_path / "data" / "recordings"
    recordings.mkdir(parents=True)
    lock = FileLock(recordings / "cam.lock")
    assert lock.take(wait=False)
    ended = worker(tmp_path, "camera", "--name", "cam")
    lock.close()
    assert ended.returncode == 3
    assert "another process records as camera 'cam'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_token_is_bad_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUTCH_INFLUX_TOKEN", raising=False)
    ended = worker(tmp_path, "collector", text="[influx]\nurl = 'http://127.0.0.1:9'\n")
    assert ended.returncode == 2
    assert "HUTCH_INFLUX_TOKEN" in ended.stderr


def test_what_is_kept_is_nobody_elses(tmp_path: Path) -> None:
    assert worker(tmp_path, "collector").returncode == 0
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data").iterdir()}
    assert modes
    assert not any(modes.values()), modes


@pytest.mark.parametrize("consent", [True, False])
def test_a_camera_gives_signs_of_life_whether_it_has_pictures_or_not(tmp_path: Path, consent: bool) -> None:
    lost = HOME.replace("scripted", "file").replace('name = "cam"', 'name = "cam"\npath = "gone.mp4"')
    (tmp_path / "hutch.toml").write_text(lost.replace("consent = true", f"consent = {str(consent).lower()}"))
    ours, theirs = os.pipe()
    command = [sys.executable, "-m", "hutch.worker", "camera", "--name", "cam"]
    camera = subprocess.Popen(
        [*command, "--config", str(tmp_path / "hutch.toml")],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, VARIABLE: str(theirs)},
        pass_fds=(theirs,),
    )
    os.close(theirs)
    beats = b""
    while len(beats) < 4 and (heard := os.read(ours, 100)):
        beats += heard
    os.close(ours)
    assert camera.stdin is not None
    camera.stdin.close()
    assert camera.wait(20) == 0
    assert len(beats) >= 4
