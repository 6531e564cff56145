"""The live picture as HLS, from a camera's process through the API to who plays it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.api.home import Home
from tests.api.running_camera import RunningCamera, camera
from tests.daemon import until
from tests.vision import watching
from vision.segments import IDLE, STALE

CLOCK = [0.0]


@pytest.fixture
def cage(home: Home) -> Iterator[RunningCamera]:
    CLOCK[0] = 0.0
    with camera(home.context.data_dir, "cage", now=lambda: CLOCK[0]) as running:
        yield running


def newest(client: httpx.Client) -> watching.Playlist:
    answer = client.get("/live/cage/index.m3u8")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    assert answer.headers["cache-control"] == "no-store"
    return watching.read(answer.text)


def test_a_player_gets_every_picture_once_through_the_api(cage: RunningCamera, client: httpx.Client) -> None:
    parts: dict[int, bytes] = {}
    head = b""
    before = newest(client)
    while len(parts) < 4:
        listed = newest(client)
        watching.follows(before, listed)
        before = listed
        head = head or client.get(f"/live/cage/{listed.segments[0].init}").content
        for segment in listed.segments:
            if segment.sequence not in parts:
                answer = client.get(f"/live/cage/{segment.uri}")
                assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
                parts[segment.sequence] = answer.content
        threading.Event().wait(0.1)
    times = watching.decoded(head + b"".join(parts[number] for number in sorted(parts)))
    assert len(times) == 10 * len(parts), "the play has ten pictures in each segment of a second"
    assert times == sorted(set(times))


def test_segments_are_made_while_somebody_asks_and_no_longer(
    cage: RunningCamera, client: httpx.Client
) -> None:
    until("nobody watches yet", lambda: not cage.segments.active)
    listed = newest(client)
    until("somebody watches", lambda: cage.segments.active)
    CLOCK[0] += IDLE + 1
    until("nobody watches any more", lambda: not cage.segments.active)
    until("what was made is gone", lambda: cage.segments.file(listed.segments[0].uri) is None)


def test_many_who_ask_at_once_ask_the_camera_once(cage: RunningCamera, client: httpx.Client) -> None:
    listed = newest(client)
    uri = f"/live/cage/{listed.segments[0].uri}"
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda _: client.get(uri), range(60)))
    assert {answer.content for answer in answers} == {answers[0].content}
    cage.segments.stop()
    CLOCK[0] += IDLE + 1
    assert cage.segments.playlist() is None
    assert client.get(uri).content == answers[0].content, "the camera was asked again"


def test_a_camera_that_was_lost_is_a_503_with_its_reason(cage: RunningCamera, client: httpx.Client) -> None:
    cage.lose("the cable is out")
    answer = client.get("/live/cage/index.m3u8")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert answer.json()["detail"] == "The cable is out."


def test_a_camera_that_is_lost_while_somebody_watches_is_a_503_too(
    cage: RunningCamera, client: httpx.Client
) -> None:
    assert newest(client).segments
    cage.lose("the cable is out")
    CLOCK[0] += STALE + 1
    assert cage.segments.active, "who watches is forgotten"
    until("what is kept is not fresh", lambda: client.get("/live/cage/index.m3u8").status_code != 200)
    answer = client.get("/live/cage/index.m3u8")
    assert (answer.status_code, answer.json()["detail"]) == (503, "The cable is out.")


def test_what_is_not_there_is_a_404_that_says_so(cage: RunningCamera, client: httpx.Client) -> None:
    del cage
    for path, detail in {
        "/live/attic/index.m3u8": "There is no camera 'attic'; there are cage, cot.",
        "/live/cage/17.m4s": "Camera cage has no such segment any more; ask for the playlist again.",
        "/live/cage/init-17.mp4": "Camera cage has no such segment any more; ask for the playlist again.",
        "/live/cage/status": "There is no file 'status' of a live picture; its playlist is index.m3u8.",
        "/live/cage/..%2fstatus": None,
    }.items():
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert detail in (None, answer.json()["detail"])


def test_a_camera_that_is_away_is_a_503(empty_client: httpx.Client) -> None:
    answer = empty_client.get("/live/cot/index.m3u8")
    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        "The camera cot is away; its process does not answer.",
    )
