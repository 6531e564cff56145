"""The node endpoint over a real Unix socket: status, picture, and streams for the quick and the slow."""

import itertools
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.daemon import wait_until
from tests.vision.test_live import frame, shade
from vision.address import node_address
from vision.captures import Captures
from vision.live import LiveView
from vision.node import AddressTaken, NodeEndpoint
from vision.segments import Segments
from vision.status import Status


class Node:
    """An endpoint with its two sides, and a camera that publishes as fast as it is told."""

    def __init__(self, data_dir: Path) -> None:
        self.address = node_address(data_dir, "cage")
        self.live = LiveView()
        self.status = Status("cage", now=time.monotonic)
        self.captures = Captures("cage", "hutch", self.live)
        self.endpoint = NodeEndpoint(self.address, self.live, Segments(), self.status, self.captures)
        self.client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(self.address)), base_url="http://node"
        )

    def close(self) -> None:
        self.client.close()
        self.endpoint.close()

    @contextmanager
    def publishing(self, every: float = 0.01, size: tuple[int, int] = (160, 120)) -> Iterator[None]:
        stop = threading.Event()

        def publish() -> None:
            pictures = [frame(number, *size) for number in range(0, 250, 10)]
            while not stop.wait(every):
                self.live.publish(pictures[self.live.seq % len(pictures)], 1_780_000_000.0 + self.live.seq)

        thread = threading.Thread(target=publish)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path)
    yield made
    made.close()


def parts(response: httpx.Response) -> Iterator[tuple[float, bytes]]:
    """The pictures of a stream, each with the second it was taken."""
    buffer = b""
    for chunk in response.iter_raw():
        buffer += chunk
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            head = dict(line.split(": ", 1) for line in buffer[:end].decode().split("\r\n")[1:])
            length = int(head["Content-Length"])
            if len(buffer) < end + 4 + length + 2:
                break
            assert buffer.startswith(b"--frame\r\n"), "a part does not start with the boundary"
            assert head["Content-Type"] == "image/jpeg"
            taken = datetime.fromisoformat(head["X-Frame-Time"]).timestamp()
            yield taken, buffer[end + 4 : end + 4 + length]
            buffer = buffer[end + 4 + length + 2 :]


def test_the_socket_is_for_this_user_alone(node: Node) -> None:
    assert node.address.stat().st_mode & 0o777 == 0o600


def test_status_says_how_the_camera_is(node: Node) -> None:
    assert node.client.get("/status").json()["state"] == "starting"
    for _ in range(10):
        node.status.packet(1000)
    node.status.frame(frame(5, 320, 240))
    node.status.analysed(motion=0.25)
    node.live.publish(frame(5), 1.0)
    told = node.client.get("/status").json()
    assert (told["camera"], told["state"], told["reason"]) == ("cage", "running", "")
    assert (told["seq"], told["width"], told["height"]) == (1, 320, 240)
    assert told["luma"] == pytest.approx(5 / 255, abs=0.005)
    assert told["fps"] == pytest.approx(10)
    assert told["bitrate"] == pytest.approx(80_000)
    assert 0 <= told["frame_age"] < 60
    node.status.lost("camera 'cage' was unplugged")
    told = node.client.get("/status").json()
    assert (told["state"], told["reason"], told["fps"]) == ("lost", "camera 'cage' was unplugged", 0)


def test_the_picture_is_the_newest_or_a_sentence(node: Node) -> None:
    answer = node.client.get("/frame.jpg")
    assert (answer.status_code, answer.text) == (503, "camera cage has no picture yet")
    node.live.publish(frame(120), 1_780_000_000.25)
    answer = node.client.get("/frame.jpg")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-frame-time"] == "2026-05-28T20:26:40.250000+00:00"
    assert abs(shade(answer.content) - 120) < 3
    node.status.lost("camera 'cage' was unplugged")
    answer = node.client.get("/frame.jpg")
    assert (answer.status_code, answer.text) == (503, "camera 'cage' was unplugged")


def test_a_stream_shows_newer_and_newer_pictures(node: Node) -> None:
    with node.publishing(), node.client.stream("GET", "/live.mjpeg?fps=30") as response:
        assert response.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
        taken = []
        for at, data in parts(response):
            assert shade(data) >= 0
            taken.append(at)
            if len(taken) == 10:
                break
    assert taken == sorted(set(taken)), "a picture came twice, or out of order"


def test_a_slow_watcher_loses_pictures_and_keeps_nobody_waiting(node: Node, tmp_path: Path) -> None:
    with (
        node.publishing(0.005, (1280, 720)),
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as slow,
        node.client.stream("GET", "/live.mjpeg") as quick,
    ):
        slow.settimeout(20)
        slow.connect(str(node.address))
        slow.sendall(b"GET /live.mjpeg HTTP/1.1\r\nHost: node\r\n\r\n")
        assert wait_until(lambda: node.live.watchers == 2, 10)
        pictures = parts(quick)
        first, _ = next(pictures)
        seen = [next(pictures)[0] for _ in range(40)]
        assert seen[-1] > first + 39, "the quick one did not get on"
        received = b""
        while received.count(b"X-Frame-Time") < 30:  # what had been buffered for it, then what is newest
            received += slow.recv(65536)
    times = [line for line in received.split(b"\r\n") if line.startswith(b"X-Frame-Time")]
    taken = [datetime.fromisoformat(line.decode().split(": ")[1]).timestamp() for line in times]
    gaps = [later - earlier for earlier, later in itertools.pairwise(taken)]
    assert max(gaps) > 10, "the slow one lost nothing, so somebody kept it all for it"
    assert min(gaps) > 0


def test_fps_limits_a_stream_and_nonsense_is_refused(node: Node) -> None:
    with node.publishing(0.002), node.client.stream("GET", "/live.mjpeg?fps=10") as response:
        began = time.monotonic()
        pictures = parts(response)
        for _ in range(4):
            next(pictures)
        assert time.monotonic() - began >= 0.29, "four pictures at 10 a second take at least 0.3 s"
    for wrong in ("0", "-1", "x", "nan", "1e-9"):
        answer = node.client.get(f"/live.mjpeg?fps={wrong}")
        assert (answer.status_code, answer.text) == (422, "fps must be a number from 0.01 to 30")


def test_a_watcher_that_leaves_is_noticed(node: Node) -> None:
    with node.publishing():
        with node.client.stream("GET", "/live.mjpeg") as response:
            pictures = parts(response)
            next(pictures)
            assert node.client.get("/status").json()["watchers"] == 1
        assert wait_until(lambda: node.live.watchers == 0, 10), "it is still served"


def test_a_watcher_that_leaves_while_no_picture_comes_is_noticed(node: Node) -> None:
    node.live.publish(frame(5), 1.0)
    with node.client.stream("GET", "/live.mjpeg") as response:
        assert response.status_code == 200
        assert wait_until(lambda: node.live.watchers == 1, 10)
    assert wait_until(lambda: node.live.watchers == 0, 10), "it is still served"


def test_closing_ends_streams_and_removes_the_socket(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    node = Node(tmp_path)
    node.live.publish(frame(5), 1.0)
    with caplog.at_level(logging.INFO, "uvicorn"), node.client.stream("GET", "/live.mjpeg") as response:
        pictures = parts(response)
        next(pictures)
        node.endpoint.close()
        assert list(pictures) == [], "the stream has no clean end"
    node.client.close()
    assert not node.address.exists()
    assert caplog.records == []


def test_a_dead_socket_is_replaced_and_a_living_one_is_not(tmp_path: Path, node: Node) -> None:
    with pytest.raises(AddressTaken, match="is this camera running twice"):
        NodeEndpoint(node.address, LiveView(), Segments(), node.status, node.captures)
    assert node.client.get("/status").status_code == 200
    dead = node_address(tmp_path, "nursery")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left_behind:
        left_behind.bind(str(dead))
    assert dead.exists()
    NodeEndpoint(dead, LiveView(), Segments(), node.status, node.captures).close()
    assert not dead.exists()
