import re
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import httpx
import pytest

from api.server import listen, serve
from tests import daemon
from tests.api.home import Home
from tests.api.running_camera import RunningCamera, camera
from vision.address import node_address, prepare

JPEG_HEAD = b"\xff\xd8\xff"
STOOD_STILL = 100.0
until = partial(daemon.until, seconds=5)


@pytest.fixture
def cage(home: Home) -> Iterator[RunningCamera]:
    with camera(home.context.data_dir, "cage", now=lambda: STOOD_STILL) as running:
        yield running


def test_live_relays_the_stream_of_the_first_camera(cage: RunningCamera, client: httpx.Client) -> None:
    with client.stream("GET", "/live", params={"fps": "2"}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
        assert answer.headers["cache-control"] == "no-store"
        got = b""
        for chunk in answer.iter_raw():
            got += chunk
            if got.count(JPEG_HEAD) >= 3:
                break
    taken = [datetime.fromisoformat(at.decode()) for at in re.findall(rb"X-Frame-Time: (\S+)", got)]
    longest = max(after - before for before, after in pairwise(taken))
    assert longest > timedelta(seconds=0.2), "the play has 15 pictures a second, of which 2 were asked"


@pytest.mark.parametrize("stalled", [False, True])
def test_when_the_viewer_leaves_the_camera_is_let_go_at_once(
    cage: RunningCamera, client: httpx.Client, stalled: bool
) -> None:
    if stalled:
        cage.stall()
    with client.stream("GET", "/live") as answer:
        chunks = answer.iter_raw()
        next(chunks)
        until("someone watches", lambda: cage.live.watchers == 1)
    until("nobody watches", lambda: cage.live.watchers == 0)


def test_live_jpg_is_the_newest_picture_with_its_time(cage: RunningCamera, client: httpx.Client) -> None:
    cage.stall()
    newest = cage.live.newest()
    assert newest is not None
    answer = client.get("/live.jpg", params={"camera": "cage"})
    assert answer.content == newest.data
    assert answer.headers["x-frame-time"] == newest.at.isoformat()
    assert answer.headers["content-type"] == "image/jpeg"


def test_a_camera_without_a_picture_says_so(cage: RunningCamera, client: httpx.Client) -> None:
    cage.lose("the cable is out")
    answer = client.get("/live.jpg")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert answer.json()["detail"] == "The camera cage has no picture: the cable is out."


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


def test_cameras_lists_state_and_age(cage: RunningCamera, client: httpx.Client) -> None:
    cage.stall()
    running, cot = client.get("/cameras").json()
    assert running.pop("fps") > 0
    assert running == {
        "name": "cage",
        "location": "hutch",
        "state": "running",
        "reason": "",
        "frame_age": 0.0,
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
    home: Home, cage: RunningCamera, caplog: pytest.LogCaptureFixture
) -> None:
    cage.stall()
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
