"""A camera from its opening to its loss and back, with everything that its pictures become."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count, pairwise
from pathlib import Path

import av
import httpx
import pytest
from av.container import InputContainer
from av.video.stream import VideoStream

from tests.daemon import wait_until
from tests.vision.home import Home, home
from tests.vision.sources import START, packets, pictures, video
from vision.address import node_address
from vision.cameras import read_options
from vision.captures import Captures
from vision.config import CameraSection, RecorderSection, TimelapseSection, VisionSection
from vision.feed import OPENING, PATIENCE, ROOM, Feed
from vision.hours import GREENWICH
from vision.keeping import Keeping
from vision.live import LiveView
from vision.loop import DriverHangs, follow, patience_of, run
from vision.pipeline import Pipeline
from vision.reporter import Reporter
from vision.rush import Rush
from vision.segments import Segments
from vision.sight import Sight
from vision.status import Status
from vision.stream import Camera, CameraLost, TimedPacket
from vision.timelapse import Timelapse

SECTION = CameraSection(kind="file", name="cage", location="room")
UNPLUGGED = CameraLost("camera 'cage' was unplugged")


class Session:
    """One opening of a camera: packets of a video, until what happens ``then``."""

    def __init__(
        self, source: Path, start: float, then: Callable[[], None], *, ends: bool = False, pace: float = 0
    ) -> None:
        self._pace = pace
        self._container: InputContainer = av.open(str(source))
        self.video: VideoStream = self._container.streams.video[0]
        self.ends = ends
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._source, self._start, self._then = source, start, then

    def packets(self) -> Iterator[TimedPacket]:
        for timed in packets(self._source, self._start):
            if self.closed.wait(self._pace):
                return
            yield timed
        self._then()

    def close(self) -> None:
        with self._lock:  # both the reader and its owner may close; until then ``video`` is looked at
            self.closed.set()
            self._container.close()


class Plan:
    """A camera that opens as planned: each entry makes a session, or raises."""

    def __init__(self, *entries: Callable[[], Session]) -> None:
        self.opened = 0
        self._entries = entries

    def open(self) -> Session:
        self.opened += 1
        return self._entries[min(self.opened, len(self._entries)) - 1]()


def lose() -> Session:
    raise UNPLUGGED


def unplug() -> None:
    raise UNPLUGGED


class Followed:
    """A camera that is followed in a thread, with real keeping, pipeline and status."""

    def __init__(
        self, cage: Home, camera: Camera, *, lasting: float = 0, status: Status | None = None
    ) -> None:
        self.status = status or Status("cage", now=time.monotonic, lasting=lasting)
        self.live = LiveView()
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self._reporter = Reporter(self.status, cage.spool, "node", cage.outbox.folder.parent, every=0.05)
        rolls = RecorderSection(pre_roll=1, post_roll=1)
        self._keeping = Keeping(SECTION, rolls, cage.data_dir, cage.spool, cage.clips)
        self._camera = camera
        pipeline = Pipeline("cage", "room")
        recorder = self._keeping.recorder
        self.captures = Captures("cage", "room", self.live)
        self.captures.begin(self._keeping.keep_photo)
        folder = cage.data_dir / "timelapse" / "cage"
        self._timelapse = Timelapse(SECTION, TimelapseSection(), folder, GREENWICH, self._keeping.keep_film)
        self._sight = Sight(
            pipeline,
            recorder,
            self.live,
            Segments(),
            self.status,
            self._reporter,
            self.captures,
            rush=Rush("cage", longest=600),
            timelapse=self._timelapse,
            period=0.2,
        )
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            follow("cage", self._camera, self._sight, self.status, self.stop, opening=5, patience=0.4)
        except DriverHangs as error:
            self.error = error

    def close(self) -> None:
        self.stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "it does not stop"
        self._timelapse.close()
        self._keeping.close()
        self._reporter.close()


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path / "data") as made:
        yield made


def stored(cage: Home) -> int:
    return sum(fields["clip_state"] == "stored" for fields in cage.events().values())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Nothing moves for 6 s, then a square crosses the room for 5 s, then nothing moves."""
    return video(tmp_path / "source.mp4", 17, walk=(6, 11), size=(320, 240))


def test_a_camera_that_is_unplugged_keeps_its_event_and_comes_back(
    cage: Home, source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone_in_mid_event = video(tmp_path / "short.mp4", 9, walk=(6, 11), size=(320, 240))
    camera = Plan(
        lambda: Session(gone_in_mid_event, START, unplug, ends=True),
        lose,
        lambda: Session(source, START + 1000, unplug, ends=True),
        lose,
    )
    with caplog.at_level(logging.INFO, "vision"), closing(Followed(cage, camera)) as followed:
        assert wait_until(lambda: camera.opened >= 2, 20)
        assert followed.live.newest() is None, "an old picture passes for a new one"
        assert followed.status.health().state == "lost"
        assert wait_until(lambda: camera.opened >= 4, 20), "the camera does not come back"
        assert wait_until(lambda: stored(cage) == 2, 20), f"two events should be stored: {cage.events()}"
    log = [record.message for record in caplog.records if record.name == "vision.status"]
    assert log == ["camera cage runs", str(UNPLUGGED), "camera cage is back", str(UNPLUGGED)]
    for fields in cage.events().values():
        assert pictures(cage.data_dir / "clips" / str(fields["clip"])) > 20
        assert cage.clips.stat(str(fields["snapshot"])).size > 500
    states = [point.fields["state"] for point in cage.points("camera")]
    assert "lost" in states, "its loss is not in its health"
    assert cage.points("pet_activity"), "where the pet was is not written"


def test_a_camera_that_ends_at_once_is_tried_less_and_less_often(
    cage: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    short = video(tmp_path / "short.mp4", 1)
    opened: list[float] = []

    def flap() -> Session:
        opened.append(time.monotonic())
        return Session(short, START + len(opened) * 100, unplug)

    with caplog.at_level(logging.INFO, "vision"), closing(Followed(cage, Plan(flap), lasting=30)):
        assert wait_until(lambda: len(opened) >= 3, 30)
    waits = [after - before for before, after in pairwise(opened)]
    assert waits[1] >= 2, f"it is opened again after {waits} s"
    log = [record.message for record in caplog.records if record.name == "vision.status"]
    assert log == ["camera cage runs", str(UNPLUGGED), f"camera cage comes and goes: {UNPLUGGED}"]


def test_a_driver_that_fails_in_its_own_way_is_a_loss(cage: Home, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> Session:
        raise RuntimeError("no such register")

    with closing(Followed(cage, Plan(fail))) as followed:
        assert wait_until(lambda: followed.status.health().state == "lost", 10)
        assert followed.status.health().reason == "the driver of camera 'cage' failed: no such register"
    assert "Traceback" in caplog.text


def test_a_camera_whose_picture_is_frozen_is_opened_anew_and_said_to_be_once(
    cage: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By a clock a hundred times as fast: a picture in ten seconds and a keyframe a minute."""
    still = video(tmp_path / "still.mp4", 20, walk=(90, 91), size=(320, 240), gop=6)

    def freeze() -> Session:
        return Session(still, START + camera.opened * 100, unplug, pace=0.05)

    camera = Plan(freeze)
    status = Status("cage", now=lambda: time.monotonic() * 100, has_noise=True)
    with (
        caplog.at_level(logging.INFO, "vision"),
        closing(Followed(cage, camera, status=status)) as followed,
    ):
        assert wait_until(lambda: camera.opened >= 3, 30), "it is not opened anew"
        assert followed.status.health().state == "frozen"
        assert followed.status.health().counts["retried"] >= 2
    log = [record.message for record in caplog.records if record.name == "vision.status"]
    assert log == [
        "camera cage runs",
        "camera cage is frozen: it sends the same picture again and again",
    ]


def test_a_camera_that_stops_sending_is_lost(cage: Home, source: Path) -> None:
    with closing(Followed(cage, Plan(lambda: Session(source, START, lambda: None)))) as followed:
        assert wait_until(lambda: followed.status.health().state == "lost", 20)
        assert followed.status.health().reason == "camera 'cage' sends no more pictures"


def test_a_driver_that_hangs_again_and_again_ends_the_process(cage: Home, tmp_path: Path) -> None:
    short = video(tmp_path / "short.mp4", 1)
    release = threading.Event()
    times = count()

    def hang() -> None:
        release.wait(60)

    camera = Plan(lambda: Session(short, START + next(times) * 100, hang))
    followed = Followed(cage, camera)
    try:
        assert wait_until(lambda: followed.error is not None, 30)
        assert "did not come back 3 times" in str(followed.error)
        assert followed.status.health().reason == "camera 'cage' sends no picture for 0.4 s"
    finally:
        release.set()
        followed.close()


def test_a_camera_that_hangs_while_it_opens_is_lost(source: Path) -> None:
    release = threading.Event()

    def hang() -> Session:
        release.wait(60)
        raise UNPLUGGED

    feed = Feed("cage", Plan(hang), threading.Event(), opening=0.3, patience=0.3)
    with pytest.raises(CameraLost, match=r"camera 'cage' does not open for 0\.3 s"):
        feed.open()
    feed.close()
    assert feed.hangs
    release.set()
    assert wait_until(lambda: not feed.hangs, 10)


def test_a_feed_that_is_closed_lets_go_of_a_full_camera(source: Path) -> None:
    session = Session(source, START, unplug)
    feed = Feed("cage", Plan(lambda: session), threading.Event())
    feed.open()
    assert wait_until(lambda: feed.backlog == ROOM, 20), "it reads on for ever"
    feed.close()
    assert session.closed.is_set()
    assert not feed.hangs


@pytest.mark.parametrize("ends", [True, False])
def test_frames_are_passed_over_for_a_live_camera_and_never_for_a_recording(
    cage: Home, source: Path, ends: bool
) -> None:
    """The camera sends everything at once; a recording can wait, a live picture is late."""
    camera = Plan(lambda: Session(source, START, unplug, ends=ends), lose)
    with closing(Followed(cage, camera)) as followed:
        assert wait_until(lambda: followed.status.health().state == "lost", 20)
        dropped = followed.status.health().dropped
        assert followed.live.seq == 170, "not every packet was taken and decoded"
    assert dropped == 0 if ends else 0 < dropped <= 85, f"{dropped} looks were left out"
    assert bool(cage.events()) is ends


@contextmanager
def running(cage: Home, camera: CameraSection, *, consent: bool = True) -> Iterator[httpx.Client]:
    stop = threading.Event()
    thread = threading.Thread(
        target=run,
        args=(camera, VisionSection(consent=consent, cameras=(camera,))),
        kwargs={
            "node": "node",
            "data_dir": cage.data_dir,
            "spool": cage.spool,
            "clips": cage.clips,
            "stop": stop,
        },
    )
    thread.start()
    address = node_address(cage.data_dir, camera.name)
    try:
        assert wait_until(lambda: address.exists() or not thread.is_alive(), 10)
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(address)), base_url="http://node") as client:
            yield client
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive(), "it does not stop"


def test_without_consent_no_camera_opens(cage: Home) -> None:
    camera = CameraSection(kind="scripted", name="cage", location="room")
    with running(cage, camera, consent=False) as client:
        told = client.get("/status").json()
        assert told["state"] == "lost"
        assert told["reason"] == "camera 'cage' stays closed: set consent in [vision] when all agree"
        assert client.get("/frame.jpg").status_code == 503
    assert not cage.recordings.exists()


def test_a_whole_camera_process_from_recording_to_stored_clips(cage: Home, source: Path) -> None:
    camera = CameraSection.model_validate(
        {"kind": "file", "name": "cage", "location": "room", "path": source, "pace": False, "start": START}
    )
    with running(cage, camera) as client:
        assert wait_until(lambda: client.get("/status").json()["state"] == "lost", 30)
        assert client.get("/status").json()["reason"] == "camera 'cage': the recording has ended"
        assert wait_until(lambda: stored(cage) == 1, 20)
    ((event_id, fields),) = cage.events().items()
    assert event_id.startswith("cage-20260528T2026")
    assert pictures(cage.data_dir / "clips" / str(fields["clip"])) >= 60
    assert not node_address(cage.data_dir, "cage").exists()
    assert cage.leftovers() == []
    assert list((cage.data_dir / "timelapse" / "cage" / "2026-05-28").glob("*.jpg")), "it has no time-lapse"


@pytest.mark.parametrize(
    ("kind", "timeout"),
    [("url", None), ("url", 9), ("url", 60), ("http", 120), ("v4l2", 40), ("scripted", None)],
)
def test_a_camera_is_given_the_time_that_its_owner_gives_it(kind: str, timeout: float | None) -> None:
    section = {"kind": kind, "name": "cage", "location": "room", "timeout": timeout}
    if kind in ("url", "http"):
        section["url"] = "http://127.0.0.1:1/stream"
    given = {key: value for key, value in section.items() if value is not None}
    opening, patience = patience_of(read_options(CameraSection.model_validate(given)))
    if timeout is None or timeout <= PATIENCE:
        assert (opening, patience) == (OPENING, PATIENCE), "what hangs is found out as soon as ever"
    else:
        assert opening > 3 * timeout, "all three ways to open a webcam can be tried"
        assert patience > timeout
