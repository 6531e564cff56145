from pathlib import Path
from typing import Any

import pytest

from vision.cameras import KINDS, BadCamera, open_camera
from vision.cameras.file import FileCamera
from vision.cameras.live import LiveCamera
from vision.cameras.network import NetworkCamera
from vision.cameras.picamera2 import Picamera2Camera
from vision.cameras.rpicam import RpicamCamera
from vision.cameras.scripted import ScriptedCamera
from vision.config import CameraSection


def section(kind: str, **options: Any) -> CameraSection:
    return CameraSection.model_validate({"kind": kind, "name": "hall", "location": "home", **options})


def test_every_kind_becomes_its_camera() -> None:
    cameras = [
        open_camera(section("file", path="a.mp4")),
        open_camera(section("scripted")),
        open_camera(section("url", url="rtsp://127.0.0.1/a")),
        open_camera(section("rtsp", url="rtsp://127.0.0.1/a")),
        open_camera(section("http", url="http://127.0.0.1/a")),
        open_camera(section("v4l2")),
        open_camera(section("rpicam")),
        open_camera(section("picamera2")),
    ]
    assert [type(camera) for camera in cameras] == [
        FileCamera,
        ScriptedCamera,
        LiveCamera,
        NetworkCamera,
        NetworkCamera,
        LiveCamera,
        RpicamCamera,
        Picamera2Camera,
    ]
    assert set(KINDS) == {"file", "scripted", "url", "rtsp", "http", "v4l2", "rpicam", "picamera2"}


@pytest.mark.parametrize(
    ("kind", "options", "sentence"),
    [
        ("webcam", {}, "camera 'hall': kind 'webcam' is unknown; there are " + ", ".join(sorted(KINDS))),
        ("file", {}, "camera 'hall': path: field required"),
        ("file", {"path": "a.mp4", "speed": 2}, "camera 'hall': speed: unknown key"),
        (
            "url",
            {"url": "rtsp://camera", "bitrate": 1_000_000},
            "camera 'hall': bitrate: kind 'url' records what the camera sends: set its quality in the camera",
        ),
        ("scripted", {"fps": 99}, "camera 'hall': fps: input should be less than or equal to 30"),
        ("url", {"url": ""}, "camera 'hall': url: string should have at least 1 character"),
        (
            "url",
            {"url": "x", "options": {"a": 1}},
            "camera 'hall': options.a: input should be a valid string",
        ),
    ],
)
def test_bad_options_are_one_sentence(kind: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadCamera) as caught:
        open_camera(section(kind, **options))
    assert str(caught.value) == sentence


def test_a_camera_is_opened_by_whoever_reads_it(tmp_path: Path) -> None:
    open_camera(section("file", path=str(tmp_path / "not there yet.mp4")))
