import logging
from pathlib import Path

import numpy as np
import pytest

from vision.faces.finder import LENGTH, Encoding
from vision.faces.gallery import CLOSE, MOST_FACES, MOST_PEOPLE, BadPerson, Gallery


def encoding(seed: int, away: float = 0.0) -> Encoding:
    """Somebody's face, of length 1 as real ones nearly are; ``away`` is how far it is from the first."""
    chance = np.random.default_rng(seed)
    base, other = chance.normal(size=(2, LENGTH))
    whose: Encoding = base / np.linalg.norm(base) + other / np.linalg.norm(other) * away
    return whose


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    return Gallery(tmp_path / "people")


def test_nobody_is_known_at_first(gallery: Gallery) -> None:
    assert gallery.people() == []
    assert gallery.whose(encoding(1)) is None
    assert gallery.remove("ada") is False


def test_who_was_added_is_known_by_a_face_that_is_near(gallery: Gallery) -> None:
    gallery.add("ada", [encoding(1)], left_out=True)
    gallery.add("bo", [encoding(2)], left_out=None)
    for seed, name, left_out in ((1, "ada", True), (2, "bo", False)):
        found = gallery.whose(encoding(seed, CLOSE - 0.02))
        assert found is not None
        assert (found.name, found.left_out) == (name, left_out)
        assert gallery.whose(encoding(seed, CLOSE + 0.02)) is None
    assert gallery.whose(encoding(3)) is None


def test_what_another_process_changes_is_seen(gallery: Gallery, tmp_path: Path) -> None:
    other = Gallery(tmp_path / "people")
    assert gallery.people() == []
    other.add("ada", [encoding(1)], left_out=False)
    assert [person.left_out for person in gallery.people()] == [False]
    other.add("ada", [encoding(2)], left_out=True)
    (ada,) = gallery.people()
    assert ada.left_out
    assert len(ada.encodings) == 2
    assert other.remove("ada")
    assert gallery.people() == []


def test_more_faces_do_not_change_whether_somebody_is_left_out(gallery: Gallery) -> None:
    gallery.add("ada", [encoding(1)], left_out=True)
    assert gallery.add("ada", [encoding(2)], left_out=None).left_out
    assert not gallery.add("ada", [encoding(3)], left_out=False).left_out


def test_the_oldest_faces_go_when_there_are_too_many(gallery: Gallery) -> None:
    gallery.add("ada", [encoding(seed) for seed in range(MOST_FACES)], left_out=None)
    gallery.add("ada", [encoding(MOST_FACES)], left_out=None)
    (ada,) = gallery.people()
    assert len(ada.encodings) == MOST_FACES
    assert gallery.whose(encoding(0)) is None
    assert gallery.whose(encoding(MOST_FACES)) is not None


def test_there_is_an_end_to_the_people(gallery: Gallery) -> None:
    for number in range(MOST_PEOPLE):
        gallery.add(f"person-{number}", [encoding(number)], left_out=None)
    with pytest.raises(BadPerson, match="50 people are known"):
        gallery.add("one-more", [encoding(99)], left_out=None)
    gallery.add("person-3", [encoding(99)], left_out=None)


@pytest.mark.parametrize("name", ["unknown", "", "../etc", "Ada", "a" * 60, "ada\n"])
def test_a_name_that_cannot_be_is_one_sentence(gallery: Gallery, name: str) -> None:
    for act in (
        lambda: gallery.add(name, [encoding(1)], left_out=None),
        lambda: gallery.remove(name),
    ):
        with pytest.raises(BadPerson) as caught:
            act()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b'{"left_out": false, "encodings": [[' + b",".join([b"NaN"] * LENGTH) + b"]]}",
        b"",
        b"\xff\x00",
        b"[]",
        b"{}",
        b'{"left_out": true, "encodings": []}',
        b'{"left_out": 1, "encodings": [[1]]}',
        b'{"left_out": 1, "encodings": [[1' + b"0" * 400 + b"]]}",
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_said_once_and_hides_nobody_else(
    gallery: Gallery, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    gallery.add("bo", [encoding(2)], left_out=False)
    (tmp_path / "people" / "ada.json").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert [person.name for person in gallery.people()] == ["bo"]
    assert len(caplog.records) == 1
    assert "ada.json tells of nobody" in caplog.records[0].message
