"""The Pi's camera by rpicam-vid: a stand-in with the same options, whose H.264 and deaths are real."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from tests.daemon import wait_until
from tests.needs import lacking
from vision.cameras import BadCamera, open_camera
from vision.cameras.rpicam import RpicamCamera, RpicamOptions
from vision.config import CameraSection
from vision.decoder import Decoder
from vision.stream import CameraLost, TimedPacket

STAND_IN = Path(__file__).with_name("rpicam_vid.py")


@pytest.fixture
def pids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[int]]]:
    noted = tmp_path / "pids"
    noted.touch()
    monkeypatch.setenv("HUTCH_TEST_PIDS", str(noted))

    def running() -> list[int]:
        return [pid for pid in map(int, noted.read_text().split()) if _runs(pid)]

    yield running
    assert wait_until(lambda: not running(), 10), f"{running()} outlived the camera"


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def camera(tmp_path: Path, pids: object) -> RpicamCamera:
    program = tmp_path / "rpicam-vid"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
    program.chmod(0o755)
    options = RpicamOptions(program=str(program), width=320, height=240, fps=15, timeout=4)
    return RpicamCamera("cage", options)


def befalls(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setenv("HUTCH_TEST_RPICAM", what)


def test_its_pictures_come_as_they_were_encoded(camera: RpicamCamera) -> None:
    stream = camera.open()
    assert not stream.ends
    decoder = Decoder(stream.video)
    given: list[TimedPacket] = []
    seen = 0
    for timed in stream.packets():
        given.append(timed)
        for frame, _ in decoder.frames(timed):
            seen += 1
            assert (frame.width, frame.height) == (320, 240)
        if len(given) == 40:
            break
    stream.close()
    assert seen >= 38
    assert sum(timed.packet.is_keyframe for timed in given) in (2, 3), "clips could not begin every second"
    times = [timed.time for timed in given]
    assert times == sorted(times)
    late = [after - before for before, after in pairwise(times[5:])]
    assert max(late) < 1, f"pictures come in lumps: {late}"


def test_closing_ends_the_program_and_what_it_started(
    camera: RpicamCamera, monkeypatch: pytest.MonkeyPatch, pids: Callable[[], list[int]]
) -> None:
    befalls(monkeypatch, "starts another 3")
    stream = camera.open()
    packets = stream.packets()
    assert wait_until(lambda: next(packets) is not None and len(pids()) >= 2, 20)
    stream.close()
    assert pids() == []
    assert list(packets) == []


def test_a_program_that_dies_tells_why(camera: RpicamCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    befalls(monkeypatch, "dies 10")
    stream = camera.open()
    with pytest.raises(CameraLost) as caught:
        list(stream.packets())
    stream.close()
    assert str(caught.value) == "camera 'cage' was lost: rpicam-vid says 'Device timeout detected'"


def test_a_program_that_is_killed_is_said_to_be(camera: RpicamCamera, pids: Callable[[], list[int]]) -> None:
    stream = camera.open()
    packets = stream.packets()
    next(packets)
    for pid in pids():
        os.kill(pid, 9)
    with pytest.raises(CameraLost, match="camera 'cage' was lost: rpicam-vid was ended by signal 9"):
        list(packets)
    stream.close()


def test_a_program_that_hangs_is_ended_after_the_timeout(
    camera: RpicamCamera, monkeypatch: pytest.MonkeyPatch, pids: Callable[[], list[int]]
) -> None:
    befalls(monkeypatch, "hangs 5")
    stream = camera.open()
    with pytest.raises(CameraLost, match="camera 'cage' was lost: rpicam-vid gave no picture for 4 s"):
        list(stream.packets())
    assert pids() == []
    stream.close()


def test_a_program_that_hangs_does_not_outlive_a_camera_process_that_is_killed(
    tmp_path: Path,
    camera: RpicamCamera,
    monkeypatch: pytest.MonkeyPatch,
    pids: Callable[[], list[int]],
) -> None:
    if shutil.which("setpriv") is None:
        lacking("there is no `setpriv`: install util-linux")
    befalls(monkeypatch, "hangs 3")
    script = f"""
from vision.cameras.rpicam import RpicamCamera, RpicamOptions
options = RpicamOptions(program={str(tmp_path / "rpicam-vid")!r}, width=320, height=240, timeout=100)
for _ in RpicamCamera("cage", options).open().packets():
    print("picture", flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"picture\n"
    assert wait_until(lambda: len(pids()) == 2, 20), "it does not hang"
    process.kill()
    process.wait()
    process.stdout.close()
    assert wait_until(lambda: not pids(), 10), "it holds the camera for ever"


def test_rubbish_is_no_camera(camera: RpicamCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    befalls(monkeypatch, "rubbish")
    with pytest.raises(CameraLost, match="camera 'cage' cannot be opened: .*gave no picture"):  # noqa: RUF043
        camera.open()


def test_a_pi_without_a_camera_says_so(camera: RpicamCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    befalls(monkeypatch, "no camera")
    with pytest.raises(CameraLost, match="cannot be opened: rpicam-vid says 'no cameras available'"):
        camera.open()


def test_where_it_is_not_installed_the_package_is_named(tmp_path: Path) -> None:
    options = RpicamOptions(program=str(tmp_path / "rpicam-vid"))
    with pytest.raises(
        CameraLost, match="is not installed; on Raspberry Pi OS: sudo apt install rpicam-apps"
    ):
        RpicamCamera("cage", options).open()


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"rotation": 90}, "rotation: must be 0 or 180; the camera turns no other way"),
        ({"arguments": ["--codec=mjpeg"]}, "arguments: --codec=mjpeg is Hutch's own to give"),
    ],
)
def test_wrong_keys_are_one_sentence(keys: dict[str, object], sentence: str) -> None:
    made = {"kind": "rpicam", "name": "cage", "location": "home", **keys}
    with pytest.raises(BadCamera) as caught:
        open_camera(CameraSection.model_validate(made))
    assert str(caught.value) == f"camera 'cage': {sentence}"
