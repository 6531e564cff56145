"""``hutch people`` as a user runs it, on a real portrait."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.hutch.test_commands import hutch, one_sentence
from tests.vision.faces.portrait import PORTRAIT, dlib_faces, portrait
from vision.faces.finder import LENGTH, Dlib

__all__ = ["dlib_faces"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "hutch.toml").write_text("data_dir = 'data'\n[vision]\nconsent = true\n")
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(PORTRAIT, photos / "one.jpg")
    cv2.imwrite(str(photos / "two.png"), np.ascontiguousarray(portrait()[:, ::-1]))
    return tmp_path


def test_somebody_is_known_from_photographs_of_which_only_numbers_are_kept(
    home: Path, dlib_faces: Dlib
) -> None:
    cv2.imwrite(str(home / "photos" / "both.png"), np.hstack([portrait(), portrait()]))
    cv2.imwrite(str(home / "photos" / "wall.jpg"), np.full((300, 400, 3), 90, np.uint8))
    (home / "photos" / "torn.jpg").write_bytes(PORTRAIT.read_bytes()[:2000])
    (home / "photos" / "text.jpg").write_text("no picture")
    (home / "photos" / "notes.txt").write_text("not looked at")
    added = hutch("people", "add", "eileen", "--photos", "photos", "--leave-out", cwd=home)
    assert added.returncode == 0, added.stderr
    assert added.stdout == "eileen is known by 2 faces; events and clips of this person are left out\n"
    told = added.stderr.splitlines()
    assert "both.png is passed over: several faces are seen in it" in told
    assert "wall.jpg is passed over: no face is seen in it" in told
    assert sorted(line.split()[0] for line in told) == ["both.png", "text.jpg", "torn.jpg", "wall.jpg"]

    kept = list((home / "data" / "people").iterdir())
    assert [path.name for path in kept] == ["eileen.json"]
    assert kept[0].stat().st_mode & 0o077 == 0, "others may read it"
    content = json.loads(kept[0].read_text())
    assert set(content) == {"left_out", "encodings"}
    assert [len(row) for row in content["encodings"]] == [LENGTH, LENGTH]

    listed = hutch("people", "list", cwd=home)
    assert "eileen" in listed.stdout
    assert "left out" in listed.stdout
    again = hutch("people", "add", "eileen", "--photos", "photos", "--keep", cwd=home)
    assert again.stdout == "eileen is known by 4 faces\n"
    removed = hutch("people", "remove", "eileen", cwd=home)
    assert removed.stdout == "the face of eileen is forgotten\n"
    assert "nobody is known as 'eileen'" in one_sentence(hutch("people", "remove", "eileen", cwd=home))


def test_without_consent_nobody_is_added(home: Path) -> None:
    (home / "hutch.toml").write_text("data_dir = 'data'\n")
    said = one_sentence(hutch("people", "add", "eileen", "--photos", "photos", cwd=home))
    assert "set consent in [vision]" in said
    assert not (home / "data").exists()


@pytest.mark.parametrize(
    ("name", "photos", "said"),
    [
        ("eileen", "nowhere", "nowhere is no folder"),
        ("eileen", "empty", "no photograph (.jpg, .jpeg, .png) in empty"),
        ("Eileen", "photos", "'Eileen' is no name"),
        ("unknown", "photos", "choose another name"),
        ("eileen", "walls", "none of the photographs in walls shows one face alone"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    home: Path, dlib_faces: Dlib, name: str, photos: str, said: str
) -> None:
    (home / "empty").mkdir()
    (home / "walls").mkdir()
    cv2.imwrite(str(home / "walls" / "wall.jpg"), np.full((300, 400, 3), 90, np.uint8))
    ended = hutch("people", "add", name, "--photos", photos, cwd=home)
    assert ended.returncode == 2
    assert said in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_too_many_photographs_are_one_sentence(home: Path) -> None:
    for number in range(101):
        (home / "photos" / f"{number}.jpg").touch()
    said = one_sentence(hutch("people", "add", "eileen", "--photos", "photos", cwd=home))
    assert "100 are enough" in said
