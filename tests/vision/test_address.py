"""Both sides find the socket of a camera, however long the path of the data folder is."""

import os
import tempfile
from pathlib import Path

import pytest

from vision.address import LONGEST, node_address, prepare


def test_a_socket_lies_in_the_data_folder(tmp_path: Path) -> None:
    assert node_address(tmp_path, "cage") == tmp_path.resolve() / "run" / "cage.sock"


def test_a_path_too_long_for_a_socket_gets_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")
    deep = tmp_path / ("x" * 90) / "data"
    one, two = node_address(deep, "cage"), node_address(deep, "nursery")
    assert len(os.fsencode(one)) <= LONGEST
    assert one != two
    assert one == node_address(deep, "cage"), "the other side does not find it"
    prepare(one)
    assert one.parent.stat().st_mode & 0o777 == 0o700


def test_the_folder_of_a_socket_is_for_this_user_alone(tmp_path: Path) -> None:
    address = node_address(tmp_path, "cage")
    address.parent.mkdir(mode=0o755)
    prepare(address)
    assert address.parent.stat().st_mode & 0o777 == 0o700
