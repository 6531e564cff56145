"""The Pi's camera by picamera2: a stand-in that keeps the library's manual, and real H.264."""

import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from itertools import islice, pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.daemon import wait_until
from vision.cameras import BadCamera, open_camera
from vision.cameras.picamera2 import Picamera2Camera, Picamera2Options
from vision.config import CameraSection
from vision.decoder import Decoder
from vision.feed import Feed
from vision.mp4 import Fragments, Template, close_up
from vision.packets import coded
from vision.stream import CameraLost, TimedPacket

STAND_IN = Path(__file__).with_name("standin")


def _forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in {"picamera2", "libcamera"}]:
        del sys.modules[name]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    _forget()
    monkeypatch.syspath_prepend(str(STAND_IN))
    made: ModuleType = import_module("picamera2.bench")
    yield made
    made.stopping.set()
    assert wait_until(lambda: not made.held, 10), "the camera was not given back"
    _forget()


def camera(**keys: Any) -> Picamera2Camera:
    return Picamera2Camera("cage", Picamera2Options(width=320, height=240, fps=20, **keys))


def test_its_packets_come_with_the_times_of_the_sensor(bench: Any) -> None:
    stream = camera().open()
    decoder = Decoder(stream.video)
    given: list[TimedPacket] = []
    seen = 0
    for timed in islice(stream.packets(), 45):
        given.append(timed)
        for frame, _ in decoder.frames(timed):
            assert (frame.width, frame.height) == (320, 240)
            seen += 1
    stream.close()
    assert seen == 45
    times = [timed.time for timed in given]
    assert times == sorted(times)
    steps = [(after.packet.pts or 0) - (before.packet.pts or 0) for before, after in pairwise(given)]
    assert all(step > 0 for step in steps), "the sensor's times are lost"
    assert sum(timed.packet.is_keyframe for timed in given) == 3, "clips could not begin every second"


def test_a_clip_is_made_of_its_packets(bench: Any, tmp_path: Path) -> None:
    stream = camera().open()
    part = Fragments(tmp_path / "part", Template(stream.video))
    for timed in islice(stream.packets(), 30):
        part.write(coded(timed))
    part.close()
    stream.close()
    assert close_up(tmp_path / "part", tmp_path / "clip.mp4").pictures == 30


def test_it_is_asked_for_what_is_configured(bench: Any) -> None:
    camera(rotation=180, controls={"AwbMode": 1}).open().close()
    (asked,) = bench.configured
    assert asked["main"] == {"format": "YUV420", "size": (320, 240)}
    assert asked["controls"] == {"FrameDurationLimits": (50_000, 50_000), "AwbMode": 1}
    assert (asked["transform"].hflip, asked["transform"].vflip) == (True, True)


def test_a_camera_whose_cable_comes_out_is_lost_after_the_timeout(bench: Any) -> None:
    stream = camera(timeout=0.5).open()
    packets = stream.packets()
    next(packets)
    bench.unplugged.set()
    with pytest.raises(CameraLost, match=r"camera 'cage' was lost: it gave no picture for 0\.5 s"):
        list(packets)
    stream.close()


def test_a_camera_that_gives_nothing_at_all_does_not_open(bench: Any) -> None:
    bench.unplugged.set()
    with pytest.raises(CameraLost, match=r"camera 'cage' cannot be opened: it gave no picture for 0\.5 s"):
        camera(timeout=0.5).open()


def test_no_camera_attached_is_one_sentence(bench: Any) -> None:
    bench.attached = 0
    with pytest.raises(CameraLost) as caught:
        camera().open()
    assert str(caught.value) == (
        "camera 'cage' cannot be opened: there is no camera number 0, 0 are attached; "
        "see that its cable sits well at both ends"
    )


def test_a_camera_that_another_program_holds_says_so(bench: Any) -> None:
    held = camera().open()
    with pytest.raises(
        CameraLost, match="cannot be opened: Failed to acquire camera: Device or resource busy"
    ):
        camera().open()
    held.close()


def test_a_control_that_the_camera_does_not_have_is_said(bench: Any) -> None:
    with pytest.raises(CameraLost, match="cannot be opened: Control Zoom is not advertised by libcamera"):
        camera(controls={"Zoom": 2}).open()


def test_without_the_library_it_is_said_how_to_get_it() -> None:
    _forget()
    with pytest.raises(CameraLost, match=r"finds no picamera2 here .* sudo apt install python3-picamera2"):
        camera().open()


def test_numpy_that_does_not_fit_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _forget()
    (tmp_path / "picamera2").mkdir()
    (tmp_path / "picamera2" / "__init__.py").write_text(
        "raise ValueError('numpy.dtype size changed, may indicate binary incompatibility.')"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(CameraLost, match=r"does not fit the NumPy of this environment .* pip install"):
        camera().open()
    _forget()


def test_a_library_that_hangs_when_it_stops_keeps_nobody_waiting(bench: Any) -> None:
    feed = Feed("cage", camera(), threading.Event(), patience=1)
    feed.open()
    next(feed.packets())
    bench.stopping.clear()
    feed.close()
    assert feed.hangs, "nobody would know that the driver hangs"
    bench.stopping.set()
    assert wait_until(lambda: not feed.hangs, 10)


def test_a_reader_that_is_late_misses_whole_groups_of_pictures(bench: Any) -> None:
    stream = camera(timeout=5).open()
    recording = stream._recording
    assert wait_until(lambda: recording._queue.full(), 20)
    assert wait_until(lambda: not recording._whole, 5)
    decoder = Decoder(stream.video)
    given = list(islice(stream.packets(), 90))
    assert sum(1 for timed in given for _ in decoder.frames(timed)) == 90
    gaps = [
        after
        for before, after in pairwise(given)
        if (after.packet.pts or 0) - (before.packet.pts or 0) > 200_000
    ]
    assert all(timed.packet.is_keyframe for timed in gaps), "pictures hang on one that is missing"
    stream.close()


def test_wrong_keys_are_one_sentence() -> None:
    made = {"kind": "picamera2", "name": "cage", "location": "home", "width": 321}
    with pytest.raises(BadCamera) as caught:
        open_camera(CameraSection.model_validate(made))
    assert str(caught.value) == "camera 'cage': width: input should be a multiple of 2"
