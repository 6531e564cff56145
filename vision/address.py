"""Where a camera process listens, so that the API finds it: one Unix socket a camera."""

import hashlib
import os
import tempfile
from pathlib import Path

LONGEST = 100
"""Bytes of a socket's path that every system takes: ``sun_path`` has 104 on macOS and 108 on Linux."""


def node_address(data_dir: Path, camera: str) -> Path:
    """The socket of ``camera``: ``run/<camera>.sock`` in the data folder.

    Where that path is too long for a socket, a short one in the temp folder that follows from it, so that
    both sides find it alone; its folder belongs to this user (``prepare`` makes it so).
    """
    path = data_dir.resolve() / "run" / f"{camera}.sock"
    if len(os.fsencode(path)) <= LONGEST:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"hutch-{os.getuid()}" / f"{digest}.sock"


def prepare(address: Path) -> None:
    """Make the folder of ``address``, for this user alone; ``PermissionError`` where it is another's."""
    address.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = address.parent.lstat()
    if status.st_uid != os.getuid():
        raise PermissionError(f"{address.parent} belongs to another user; remove it or set TMPDIR")
    if status.st_mode & 0o077:
        address.parent.chmod(0o700)
