"""Photographs of pets: how they are called in the store of clips, and how they are made safe to keep.

They lie beside the clips under ``pets/<pet>/<id>.jpg``. People put them there, so nothing that makes room
may take them: ``is_photo`` tells. Imports neither OpenCV nor PyAV; ``vision.retouch`` does, elsewhere.
"""

import hashlib
import os
import re
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from vision.clips import ClipInfo, Clips

FOLDER = "pets"
MOST_PIXELS = 64_000_000
"""Pixels that a photograph may have before it is made smaller: those of today's telephones."""
_SECONDS = 30.0
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_KEY = re.compile(rf"{FOLDER}/([A-Za-z0-9_-]{{1,80}})/({_ID.pattern})\.jpg")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")
_KINDS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_one_at_once = threading.Lock()  # a photograph of 64 million pixels takes 200 MB for a moment


class NoPicture(ValueError):
    """What was sent is no picture that can be kept; one sentence."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph of ``pet`` that is kept; ``taken_in`` is when it came, in UTC."""

    id: str
    key: str
    taken_in: datetime


def photo_id(data: bytes, now: datetime) -> str:
    """The id of a photograph that came ``now``: sortable by time, and the same for the same picture."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S}Z-{hashlib.sha256(data).hexdigest()[:8]}"


def photo_key(pet: str, identifier: str) -> str:
    """The key of a photograph of ``pet``; raises ``ValueError`` where ``identifier`` is no id of one."""
    if _ID.fullmatch(identifier) is None:
        raise ValueError(f"{identifier!r:.60} is no id of a photograph")
    return f"{_folder(pet)}/{identifier}.jpg"


def is_photo(key: str) -> bool:
    """Whether ``key`` is of a photograph that a person put there, and not of a clip or snapshot."""
    return _KEY.fullmatch(key) is not None


def photos(clips: Clips, pet: str) -> list[Photo]:
    """The photographs of ``pet``, newest first; raises ``ClipsUnavailable``."""
    found = (_photo(info) for info in clips.list(f"{_folder(pet)}/"))
    return sorted((photo for photo in found if photo), key=lambda photo: photo.id, reverse=True)


def newest(clips: Clips) -> dict[str, Photo]:
    """The newest photograph in each pet's folder, by ``folder_of``; raises ``ClipsUnavailable``."""
    found: dict[str, Photo] = {}
    for info in clips.list(f"{FOLDER}/"):
        photo = _photo(info)
        if photo is not None:
            folder = photo.key.split("/")[1]
            found[folder] = max(found.get(folder, photo), photo, key=lambda one: one.id)
    return found


def folder_of(pet: str) -> str:
    """The name of the folder of ``pet``: its own name, or a digest where that is no part of a key."""
    if _PLAIN.fullmatch(pet):
        return pet
    return f"_{hashlib.sha256(pet.encode()).hexdigest()[:32]}"


def clean(data: bytes) -> bytes:
    """The JPEG or PNG ``data`` as a JPEG of nothing but its pixels, upright; at most 1600 of them a side.

    Decoded in a process of its own. Raises ``NoPicture``.
    """
    if not data.startswith(_KINDS):
        raise NoPicture("This is neither a JPEG nor a PNG; save the picture as one of them and send it again")
    return _retouch("still", data)


def over(picture: bytes, layer: bytes) -> bytes:
    """The PNG ``layer`` stretched over ``picture``, as PNG. Raises ``NoPicture``."""
    return _retouch("over", struct.pack(">I", len(picture)) + picture + layer)


def _retouch(what: str, data: bytes) -> bytes:
    command = [sys.executable, "-P", "-m", "vision.retouch", what]
    # Without our tokens and keys: what it decodes came from somebody's browser.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUTCH_")}
    limits = {f"OPENCV_IO_MAX_IMAGE_{name}": str(MOST_PIXELS) for name in ("PIXELS", "WIDTH", "HEIGHT")}
    with _one_at_once:
        try:
            done = subprocess.run(  # noqa: S603 -- our own module, and no shell
                command,
                input=data,
                capture_output=True,
                env={**environment, **limits, "OPENCV_LOG_LEVEL": "SILENT"},
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NoPicture(f"The picture could not be read within {_SECONDS:.0f} s") from None
    if done.returncode != 0 or not done.stdout:
        raise NoPicture(
            "The picture cannot be read: it is damaged, or has more than"
            f" {MOST_PIXELS // 1_000_000} million pixels"
        )
    return done.stdout


def _folder(pet: str) -> str:
    return f"{FOLDER}/{folder_of(pet)}"


def _photo(info: ClipInfo) -> Photo | None:
    match = _KEY.fullmatch(info.key)
    if match is None:
        return None
    try:
        came = datetime.strptime(match[2][:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Photo(match[2], info.key, came)
