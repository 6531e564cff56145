"""Photographs: only pixels are kept, keys are their own, and a hostile file ends with its process."""

import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from cv2.typing import MatLike

from vision.clips import DirectoryClips, snapshot_key
from vision.photos import NoPicture, clean, folder_of, is_photo, newest, over, photo_id, photo_key, photos

NOON = datetime(2026, 5, 28, 12, tzinfo=UTC)
SECRET = b"47.3769 N, 8.5417 E"


def picture(suffix: str = ".jpg", wide: int = 320, high: int = 200) -> bytes:
    """A picture whose left half is red."""
    image = np.full((high, wide, 3), 60, np.uint8)
    image[:, : wide // 2] = (0, 0, 220)
    done, packed = cv2.imencode(suffix, image)
    assert done
    return packed.tobytes()


def with_exif(jpeg: bytes, orientation: int) -> bytes:
    """``jpeg`` with an EXIF block that says how it is to be turned, and where it was taken."""
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    entries += struct.pack("<HHII", 0x010E, 2, len(SECRET), 8 + 2 + 24 + 4)
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", 2) + entries + b"\0\0\0\0" + SECRET
    block = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def decoded(data: bytes) -> MatLike:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_picture_becomes_a_jpeg(suffix: str) -> None:
    made = clean(picture(suffix))
    assert made.startswith(b"\xff\xd8\xff")
    assert decoded(made).shape == (200, 320, 3)


def test_where_it_was_taken_is_gone_and_it_stands_upright() -> None:
    given = with_exif(picture(), orientation=6)
    assert SECRET in given
    made = clean(given)
    assert SECRET not in made
    assert b"Exif" not in made
    turned = decoded(made)
    assert turned.shape == (320, 200, 3)
    assert turned[10, 100, 2] > 150, "what was left is on top"
    assert turned[-10, 100, 2] < 100


def test_a_large_one_is_made_smaller() -> None:
    assert decoded(clean(picture(wide=4000, high=1000))).shape == (400, 1600, 3)


def bomb() -> bytes:
    """A PNG of a few kilobytes that claims to be 30,000 pixels a side."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(2_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "neither a JPEG nor a PNG"),
        (b"GIF89a", "neither a JPEG nor a PNG"),
        (b"<svg onload='x()'/>", "neither a JPEG nor a PNG"),
        (b"\xff\xd8\xff\xe0 and nothing more", "damaged"),
        (bomb(), "64 million pixels"),
    ],
    ids=["nothing", "gif", "svg", "torn", "bomb"],
)
def test_what_is_no_picture_is_told(data: bytes, sentence: str) -> None:
    with pytest.raises(NoPicture, match=sentence):
        clean(data)


def test_a_layer_lies_over_a_picture() -> None:
    layer = np.zeros((2, 2, 4), np.uint8)
    layer[:, 1] = (255, 0, 0, 255)
    _done, packed = cv2.imencode(".png", layer)
    made = over(picture(), packed.tobytes())
    assert made.startswith(b"\x89PNG")
    mixed = decoded(made)
    assert mixed.shape == (200, 320, 3)
    assert mixed[100, 10, 2] > 200, "beneath what is transparent the picture shows"
    assert tuple(mixed[100, -10]) == (255, 0, 0)


def test_a_key_names_the_pet_and_the_time() -> None:
    identifier = photo_id(b"x", NOON)
    key = photo_key("miso", identifier)
    assert key == f"pets/miso/{identifier}.jpg"
    assert identifier.startswith("20260528T120000Z-")
    assert is_photo(key)
    with pytest.raises(ValueError, match="no id of a photograph"):
        photo_key("miso", "../../points")


@pytest.mark.parametrize("pet", ["Zoë", "a/b", "..", "x" * 200, ""])
def test_a_pet_of_any_name_has_a_folder_of_its_own(pet: str) -> None:
    assert is_photo(photo_key(pet, photo_id(b"x", NOON)))
    assert folder_of(pet) != folder_of(pet + "x")


def test_clips_of_a_camera_called_pets_are_no_photographs(tmp_path: Path) -> None:
    clips, file = DirectoryClips(tmp_path / "clips"), tmp_path / "picture.jpg"
    file.write_bytes(picture())
    clip = snapshot_key("pets-20260528T120000000Z-1")
    first, second = (
        photo_key("2026", photo_id(b"1", NOON)),
        photo_key("2026", photo_id(b"2", NOON.replace(hour=13))),
    )
    for key in (
        clip,
        first,
        second,
        photo_key("miso", photo_id(b"1", NOON)),
        "pets/2026/99999999T999999Z-00000000.jpg",
    ):
        clips.put(key, file)
    assert not is_photo(clip)
    assert [photo.key for photo in photos(clips, "2026")] == [second, first]
    assert {pet: photo.key for pet, photo in newest(clips).items()}["2026"] == second
    assert photos(clips, "nori") == []
