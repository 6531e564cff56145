"""The keeper of clips as a home has it: which store, which folder, and whose turn it is."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event

from collector.file_lock import FileLock
from hutch.config import Config
from hutch.home import make_folder
from influx.connect import Role, TokenMissing, read_token
from influx.store import Store
from vision.clips import Clips
from vision.inventory import Report, silent
from vision.reserve import Reserve
from vision.storage import Storage


def storage_of(
    config: Config,
    store: Store,
    clips: Clips,
    stop: Event | None = None,
    report: Report = silent,
    *,
    told: bool = False,
) -> Storage:
    """What keeps ``clips`` within the bounds of ``config``; unless a person asked for it and was ``told``
    thereby, the first time is told a day ahead.
    """
    section = config.vision.clips
    cameras = {camera.name for camera in config.vision.cameras}
    in_folder = section.store == "directory"
    return Storage(
        store,
        clips,
        section,
        config.influx.retention,
        node=config.node,
        volume="clips" if in_folder else section.bucket,
        warned=config.data_dir / "clips-warned.json",
        # Other nodes of one database have folders of their own; a bucket is everybody's.
        begun=None if told else config.data_dir / "clips-begun.json",
        ours=lambda camera: not in_folder or camera in cameras,
        reserve=reserve_of(config),
        stop=stop,
        report=report,
    )


def reserve_of(config: Config) -> Reserve:
    """The room that is set aside on the disk of ``config``'s data folder."""
    return Reserve(config.data_dir / "reserve")


def keeps_clips(config: Config, store: Store) -> bool:
    """Whether this machine has clips to keep: those in its folder, or those in the bucket where it is the
    server, which holds the token for what only one may do.
    """
    if config.vision.clips.store == "directory":
        return bool(config.vision.cameras) or (config.data_dir / "clips").is_dir()
    if not store.tends_itself:
        return True
    try:
        read_token(config.influx, os.environ, Role.TASKS)
    except TokenMissing:
        return False
    return True


@contextmanager
def keeping_clips(config: Config) -> Iterator[None]:
    """Be the only process of this home that prunes clips, once the one that does has ended: two would each
    free what both want. Raises ``HomeError``.
    """
    with closing(FileLock(make_folder(config.data_dir).with_name("storage.lock"))) as lock:
        lock.take()
        yield
