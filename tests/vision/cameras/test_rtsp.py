"""RTSP against a real server, which is killed, halted and started again."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path

import pytest

from tests.daemon import Daemon, free_ports, until, wait_until
from tests.needs import lacking
from tests.vision.home import home
from tests.vision.sources import payloads, video
from tests.vision.test_loop import Followed
from vision.cameras.network import RtspOptions
from vision.feed import Feed
from vision.status import Status
from vision.stream import CameraLost

SOURCE = Path(__file__).with_name("rtsp_source.py")
ROOT = Path(__file__).parents[3]


class RtspServer(Daemon):
    """Debian's `rtsp-server-perl`, with one camera that sends to it."""

    name = "rtsp-server-perl"
    port_count = 2

    def __init__(self, folder: Path, recording: Path) -> None:
        super().__init__(folder)
        self._recording = recording
        self._camera: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        program = shutil.which("rtsp-server-perl")
        if program is None:
            lacking("there is no `rtsp-server-perl`: install the package of that name")
        clients, sources = self.ports
        return [
            program,
            *("--clientport", str(clients), "--serverport", str(sources)),
            *("--client_listen_address", "127.0.0.1", "--source_listen_address", "127.0.0.1"),
            *("--rtp_start_port", str(_even_port()), "--loglevel", "0"),
        ]

    def answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.ports[0]), 1):
            return True
        return False

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.ports[0]}/cage"

    def start(self) -> None:
        super().start()
        self._camera = subprocess.Popen(
            [sys.executable, str(SOURCE), str(self._recording), f"rtsp://127.0.0.1:{self.ports[1]}/cage"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def tidy(self) -> None:
        if self._camera is not None:
            self._camera.kill()
            self._camera.wait()
            self._camera = None

    def halt(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


def _even_port() -> int:
    return next(port for port in free_ports(20) if port % 2 == 0)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return video(tmp_path_factory.mktemp("rtsp") / "a.mp4", 30, walk=(5, 12), size=(320, 240))


@contextmanager
def serving(folder: Path, recording: Path) -> Iterator[RtspServer]:
    server = RtspServer(folder, recording)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def options(server: RtspServer, timeout: float = 2) -> RtspOptions:
    return RtspOptions(url=server.url, transport="udp", timeout=timeout)


def opened(server: RtspServer) -> Feed:
    """Its camera, as soon as the server has it."""
    deadline = time.monotonic() + 30
    while True:
        feed = Feed("cage", options(server).camera("cage"), threading.Event())
        try:
            feed.open()
        except CameraLost:
            feed.close()
            assert time.monotonic() < deadline, "the camera never opens"
            time.sleep(0.1)
        else:
            return feed


def test_its_packets_are_those_that_the_camera_sent(tmp_path: Path, recording: Path) -> None:
    with serving(tmp_path, recording) as server, closing(opened(server)) as feed:
        given = list(islice(feed.packets(), 40))
    times = [timed.time for timed in given]
    assert times == sorted(times)
    assert 1 < times[-1] - times[0] < 6, "what was looked at to know the stream comes at once, then in time"
    sent = payloads(recording)
    # A picture that is no keyframe is one part, behind its length in MP4 and behind a start code in RTSP.
    inside = {data[4:] for data in sent}
    plain = [bytes(timed.packet)[4:] for timed in given[5:] if not timed.packet.is_keyframe]
    assert len(plain) > 20
    assert set(plain) <= inside


def test_a_server_that_is_halted_is_lost_within_the_timeout(tmp_path: Path, recording: Path) -> None:
    with serving(tmp_path, recording) as server, closing(opened(server)) as feed:
        packets = feed.packets()
        next(packets)
        server.halt()
        began = time.monotonic()
        with pytest.raises(CameraLost, match="camera 'cage' was lost: "):
            list(packets)
        assert time.monotonic() - began < 10
        server.go_on()


def test_a_camera_that_is_cut_again_and_again_comes_back_and_is_counted(
    tmp_path: Path, recording: Path, rounds: int, chance: random.Random, caplog: pytest.LogCaptureFixture
) -> None:
    status = Status("cage", now=time.monotonic, lasting=0)
    with (
        caplog.at_level("INFO", "vision"),
        home(tmp_path / "data") as cage,
        serving(tmp_path, recording) as server,
        closing(opened(server)),
        closing(Followed(cage, options(server, 1).camera("cage"), status=status)),
    ):
        for number in range(rounds):
            until("the camera runs", lambda: status.health().state == "running", 60)
            if chance.random() < 0.5:
                server.kill()
                until("its loss is seen", lambda: status.health().state == "lost", 10)
                server.start()
            else:
                server.halt()
                until("its stall is seen", lambda: status.health().state == "lost", 10)
                server.go_on()
                # A server that was halted may know nothing any more of who watched.
                server.kill()
                server.start()
            assert status.health().counts["lost"] == number + 1
        until("the camera runs", lambda: status.health().state == "running", 60)
        health = status.health()
    assert health.counts == {"lost": rounds}
    log = [record.message for record in caplog.records if record.name == "vision.status"]
    assert log.count("camera cage is back") == rounds
    assert len(log) == 2 * rounds + 1, "each loss is said once, and each return"
    assert wait_until(lambda: threading.active_count() < 20, 10), "threads are left behind"
