"""Writing to disk so that it stays there: whole files or none, across a kill and a power cut."""

from pathlib import Path

from influx.disk import sync_folder, sync_handle


def write_whole(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` durably; a reader sees all of it or what was there, also after a crash.

    One writer a path: the temporary file beside it (``.<name>.new``) has a fixed name, so that a crash
    leaves at most one, which the next write takes over.
    """
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        sync_handle(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def move(path: Path, target: Path) -> None:
    """Rename ``path`` to ``target`` on the same volume, durably; the folder of ``target`` must be there."""
    path.replace(target)
    sync_folder(target.parent)
    if path.parent != target.parent:
        sync_folder(path.parent)
