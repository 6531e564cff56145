"""``hutch pets`` as a user runs it, over the embedded store."""

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from influx.embedded import EmbeddedStore
from influx.points import line
from influx.registry import Kind, Thing, announcement, expected, retired
from influx.store import RowQuery
from influx.windows import ALL_TIME
from tests.hutch.test_commands import hutch, one_sentence
from tests.vision.identity.coats import BLACK, GINGER, Colour, crop, picture
from tests.vision.identity.test_learning import clip
from tests.vision.shared import shared
from vision.clips import DirectoryClips, clip_key
from vision.events import Event
from vision.identity.crops import encode
from vision.identity.gallery import FOLDER, MOST, Gallery
from vision.motion import Box

EVENTS = [f"room-2026052{day}T120000000Z-3" for day in (7, 8, 9)]


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


def test_photographs_that_are_the_same_and_those_beyond_the_bound_are_not_counted(home: Path) -> None:
    folder = photographs(home / "m", GINGER, 3)
    shutil.copy(folder / "photo 0.JPG", folder / "copy.jpg")
    assert "miso is known, by 3 photographs of 4" in told(home, "add", "miso", "--photos", folder)
    (home / "n").mkdir()
    for number in range(MOST + 2):
        cv2.imwrite(str(home / "n" / f"{number}.png"), np.full((8, 8, 3), number, np.uint8))
    said = told(home, "add", "nori", "--photos", home / "n")
    assert f"nori is known, by {MOST} photographs of {MOST + 2}" in said
    assert [pet["photographs"] for pet in listed(home)] == [3, MOST]


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


def test_events_teach_by_what_the_camera_kept_or_by_their_clip(home: Path) -> None:
    gallery = Gallery(home / "data" / FOLDER)
    told(home, "add", "miso")
    gallery.see(EVENTS[0], encode([crop(GINGER)]))
    DirectoryClips(home / "data" / "clips").put(clip_key(EVENTS[1]), clip(home / "clip.mp4", GINGER))
    said = told(home, "enrol", "miso", "--event", EVENTS[0], "--event", EVENTS[1])
    assert f"{EVENTS[0]} shows miso" in said
    assert f"{EVENTS[1]} shows miso, by its clip" in said
    assert listed(home) == [{"name": "miso", "photographs": 0, "events": 2, "sessions": 2}]
    ended = hutch("pets", "enrol", "miso", "--event", EVENTS[2], "--event", "nonsense", cwd=home)
    assert ended.returncode == 2
    assert "there is no clip" in ended.stderr
    assert "'nonsense' teaches nothing" in ended.stderr
    assert "2 of 2 events taught nothing" in ended.stderr


def test_a_pet_is_renamed_and_its_events_only_where_that_is_wanted(home: Path) -> None:
    told(home, "add", "miso", "--photos", photographs(home / "miso", GINGER, 2))
    now = datetime.now(UTC).replace(microsecond=0)
    times = [now - timedelta(hours=1), now - timedelta(hours=2)]
    events = [Event("cage", "room", 1, "passing", time, time, pet="miso") for time in times]
    with closing(EmbeddedStore(home / "data" / "points.sqlite")) as store:
        store.write("pet_event", [line(event.point()) for event in events])
    assert told(home, "rename", "miso", "Kimchi") == "miso is called kimchi from now on\n"
    assert pets_of_events(home) == ["miso", "miso"]
    assert listed(home)[0]["name"] == "kimchi"
    told(home, "rename", "kimchi", "miso")
    assert "2 events of miso are kimchi's now" in told(home, "rename", "miso", "kimchi", "--events")
    assert pets_of_events(home) == ["kimchi", "kimchi"]
    told(home, "add", "nori")
    assert "already" in one_sentence(hutch("pets", "rename", "kimchi", "nori", cwd=home))
    assert "there are kimchi, nori" in one_sentence(hutch("pets", "rename", "miso", "tofu", cwd=home))


def pets_of_events(home: Path) -> list[str]:
    with closing(EmbeddedStore(home / "data" / "points.sqlite")) as store:
        return [point.tags["pet"] for point in store.rows(RowQuery("pet_event", ALL_TIME)).points]


def test_a_pet_that_was_awaited_is_so_under_its_new_name_and_no_longer_once_removed(home: Path) -> None:
    told(home, "add", "miso")
    with closing(EmbeddedStore(home / "data" / "points.sqlite")) as store:
        now = datetime.now(UTC)
        store.write("registry", [line(announcement(Thing(Kind.PET, "miso", "pi"), now))])
    told(home, "rename", "miso", "kimchi")
    assert awaited(home) == ["kimchi"]
    assert "its events stay" in told(home, "remove", "kimchi")
    assert awaited(home) == []
    assert listed(home) == []
    assert "there are none yet" in one_sentence(hutch("pets", "remove", "kimchi", cwd=home))


def awaited(home: Path) -> list[str]:
    with closing(EmbeddedStore(home / "data" / "points.sqlite")) as store:
        return [thing.name for thing in expected(store, datetime.now(UTC))]


def test_how_well_pets_are_told_apart_is_told_by_session(home: Path) -> None:
    assert "no pet is known yet" in told(home, "evaluate")
    gallery = Gallery(home / "data" / FOLDER)
    for pet, coat in (("miso", GINGER), ("nori", BLACK)):
        for session in ("room-20260528", "room-20260529"):
            for number in range(2):
                sheet = encode([crop(coat, seed=number)])
                gallery.add(pet, session, f"room-{session[-8:]}T12000000{number}Z-{number}", sheet)
    said = told(home, "evaluate")
    assert "8 of 8 right, 0 by a wrong name" in said
    assert [json.loads(one) for one in told(home, "evaluate", "--json").splitlines()] == [
        {"pet": "miso", "miso": 4, "nori": 0, "unknown": 0},
        {"pet": "nori", "miso": 0, "nori": 4, "unknown": 0},
    ]
    gallery.add("tofu", "room-20260528", "room-20260528T120000000Z-9", encode([crop(GINGER)]))
    assert "of tofu there are fewer than 2 sessions" in told(home, "evaluate")


def test_a_model_finds_the_pet_in_photographs(home: Path) -> None:
    with (home / "hutch.toml").open("a") as config:
        config.write(f"[vision.detector]\nmodel = '{shared('models/nanodet_m.onnx')}'\nlayout = 'nanodet'\n")
    cats = home / "cats"
    cats.mkdir()
    for photo in sorted(shared("data/pets").glob("cat*"))[:2]:
        shutil.copy(photo, cats)
    assert "by 2 photographs of 2" in told(home, "add", "miso", "--photos", cats)


def test_a_model_that_cannot_be_used_is_said_before_anything_is_learnt(home: Path) -> None:
    with (home / "hutch.toml").open("a") as config:
        config.write("[vision.detector]\nmodel = 'missing.onnx'\nlayout = 'nanodet'\n")
    photos = photographs(home / "m", GINGER, 1)
    said = one_sentence(hutch("pets", "add", "miso", "--photos", photos, cwd=home))
    assert "missing.onnx" in said
