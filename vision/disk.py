"""Moving files so that they stay there, across a kill and a power cut."""

from pathlib import Path

from influx.disk import sync_folder


def move(path: Path, target: Path) -> None:
    """Rename ``path`` to ``target`` on the same volume, durably; the folder of ``target`` must be there."""
    path.replace(target)
    sync_folder(target.parent)
    if path.parent != target.parent:
        sync_folder(path.parent)
