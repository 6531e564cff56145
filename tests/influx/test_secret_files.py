"""Files that hold a secret: whole, durable, and nobody else's to read."""

import fcntl
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from influx.secret_files import alone, drafts, exposed, hide, write_secret


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


def test_what_a_link_leads_to_is_not_ours_to_hide(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "secrets", tmp_path / "elsewhere"
    write_secret(folder / "writer", "w")
    elsewhere.mkdir(mode=0o755)
    (folder / "dangling").symlink_to(tmp_path / "unplugged")
    (folder / "leading").symlink_to(elsewhere)
    assert list(exposed(folder)) == []


def test_a_secret_that_cannot_be_kept_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "writer").mkdir()
    with pytest.raises(IsADirectoryError, match=r"writer'$"):
        write_secret(tmp_path / "writer", "w")


def test_the_draft_of_who_is_killed_is_found(tmp_path: Path) -> None:
    code = """if True:
        import os, signal, sys
        from pathlib import Path
        from influx.secret_files import write_secret

        def kill(frame, event, argument):
            if event == "call" and frame.f_code.co_name == "sync_handle":
                os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(kill)
        write_secret(Path(sys.argv[1]), "half")
        """
    write_secret(tmp_path / "writer", "whole")
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path / "writer")])
    assert ended.returncode == -signal.SIGKILL
    (draft,) = drafts(tmp_path)
    assert set(tmp_path.iterdir()) == {draft, tmp_path / "writer"}
    assert (tmp_path / "writer").read_text() == "whole\n"


def test_one_alone_keeps_others_out_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "secrets" / "influx"

    def free() -> bool:
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True

    with alone(folder):
        assert not free()
    assert free()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
