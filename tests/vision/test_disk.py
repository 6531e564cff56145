"""What is kept is kept by the strongest sync there is."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from influx.disk import write_whole
from tests.vision.home import home
from tests.vision.sources import event
from vision.clips import DirectoryClips, clip_key


@pytest.fixture
def full_sync(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system like macOS, whose plain fsync stops at the drive's cache."""

    def weak(_handle: int) -> None:
        raise AssertionError("this sync does not reach the medium")

    # Any command that a file takes will do in the place of the one that Linux does not have.
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", fcntl.F_GETFD, raising=False)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", weak)
        yield


@pytest.mark.usefixtures("full_sync")
def test_clips_and_sidecars_are_synced_to_the_medium(tmp_path: Path) -> None:
    happened = event(1, 2)
    write_whole(tmp_path / "source", b"clip")
    with closing(DirectoryClips(tmp_path / "clips")) as clips:
        clips.put(clip_key(happened.id), tmp_path / "source")
        assert b"".join(clips.read(clip_key(happened.id))) == b"clip"
    with home(tmp_path) as cage:
        cage.outbox.accept(happened, None, tmp_path / "source")
        cage.store_all()
        assert cage.leftovers() == []
