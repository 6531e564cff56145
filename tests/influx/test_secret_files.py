"""Files that hold a secret: whole, durable, and nobody else's to read."""

import os
import stat
from pathlib import Path

import pytest

from influx.secret_files import exposed, hide, write_secret


def test_a_secret_is_its_owners_alone_and_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "influx" / "writer"
    before = os.umask(0)
    try:
        write_secret(file, "first")
        write_secret(file, "second")
    finally:
        os.umask(before)
    assert file.read_text() == "second\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file], "no draft is left"


def test_a_secret_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "writer"
    write_secret(file, "first")
    with pytest.raises(UnicodeEncodeError):
        write_secret(file, "\ud800")
    assert file.read_text() == "first\n"
    assert list(tmp_path.iterdir()) == [file]


def test_what_others_may_read_is_found_and_hidden(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert list(exposed(folder)) == [], "what is not there is not exposed"
    write_secret(folder / "writer", "w")
    write_secret(folder / "reader", "r")
    assert list(exposed(folder)) == []
    (folder / "reader").chmod(0o640)
    folder.chmod(0o701)
    assert list(exposed(folder)) == [folder, folder / "reader"]
    for path in exposed(folder):
        hide(path)
    assert list(exposed(folder)) == []
