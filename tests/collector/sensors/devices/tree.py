"""A tree of files as the kernel shows a device; a turn's files replace those of the turn before."""

import shutil
from pathlib import Path


class Tree:
    """Files below ``folder``, which the adapter is pointed at."""

    def __init__(self, scratch: Path) -> None:
        self.folder = scratch / "tree"

    def play(self, said: Path) -> None:
        if self.folder.exists():
            shutil.rmtree(self.folder)
        shutil.copytree(said, self.folder)

    def close(self) -> None:
        """Pytest removes the folder."""
