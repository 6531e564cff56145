"""Captures, asked of a camera that runs."""

import httpx
import pytest

from tests.api.home import Home, serving
from tests.api.running_camera import camera
from vision.events import start_of


def test_a_photo_is_an_event_of_the_camera(home: Home) -> None:
    with camera(home.context.data_dir, "cage") as running, serving(home) as client:
        answer = client.post("/cameras/cage/snapshot")
        assert answer.status_code == 202, answer.text
        told = answer.json()
        [(event, jpeg)] = running.photos
    assert (told["event_id"], told["event"]) == (event.id, f"/events/{event.id}")
    assert (event.event_type, event.pet, event.camera) == ("photo", "unknown", "cage")
    assert jpeg.startswith(b"\xff\xd8")


def test_a_recording_that_runs_is_told_to_who_asks_for_another(home: Home) -> None:
    with camera(home.context.data_dir, "cage"), serving(home) as client:
        first = client.post("/cameras/cage/record", json={"seconds": 60})
        again = client.post("/cameras/cage/record")
        assert first.status_code == again.status_code == 202, again.text
    assert first.json() | {"began": False} == again.json()
    assert (first.json()["seconds"], first.json()["began"]) == (60, True)
    assert start_of(first.json()["event_id"])


@pytest.mark.parametrize("seconds", [0, 121, "nan", None, "x"])
def test_a_recording_has_its_bounds(empty_client: httpx.Client, seconds: object) -> None:
    answer = empty_client.post("/cameras/cage/record", json={"seconds": seconds})
    assert answer.status_code == 422
    assert "seconds" in answer.json()["detail"]


@pytest.mark.parametrize("what", ["snapshot", "record"])
def test_a_camera_that_is_away_or_unknown_says_so(empty_client: httpx.Client, what: str) -> None:
    away = empty_client.post(f"/cameras/cage/{what}")
    assert away.status_code == 503
    assert int(away.headers["retry-after"]) >= 1
    assert "away" in away.json()["detail"]
    assert empty_client.post(f"/cameras/nowhere/{what}").status_code == 404


def test_a_camera_without_a_picture_says_why_it_takes_none(home: Home) -> None:
    with camera(home.context.data_dir, "cage") as running, serving(home) as client:
        running.lose("camera 'cage' was unplugged")
        answer = client.post("/cameras/cage/snapshot")
    assert answer.status_code == 503
    assert "camera cage has no picture now" in answer.json()["detail"]
