"""Power cuts by the letter of POSIX: what a process left is the names and bytes that it synced, nothing else.

A disk may keep more, as ext4 does, which journals names in their order; whoever gets along with this gets
along with that too.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_SYNC_ALL = """
import os, sys
for folder, _, files in os.walk(sys.argv[1]):
    for path in (*(os.path.join(folder, name) for name in files), folder):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
"""


class Power:
    """What the disk below ``live`` would hold if the power failed now; ``kept`` is where that is noted.

    Everything that is in ``live`` at first counts as synced. Only what runs in ``environment`` is followed.
    """

    def __init__(self, shim: Path, live: Path, kept: Path) -> None:
        kept.mkdir()
        self._live = live.resolve()
        self._kept = kept
        self.environment = {**os.environ, "LD_PRELOAD": str(shim), "HUTCH_SYNCED_TREE": str(kept)}
        subprocess.run([sys.executable, "-c", _SYNC_ALL, self._live], env=self.environment, check=True)

    def cut(self, target: Path) -> None:
        """Put what is left of ``live`` into ``target``, which must not exist."""
        for listing in self._kept.glob("d*"):
            if not listing.name.endswith(".draft") and _lines(listing)[0] == str(self._live):
                self._restore(listing.name, target)
                return
        raise AssertionError(f"{self._live} was never synced")

    def _restore(self, key: str, target: Path) -> None:
        kept = self._kept / key
        if key.startswith("d"):
            target.mkdir()
            for line in _lines(kept)[1:] if kept.exists() else ():
                entry, _, name = line.partition(" ")
                if entry != "gone":
                    self._restore(entry, target / name)
        elif kept.exists():
            shutil.copyfile(kept, target)
        else:  # its name was synced and nothing of what is in it
            target.touch()


def _lines(listing: Path) -> list[str]:
    return listing.read_text().splitlines()
