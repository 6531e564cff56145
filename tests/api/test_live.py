import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from api.server import listen, serve
from tests.api.home import Home
from tests.api.node import JPEG, TAKEN, Node, a_node
from vision.address import node_address, prepare


@pytest.fixture
def node(home: Home) -> Iterator[Node]:
    with a_node(home.context.data_dir) as made:
        yield made


def until(what: str, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < deadline, f"not within 5 s: {what}"
        pause.wait(0.01)


def test_live_relays_the_stream_of_the_first_camera(node: Node, client: httpx.Client) -> None:
    with client.stream("GET", "/live", params={"fps": "5"}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
        assert answer.headers["cache-control"] == "no-store"
        got = b""
        for chunk in answer.iter_raw():
            got += chunk
            if got.count(JPEG) >= 3:
                break
    assert node.asked_fps == "5"


@pytest.mark.parametrize("stalled", [False, True])
def test_when_the_viewer_leaves_the_camera_is_let_go_at_once(
    node: Node, client: httpx.Client, stalled: bool
) -> None:
    node.stalled = stalled
    with client.stream("GET", "/live") as answer:
        chunks = answer.iter_raw()
        next(chunks)
        until("someone watches", lambda: node.watchers == 1)
    until("nobody watches", lambda: node.watchers == 0)


def test_live_jpg_is_the_newest_picture_with_its_time(node: Node, client: httpx.Client) -> None:
    answer = client.get("/live.jpg", params={"camera": "cage"})
    assert answer.content == JPEG
    assert answer.headers["x-frame-time"] == TAKEN
    assert answer.headers["content-type"] == "image/jpeg"


def test_a_camera_without_a_picture_says_so(node: Node, client: httpx.Client) -> None:
    node.frame = None
    answer = client.get("/live.jpg")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert answer.json()["detail"] == "The camera cage has no picture: there is no frame yet."


@pytest.mark.parametrize("path", ["/live", "/live.jpg"])
def test_a_camera_that_is_away_is_a_503(empty_client: httpx.Client, path: str) -> None:
    answer = empty_client.get(path, params={"camera": "cot"})
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    assert answer.json()["detail"] == "The camera cot is away; its process does not answer."


@pytest.mark.parametrize("path", ["/live", "/live.jpg"])
def test_a_camera_that_is_unknown_is_a_404(empty_client: httpx.Client, path: str) -> None:
    answer = empty_client.get(path, params={"camera": "attic"})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no camera 'attic'; there are cage, cot."


def test_cameras_lists_state_and_age(node: Node, client: httpx.Client) -> None:
    cage, cot = client.get("/cameras").json()
    assert cage == {
        "name": "cage",
        "location": "hutch",
        "state": "running",
        "reason": "",
        "frame_age": 0.1,
        "fps": 15.0,
        "width": 1280,
        "height": 720,
        "live": "/live?camera=cage",
    }
    assert (cot["state"], cot["frame_age"]) == ("away", None)


def test_a_camera_process_that_hangs_is_told_as_away(home: Home, client: httpx.Client) -> None:
    address = node_address(home.context.data_dir, "cage")
    prepare(address)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(address))
        silent.listen()
        assert client.get("/cameras").json()[0]["state"] == "away"
        assert client.get("/health").json()["cameras"]["cage"]["state"] == "away"
        assert client.get("/live.jpg").status_code == 503


def test_the_server_stops_at_once_with_watchers_on_it(
    home: Home, node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    node.stalled = True
    listener = listen("127.0.0.1", 0)
    stop = threading.Event()
    server = threading.Thread(target=serve, args=(home.context, listener, stop))
    server.start()
    ended: list[bytes] = []
    watching = threading.Event()

    def watch() -> None:
        with httpx.stream("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/live", timeout=10) as answer:
            for chunk in answer.iter_raw():
                ended.append(chunk)
                watching.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert watching.wait(5), "the stream did not start"
    stop.set()
    server.join(5)
    watcher.join(5)
    assert not server.is_alive(), "the server still runs"
    assert not watcher.is_alive(), "the stream did not end"
    assert not caplog.records, [record.getMessage() for record in caplog.records]
