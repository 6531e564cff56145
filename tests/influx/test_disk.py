"""Syncing: what was synced is what a power cut leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from influx.disk import sync_file

SYNC = """
import fcntl, sys
from pathlib import Path
from influx.disk import sync_file, sync_folder
if sys.argv[2] == "unknown":
    fcntl.F_FULLFSYNC = 0x7FFF  # as macOS has it, on a volume that does not know it
folder = Path(sys.argv[1])
for name in ("kept", "removed"):
    (folder / name).write_text(name)
    sync_file(folder / name)
(folder / "unsynced").write_text("lost")
(folder / "removed").unlink()
sync_folder(folder)
"""


@pytest.mark.parametrize("full_sync", ["absent", "unknown"])
def test_what_was_synced_survives_a_power_cut(shim: Path, tmp_path: Path, full_sync: str) -> None:
    live, synced = tmp_path / "live", tmp_path / "synced"
    live.mkdir()
    synced.mkdir()
    subprocess.run(
        [sys.executable, "-c", SYNC, str(live), full_sync],
        check=True,
        env={**os.environ, "LD_PRELOAD": str(shim), "HUTCH_SYNCED": str(synced)},
        timeout=60,
    )
    assert {found.name: found.read_text() for found in synced.iterdir()} == {"kept": "kept"}


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync_file(tmp_path / "nothing")
