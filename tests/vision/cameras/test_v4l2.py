"""USB cameras. None is here: a stand-in for the driver opens a real recording."""

import errno
from pathlib import Path
from typing import Any

import av
import pytest
from av.container import InputContainer

from tests.vision.sources import video
from vision.cameras import BadCamera, open_camera
from vision.cameras.live import LiveCamera, Source
from vision.cameras.v4l2 import V4l2Options
from vision.config import CameraSection
from vision.stream import CameraLost


def options(**keys: Any) -> V4l2Options:
    return V4l2Options.model_validate(keys)


def test_the_best_that_a_camera_sends_is_asked_for_first() -> None:
    asked = [dict(source.options) for source in options(width=1280, height=720, fps=15).sources]
    assert [one.pop("input_format", "raw") for one in asked] == ["h264", "mjpeg", "raw"]
    assert asked == 3 * [{"video_size": "1280x720", "framerate": "15"}]
    (only,) = options(format="mjpeg").sources
    assert (only.format, dict(only.options)) == ("v4l2", {"input_format": "mjpeg"})


def test_a_camera_without_h264_is_opened_by_what_it_has(tmp_path: Path) -> None:
    recording = video(tmp_path / "webcam.avi", 2, codec="mjpeg")
    tried: list[str] = []

    def driver(source: Source) -> InputContainer:
        tried.append(source.options.get("input_format", "raw"))
        if tried[-1] == "h264":
            raise av.error.ArgumentError(errno.EINVAL, "Invalid argument", source.url)
        return av.open(str(recording))

    stream = LiveCamera("desk", options().sources, opener=driver).open()
    assert tried == ["h264", "mjpeg"]
    assert stream.video.codec_context.name == "h264", "nobody could watch its clips"
    stream.close()


def test_a_device_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    with pytest.raises(CameraLost) as caught:
        options(device=device).camera("desk").open()
    assert f"camera 'desk' cannot be opened: {device} is not there; there " in str(caught.value)


def test_a_file_is_no_camera(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.write_bytes(b"text")
    with pytest.raises(CameraLost, match="video0 is no camera"):
        options(device=device).camera("desk").open()


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"width": 640}, "its keys: width and height go together"),
        ({"format": "yuyv"}, "format: input should be 'auto', 'h264', 'mjpeg' or 'raw'"),
    ],
)
def test_wrong_keys_are_one_sentence(keys: dict[str, Any], sentence: str) -> None:
    made = {"kind": "v4l2", "name": "desk", "location": "home", **keys}
    with pytest.raises(BadCamera) as caught:
        open_camera(CameraSection.model_validate(made))
    assert str(caught.value) == f"camera 'desk': {sentence}"
