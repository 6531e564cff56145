"""Photos and recordings that people ask for: over a camera that plays, from the question to the clip."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.daemon import wait_until
from tests.vision.home import Home, home
from tests.vision.sources import START, pictures
from tests.vision.test_live import frame
from tests.vision.test_loop import running
from vision.address import node_address
from vision.captures import Captures, NotNow, Running
from vision.config import CameraSection
from vision.episodes import Closed, Opened
from vision.events import Event
from vision.live import LiveView


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path / "data") as made:
        yield made


@pytest.fixture
def live() -> Iterator[LiveView]:
    with closing(LiveView()) as made:
        yield made


@pytest.fixture
def captures(live: LiveView) -> Captures:
    made = Captures("cage", "room", live)
    made.begin(lambda _event, _jpeg: None)
    return made


def test_a_photo_and_a_recording_with_what_was_before_it_are_stored_as_events(cage: Home) -> None:
    camera = CameraSection(kind="scripted", name="cage", location="room")
    with running(cage, camera) as client:
        assert wait_until(lambda: client.get("/frame.jpg").status_code == 200, 20)
        photo = client.post("/snapshot")
        assert photo.status_code == 202, photo.text
        first = client.post("/record", params={"seconds": 1})
        again = client.post("/record", params={"seconds": 60})
        assert first.status_code == again.status_code == 202, first.text
        assert (first.json()["began"], again.json()["began"]) == (True, False)
        assert again.json()["event_id"] == first.json()["event_id"]
        assert again.json()["seconds"] == 1
        taken, recorded = photo.json()["event_id"], first.json()["event_id"]
        assert wait_until(lambda: bool(cage.events().get(taken, {}).get("snapshot")), 20)
        assert wait_until(lambda: cage.events().get(recorded, {}).get("clip_state") == "stored", 30)
    events = cage.events()
    assert (events[taken]["event_type"], events[taken]["clip_state"]) == ("photo", "none")
    assert cage.clips.stat(str(events[taken]["snapshot"])).size > 500
    assert events[recorded]["event_type"] == "recording"
    assert 1 <= float(events[recorded]["duration"]) < 1.5
    assert pictures(cage.data_dir / "clips" / str(events[recorded]["clip"])) > 15, "a second and its rolls"
    assert events[recorded]["snapshot"], "a recording has a picture too"
    assert {
        point.tags["pet"] for point in cage.points("pet_event") if point.fields["event_id"] == recorded
    } == {"unknown"}


@pytest.mark.parametrize("seconds", ["", "0.5", "121", "nan", "ten"])
def test_a_recording_has_its_bounds(cage: Home, seconds: str) -> None:
    camera = CameraSection(kind="scripted", name="cage", location="room")
    with running(cage, camera, consent=False) as client:
        answer = client.post("/record", params={"seconds": seconds})
    assert (answer.status_code, answer.text) == (422, "seconds must be a number from 1 to 120")


def test_without_consent_nothing_is_taken(cage: Home) -> None:
    camera = CameraSection(kind="scripted", name="cage", location="room")
    with running(cage, camera, consent=False) as client:
        for answer in (client.post("/snapshot"), client.post("/record", params={"seconds": 5})):
            assert answer.status_code == 503
            assert "camera cage" in answer.text
    assert cage.events() == {}
    assert not node_address(cage.data_dir, "cage").exists()


def ask(captures: Captures, seconds: float, at: float) -> Running:
    """Ask for a recording from a thread of its own, while pictures come from ``at`` on."""
    answers: list[Running] = []
    asking = threading.Thread(target=lambda: answers.append(captures.record(seconds)))
    asking.start()
    assert wait_until(lambda: bool(captures.follow(at)), 5), "it does not begin"
    asking.join()
    return answers[0]


def test_a_recording_ends_after_its_seconds_or_with_the_camera(captures: Captures) -> None:
    began = ask(captures, 10, START)
    assert captures.follow(START + 9.9) == []
    [closed] = captures.follow(START + 10)
    assert isinstance(closed, Closed)
    assert closed.event.duration == timedelta(seconds=10)
    assert closed.event.id == began.event.id
    again = ask(captures, 10, START + 20)
    [closed] = captures.close(START + 23)
    assert isinstance(closed, Closed)
    assert (closed.event.id, closed.event.duration) == (again.event.id, timedelta(seconds=3))
    assert captures.close(START + 23) == []


def begins(captures: Captures, at: float) -> bool:
    return bool(captures.follow(at))


def test_of_two_who_ask_at_once_one_began_the_recording(captures: Captures) -> None:
    for turn in range(10):
        at, together = START + 100 * turn, threading.Barrier(3)

        def ask_for(seconds: float, together: threading.Barrier = together) -> Running:
            together.wait(5)
            return captures.record(seconds)

        with ThreadPoolExecutor(2) as hands:
            asking = [hands.submit(ask_for, seconds) for seconds in (5, 60)]
            together.wait(5)
            assert wait_until(partial(begins, captures, at), 5), "it does not begin"
            told = [each.result() for each in asking]
        assert sorted(each.began for each in told) == [False, True]
        assert told[0].event == told[1].event
        captures.close(at + 1)


def test_a_camera_without_pictures_says_so(captures: Captures, live: LiveView) -> None:
    with pytest.raises(NotNow, match="camera cage has no picture now"):
        captures.photograph()
    with pytest.raises(NotNow, match="camera cage sends no pictures to record"):
        captures.record(5)
    assert captures.follow(START) == [], "what was given up is recorded all the same"
    with pytest.raises(NotNow, match="is not ready"):
        Captures("cage", "room", live).record(5)


def test_who_taps_twice_gets_one_photo_of_one_picture(captures: Captures, live: LiveView) -> None:
    kept: list[Event] = []
    captures.begin(lambda event, _jpeg: kept.append(event))
    live.publish(frame(0, 160, 120), START)
    with ThreadPoolExecutor(8) as taps:
        events = list(taps.map(lambda _: captures.photograph(), range(16)))
    assert kept == events[:1]
    assert set(map(id, events)) == {id(kept[0])}
    live.publish(frame(1, 160, 120), START + 0.1)
    assert captures.photograph() != events[0]
    assert len(kept) == 2


def test_a_photo_that_was_not_kept_is_taken_again(captures: Captures, live: LiveView) -> None:
    kept: list[Event] = []

    def full(_event: Event, _jpeg: bytes) -> None:
        raise OSError("the disk is full")

    captures.begin(full)
    live.publish(frame(0, 160, 120), START)
    with pytest.raises(OSError, match="full"):
        captures.photograph()
    captures.begin(lambda event, _jpeg: kept.append(event))
    photo = captures.photograph()
    assert kept == [photo]


def test_a_photo_and_a_recording_of_one_picture_are_two_events(captures: Captures, live: LiveView) -> None:
    kept: list[Event] = []
    captures.begin(lambda event, _jpeg: kept.append(event))
    live.publish(frame(0, 160, 120), START)
    began = ask(captures, 10, START)
    assert captures.photograph().id != began.event.id
    live.publish(frame(10, 160, 120), START + 60)
    captures.close(START + 30)
    photo = captures.photograph()
    asking = threading.Thread(target=captures.record, args=(5,))
    asking.start()
    opened: list[object] = []

    def next_picture() -> bool:
        assert captures.follow(START + 60) == [], "it begins with the very picture of the photo"
        opened.extend(captures.follow(START + 60.1))
        return bool(opened)

    assert wait_until(next_picture, 5)
    asking.join()
    [change] = opened
    assert isinstance(change, Opened)
    assert change.event.id != photo.id
    assert kept == [*kept[:1], photo]
