"""A recording brought into the home: its events stored, its clips kept, as a camera's would be."""

import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.spool import open_spool
from collector.writer import Writer
from hutch.config import Config
from hutch.errors import HomeError, UsageError
from hutch.home import make_folder
from influx.buckets import refusal
from influx.connect import connect
from influx.points import to_ns
from influx.schema import PET_EVENT
from vision.config import CameraSection, DetectorSection
from vision.connect import connect as connect_clips
from vision.faces.looks import open_faces
from vision.identity.recogniser import open_recogniser
from vision.keeping import CameraBusy, Keeping
from vision.naming import open_namer
from vision.pipeline import Pipeline
from vision.watch import Seen, probe, watch
from vision.zones import Zone

_PATIENCE = 60.0
"""Seconds to wait for clips and points to be stored after the recording was read."""


def camera_name(file: Path, cameras: Collection[str] = ()) -> str:
    """The camera's name for events of ``file``: its stem in the letters that names may have.

    It is never one of ``cameras``, whose recordings are another process's.
    """
    name = re.sub(r"[^a-z0-9_-]+", "-", file.stem.lower())[:38].strip("-_") or "recording"
    return f"{name}-recording" if name in cameras else name


def clip_address(config: Config, key: str) -> str:
    """Where a stored clip is: its path, or its address in the S3 store; empty without a key."""
    clips = config.vision.clips
    if not key:
        return ""
    if clips.store == "directory":
        return str(config.data_dir / "clips" / key)
    return f"{'https' if clips.secure else 'http'}://{clips.endpoint}/{clips.bucket}/{key}"


def bring_in(
    file: Path,
    config: Config,
    *,
    start: datetime | None,
    seen_by: str = "",
    detector: DetectorSection,
    zones: Sequence[Zone] = (),
    progress: Callable[[float], None],
    warn: Callable[[str], None],
) -> Iterator[Seen]:
    """Watch ``file``, store its events and keep its clips; yields each event as it closes.

    When the last was yielded everything is stored. Zones and masks are those of the camera ``seen_by``, where
    that is given, else there are ``zones``. Raises ``NotAVideo``, ``BadModel``, ``UsageError`` for a camera
    that is not configured or a time that the events' bucket does not keep, and ``HomeError`` where clips or
    points could not be stored in time.
    """
    drawn = _camera(seen_by, config)
    start = _start_that_is_kept(file, start, config, warn)
    location = config.locations[0].name if config.locations else "home"
    name = camera_name(file, {camera.name for camera in config.vision.cameras})
    camera = CameraSection(kind="file", name=name, location=location)
    longest = config.vision.recorder.longest
    pipeline = Pipeline(
        camera.name,
        location,
        longest=longest,
        naming=open_namer(detector, strict=True),
        faces=open_faces(config.data_dir),
        zones=drawn.zones if drawn else zones,
        masks=drawn.masks if drawn else (),
        recognising=open_recogniser(config.data_dir),
        pet=(drawn.pet if drawn else None) or "",
    )
    with _stored(config, camera) as keeping:
        yield from watch(file, pipeline, recorder=keeping.recorder, start=start, progress=progress, warn=warn)


def _camera(name: str, config: Config) -> CameraSection | None:
    """The camera called ``name``, none for none."""
    if not name:
        return None
    for camera in config.vision.cameras:
        if camera.name == name:
            return camera
    raise UsageError(f"--camera: none of the [[vision.cameras]] is called {name!r}")


def _start_that_is_kept(
    file: Path, start: datetime | None, config: Config, warn: Callable[[str], None]
) -> datetime:
    """When ``file`` was recorded; where its events would be too old to be kept, as if it ended when it was
    last written, or now. The same file has the same time again where that can be.
    """

    def refused(moment: datetime) -> str | None:
        return refusal(PET_EVENT.name, to_ns(moment), time.time(), config.influx.retention)

    recorded = probe(file)
    if start is not None:
        if reason := refused(start):
            raise UsageError(f"--start: {reason}")
        return start
    if refused(recorded.start) is None:
        return recorded.start
    length = recorded.length or timedelta(0)
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC) - length
    chosen = datetime.now(UTC) - length if refused(written) else written
    warn(
        f"{file} says it was recorded on {recorded.start:%Y-%m-%d}, for which events are no longer kept; "
        f"it is stored as recorded at {chosen:%Y-%m-%d %H:%M:%S} UTC (--start says otherwise)"
    )
    return chosen


@contextmanager
def _stored(config: Config, camera: CameraSection) -> Iterator[Keeping]:
    """What keeps events, and a writer beside it; at the end everything is in the store."""
    make_folder(config.data_dir)
    with ExitStack() as stack:
        store = stack.enter_context(closing(connect(config.influx, config.data_dir)))
        clips = stack.enter_context(closing(connect_clips(config.vision.clips, config.data_dir)))
        spool = stack.enter_context(closing(open_spool(config.data_dir, config.collector.spool)))
        stop = threading.Event()
        writing = threading.Thread(
            target=Writer(spool, store, node=config.node, retention=config.influx.retention, stop=stop).run,
            name="writer",
            daemon=True,
        )
        writing.start()
        stack.callback(writing.join)
        stack.callback(stop.set)
        try:
            keeping = Keeping(camera, config.vision.recorder, config.data_dir, spool, clips)
        except CameraBusy as error:
            raise HomeError(str(error)) from None
        with closing(keeping):
            yield keeping
            keeping.recorder.stop()
            _wait(lambda: keeping.settled, "clips")
        _wait(lambda: spool.status().depth == 0, "points")


def _wait(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise HomeError(
                f"not all {what} could be stored within {_PATIENCE:.0f} s; "
                "they wait in the data folder; run the same command again when the store is back"
            )
        time.sleep(0.05)
