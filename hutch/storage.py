"""The keeper of clips as a home has it: which store, which folder, and whether it is this machine's."""

from threading import Event

from hutch.config import Config
from hutch.home import tends
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
    """Whether this machine has clips to keep: those in its folder, or those in the bucket where it tends
    ``store``.
    """
    if config.vision.clips.store == "directory":
        return bool(config.vision.cameras) or (config.data_dir / "clips").is_dir()
    return tends(config.influx, store)
