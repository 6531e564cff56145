"""The process of one camera: packets to recorder and decoder, frames to watchers and events."""

import logging
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import tenacity

from collector.spool import Spool
from vision.address import node_address
from vision.cameras import PAINTED, Options, open_camera, read_options
from vision.captures import Captures
from vision.clips import Clips
from vision.config import CameraSection, VisionSection
from vision.faces.looks import open_faces
from vision.feed import OPENING, PATIENCE, Feed
from vision.heartbeat import Heartbeat
from vision.hours import GREENWICH
from vision.identity.recogniser import open_recogniser
from vision.keeping import Keeping
from vision.live import LiveView
from vision.naming import open_namer
from vision.node import NodeEndpoint
from vision.pipeline import Pipeline
from vision.reporter import Reporter
from vision.rush import Rush
from vision.segments import Segments
from vision.sight import Sight, StuckPicture
from vision.sound.calls import Calls
from vision.sound.ears import Ears
from vision.status import Status
from vision.stream import Camera, CameraLost
from vision.timelapse import Timelapse

logger = logging.getLogger(__name__)

LONGEST_WAIT = 30.0
"""Seconds between two tries to open a camera that is not there, at most."""
_BETWEEN = 1.0
"""Seconds between the loss of a camera that had run for a while and the next try."""
_SLACK = 2.0
"""Seconds that a camera has to say that it is lost before it counts as one that hangs."""
_HUNG = 3
"""Drivers that may hang before only a new process helps."""


class DriverHangs(RuntimeError):
    """The camera's driver hangs again and again; the process must end to be rid of it."""


def run(
    camera: CameraSection,
    config: VisionSection,
    *,
    node: str,
    data_dir: Path,
    spool: Spool,
    clips: Clips,
    stop: threading.Event,
    zone: ZoneInfo = GREENWICH,
    heartbeat: Heartbeat | None = None,
) -> None:
    """Watch ``camera`` until ``stop``; one that is lost is opened again and again. ``zone`` is the home's.

    ``heartbeat`` tells whoever wants to know that this goes on, from the first opening of the camera.

    Raises ``vision.cameras.BadCamera``, ``vision.node.AddressTaken``, ``vision.keeping.CameraBusy`` and
    ``DriverHangs``.
    """
    opener = open_camera(camera)
    heartbeat = heartbeat or Heartbeat()
    status = Status(camera.name, now=time.monotonic, has_noise=camera.kind not in PAINTED)
    live, segments = LiveView(), Segments()
    with ExitStack() as stack:
        reporter = stack.enter_context(closing(Reporter(status, spool, node, data_dir / "outbox")))
        address = node_address(data_dir, camera.name)
        captures = Captures(camera.name, camera.location, live)
        stack.enter_context(closing(NodeEndpoint(address, live, segments, status, captures)))
        if not config.consent:
            status.lost(f"camera {camera.name!r} stays closed: set consent in [vision] when all agree")
            heartbeat.wait(stop)
            return
        keeping = stack.enter_context(closing(Keeping(camera, config.recorder, data_dir, spool, clips, zone)))
        pipeline = Pipeline(
            camera.name,
            camera.location,
            analysis_fps=camera.analysis_fps,
            longest=config.recorder.longest,
            naming=open_namer(config.detector),
            faces=open_faces(data_dir),
            zones=camera.zones,
            masks=camera.masks,
            recognising=open_recogniser(data_dir),
            pet=camera.pet or "",
        )
        period = 1 / camera.analysis_fps
        rush = Rush(camera.name, longest=config.recorder.longest.total_seconds())
        folder = data_dir / "timelapse" / camera.name
        timelapse = Timelapse(camera, config.timelapse, folder, zone, keeping.keep_film)
        stack.callback(timelapse.close)
        captures.begin(keeping.keep_photo)
        longest = config.recorder.longest.total_seconds()
        calls = Calls(camera.name, camera.location, pet=camera.pet or "", longest=longest)
        if camera.sound:
            stack.enter_context(closing(Ears(camera.name, camera.sound, calls.hear)))
        sight = Sight(
            pipeline,
            keeping.recorder,
            live,
            segments,
            status,
            reporter,
            captures,
            rush=rush,
            timelapse=timelapse,
            period=period,
            calls=calls if camera.sound else None,
        )
        opening, patience = patience_of(read_options(camera))
        follow(
            camera.name, opener, sight, status, stop, opening=opening, patience=patience, heartbeat=heartbeat
        )


def patience_of(options: Options) -> tuple[float, float]:
    """Seconds that opening the camera of ``options``, and a packet of it, may take.

    No less than it waits itself before it says that it is lost; opening it may be tried in three ways.
    """
    waits = float(getattr(options, "timeout", 0.0))
    return (
        OPENING if 3 * waits <= OPENING else 3 * waits + _SLACK,
        PATIENCE if waits <= PATIENCE else waits + _SLACK,
    )


def follow(
    name: str,
    camera: Camera,
    sight: Sight,
    status: Status,
    stop: threading.Event,
    *,
    opening: float = OPENING,
    patience: float = PATIENCE,
    heartbeat: Heartbeat | None = None,
) -> None:
    """Give ``sight`` one session with the camera after the other, until ``stop``; raises ``DriverHangs``.

    For ``opening`` and ``patience`` see ``Feed``.
    """
    hung = 0
    alive = heartbeat or Heartbeat()

    def session() -> None:
        """Until a camera is lost that ran for a while; raises ``CameraLost`` for one that did not."""
        nonlocal hung
        feed = Feed(name, camera, stop, opening=opening, patience=patience, beat=alive.beat)
        try:
            sight.watch(feed)
        except StuckPicture:
            pass  # its status goes on to say so
        except CameraLost as lost:
            lasted = status.lasts
            status.lost(str(lost))
            if not lasted:
                raise
        finally:
            feed.close()
            hung += feed.hangs
        if feed.ended:
            status.lost(f"camera {name!r}: the recording has ended")
            alive.wait(stop)

    def pause(seconds: float) -> None:
        alive.wait(stop, seconds)

    patiently = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(CameraLost),
        wait=tenacity.wait_exponential_jitter(initial=1, max=LONGEST_WAIT),
        stop=lambda _state: stop.is_set() or hung >= _HUNG,
        sleep=pause,
    )
    while not stop.is_set():
        with suppress(tenacity.RetryError):
            patiently(session)
        if hung >= _HUNG:
            raise DriverHangs(f"the driver of camera {name!r} did not come back {hung} times")
        alive.wait(stop, _BETWEEN)
