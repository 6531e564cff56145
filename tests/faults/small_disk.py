"""A disk with little room: a tmpfs that only a namespace of its own sees, so that no one else has to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.needs import lacking

_BLOCK = 4096
_MOUNT = 'mount -t tmpfs -o size="$1" none "$0" && echo mounted && exec cat'
"""``cat`` keeps the namespace until its stdin ends, with us at the latest."""


class SmallDisk:
    """The disk on ``folder``; ``within`` before a command lets it see that."""

    def __init__(self, folder: Path, keeper: int) -> None:
        self.folder = folder
        user = [] if os.geteuid() == 0 else [f"--user=/proc/{keeper}/ns/user", "--preserve-credentials"]
        self.within = ["nsenter", *user, f"--mount=/proc/{keeper}/ns/mnt", f"--wd={Path.cwd()}", "--"]
        self._seen = Path(f"/proc/{keeper}/root{folder}")
        """The way to its files for who does not see the disk; SQLite cannot go it."""

    def fill(self) -> None:
        """Leave no room at all."""
        with (self._seen / "filler").open("ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(_BLOCK))
            except OSError:
                return

    def make_room(self) -> None:
        (self._seen / "filler").unlink()

    def copy(self, target: Path) -> None:
        """Copy all that is on it to ``target``, which must not exist."""
        shutil.copytree(self._seen, target)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[SmallDisk]:
    """A disk of ``size`` bytes on ``folder``, which is made; gone when the block ends."""
    folder.mkdir()
    private = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    if not (sys.platform.startswith("linux") and shutil.which("unshare") and shutil.which("nsenter")):
        lacking("a disk with little room needs namespaces of Linux, unshare and nsenter")
    with subprocess.Popen(
        ["unshare", *private, "--mount", "sh", "-c", _MOUNT, str(folder), str(size)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as keeper:
        assert keeper.stdin is not None and keeper.stdout is not None and keeper.stderr is not None  # noqa: PT018
        if keeper.stdout.readline() != "mounted\n":
            lacking(f"no disk with little room can be made here: {keeper.stderr.read().strip()}")
        yield SmallDisk(folder, keeper.pid)
        keeper.stdin.close()
