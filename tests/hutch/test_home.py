"""The data folder and the port, and the sentence when they cannot be had."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hutch.errors import HomeError
from hutch.home import check_port, claim

CLAIM = "import sys, pathlib, hutch.home; hutch.home.claim(pathlib.Path(sys.argv[1])).__enter__()"


def test_the_data_folder_is_made(tmp_path: Path) -> None:
    with claim(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()


def test_a_data_folder_has_one_holder(tmp_path: Path) -> None:
    with claim(tmp_path):
        other = subprocess.run(
            [
                sys.executable,
                "-c",
                CLAIM,
                str(tmp_path),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    assert f"is in use by another hutch (process {os.getpid()})" in other.stderr


def test_a_data_folder_is_free_again_when_its_holder_is_gone(tmp_path: Path) -> None:
    for _ in range(2):
        with claim(tmp_path):
            assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(HomeError, match=r"cannot be written .* set data_dir to one that can"),
        claim(tmp_path / "file"),
    ):
        pytest.fail("claimed a file")


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(
            HomeError, match=rf"port {port} on 127.0.0.1 cannot be used .*in use.* another \[api\] port"
        ):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)
