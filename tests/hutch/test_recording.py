"""A recording's name and the address of its clips."""

from pathlib import Path

import pytest

from hutch.config import parse
from hutch.recording import camera_name, clip_address


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Living room.mp4", "living-room"),
        ("2026-11-21_20.15.mkv", "2026-11-21_20-15"),
        ("кошка.mp4", "recording"),
        ("-_x_-.mp4", "x"),
        ("a" * 80, "a" * 38),
    ],
)
def test_a_recording_is_named_after_its_file(file: str, name: str) -> None:
    assert camera_name(Path(file)) == name


def test_a_recording_never_takes_the_name_of_a_camera() -> None:
    assert camera_name(Path("door.mp4"), {"door"}) == "door-recording"


def test_a_clip_in_a_folder_is_a_path(tmp_path: Path) -> None:
    config = parse({}, "test", base=tmp_path)
    assert clip_address(config, "a/b.mp4") == str(tmp_path / "data" / "clips" / "a" / "b.mp4")
    assert clip_address(config, "") == ""


@pytest.mark.parametrize(("secure", "scheme"), [(True, "https"), (False, "http")])
def test_a_clip_in_s3_is_an_address(secure: bool, scheme: str) -> None:
    clips = {"store": "s3", "endpoint": "nas:9000", "bucket": "pets", "secure": secure}
    config = parse({"vision": {"clips": clips}}, "test")
    assert clip_address(config, "a/b.mp4") == f"{scheme}://nas:9000/pets/a/b.mp4"
