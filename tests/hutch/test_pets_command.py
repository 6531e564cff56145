"""``hutch pets`` as a user runs it, over the embedded store."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from influx.embedded import EmbeddedStore
from influx.registry import Kind, expected, retired
from tests.hutch.test_commands import hutch, one_sentence
from tests.vision.identity.coats import BLACK, GINGER, Colour, picture
from vision.identity.gallery import FOLDER, Gallery
from vision.motion import Box


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "hutch.toml").write_text("node = 'pi'\ndata_dir = 'data'\n[[locations]]\nname = 'room'\n")
    return tmp_path


def photographs(folder: Path, coat: Colour, count: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        shown = picture(coat, box=Box(0.3, 0.3, 0.7, 0.7), seed=number)
        cv2.imwrite(str(folder / f"photo {number}.JPG"), shown[::4, ::4])
    return folder


def told(home: Path, *arguments: object) -> str:
    ended = hutch("pets", *arguments, cwd=home)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def listed(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in told(home, "list", "--json").splitlines()]


def test_a_pet_is_added_by_photographs_and_listed(home: Path) -> None:
    folder = photographs(home / "of miso", GINGER, 3)
    (folder / "notes.txt").write_text("miso is ginger")
    (folder / "broken.jpg").write_text("no picture")
    ended = hutch("pets", "add", "Miso", "--photos", folder, cwd=home)
    assert ended.returncode == 0
    assert "miso is known, by 3 photographs of 4" in ended.stdout
    assert "fewer than 10 tell little" in ended.stdout
    assert "broken.jpg is no picture" in ended.stderr
    assert listed(home) == [{"name": "miso", "photographs": 3, "events": 0, "sessions": 1}]
    told(home, "add", "miso", "--photos", folder)
    assert listed(home)[0]["photographs"] == 3, "the same photographs again are the same"
    assert "miso" in told(home, "list")


def test_a_pet_without_photographs_is_known_and_nobody_is_warned_when_it_is_not_seen(home: Path) -> None:
    assert "nori is known" in told(home, "add", "nori")
    assert listed(home) == [{"name": "nori", "photographs": 0, "events": 0, "sessions": 0}]
    with closing(EmbeddedStore(home / "data" / "points.sqlite")) as store:
        now = datetime.now(UTC)
        assert [(thing.kind, thing.name) for thing in retired(store, now)] == [(Kind.PET, "nori")]
        assert not expected(store, now)


def test_nobody_is_known_at_first(home: Path) -> None:
    assert "no pet is known yet" in told(home, "list")


@pytest.mark.parametrize(("name", "reason"), [("none", "stands for no"), ("../up", "match pattern")])
def test_a_name_that_cannot_be_is_refused(home: Path, name: str, reason: str) -> None:
    said = one_sentence(hutch("pets", "add", name, cwd=home))
    assert name in said
    assert reason in said


def test_a_folder_without_photographs_is_refused(home: Path) -> None:
    (home / "empty").mkdir()
    assert "no folder" in one_sentence(hutch("pets", "add", "miso", "--photos", "nowhere", cwd=home))
    assert "no JPEG" in one_sentence(hutch("pets", "add", "miso", "--photos", "empty", cwd=home))
    assert Gallery(home / "data" / FOLDER).pets() == []


def test_two_pets_are_kept_apart(home: Path) -> None:
    for pet, coat in (("miso", GINGER), ("nori", BLACK)):
        told(home, "add", pet, "--photos", photographs(home / pet, coat, 2))
    sources = Gallery(home / "data" / FOLDER).sources()
    assert [source.pet for source in sources] == ["miso", "miso", "nori", "nori"]
