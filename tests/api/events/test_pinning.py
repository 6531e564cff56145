"""``POST /events/{id}/pin``: a clip stays when room is made, as long as anybody says so."""

from datetime import timedelta

import httpx
import pytest

from influx import pins
from influx.corrections import Corrections, Said
from tests.api.home import NOW, Home, event
from vision.clips import clip_key

MINUTE = timedelta(minutes=1)
SEEN = event(NOW - MINUTE, pet="unknown", clip=clip_key(event(NOW - MINUTE).id), clip_state="stored")
ADDRESS = f"/events/{SEEN.id}"


def test_a_pin_is_told_wherever_the_event_is(home: Home, client: httpx.Client) -> None:
    other = event(NOW - 2 * MINUTE, clip="cage/x.mp4", clip_state="stored")
    home.store(SEEN.point(), other.point())
    assert client.get(ADDRESS).json()["pinned"] is False
    told = client.post(f"{ADDRESS}/pin")
    assert (told.status_code, told.json()["pinned"]) == (200, True)
    assert client.get(ADDRESS).json() == told.json() == client.post(f"{ADDRESS}/pin").json()
    for path, name in (("/events", "events"), ("/recordings", "recordings")):
        found = client.get(path).json()[name]
        assert {one["event_id"]: one["pinned"] for one in found} == {SEEN.id: True, other.id: False}
    assert client.delete(f"{ADDRESS}/pin").json()["pinned"] is False
    assert pins.pinned(home.context.store) == {}


def test_a_correction_keeps_the_pin(home: Home, client: httpx.Client) -> None:
    home.store(SEEN.point())
    client.post(f"{ADDRESS}/pin")
    answer = client.patch(ADDRESS, json={"pet": "miso"})
    assert (answer.json()["pet"], answer.json()["pinned"]) == ("miso", True)


def test_there_is_nothing_to_pin_where_there_is_no_event_and_no_clip(
    home: Home, client: httpx.Client
) -> None:
    answer = client.post(f"{ADDRESS}/pin")
    assert (answer.status_code, SEEN.id in answer.json()["detail"]) == (404, True)
    bare = event(NOW - MINUTE)
    home.store(bare.point())
    answer = client.post(f"/events/{bare.id}/pin")
    assert answer.status_code == 409
    assert "neither clip nor snapshot" in answer.json()["detail"]
    assert client.delete(f"/events/{bare.id}/pin").status_code == 200


@pytest.mark.parametrize("state", ["waiting", "stored"])
def test_the_event_s_page_pins_and_unpins(home: Home, client: httpx.Client, state: str) -> None:
    seen = event(NOW - MINUTE, clip=clip_key(SEEN.id), clip_state=state)
    home.store(seen.point())
    page = f"/pages/events/{seen.id}"
    assert "Pin it" in client.get(page).text
    answer = client.post(f"{page}/pin", data={"pinned": "1"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "Do not pin it any more" in answer.text
    assert "· pinned" in client.get("/pages/events").text
    assert "Pin it" in client.post(f"{page}/pin", data={}, follow_redirects=True).text
    assert "· pinned" not in client.get("/pages/events").text


def test_pins_of_one_moment_are_apart(home: Home) -> None:
    first, second = (event(NOW - MINUTE, track=track, clip_state="stored").point() for track in (1, 2))
    for one in (first, second):
        home.store(one, pins.pin(one, pinned=True, person="ann"))
    home.store(pins.pin(first, pinned=False, person="ann"))
    store = home.context.store
    assert [pins.is_pinned(store, one) for one in (first, second)] == [False, True]
    assert pins.pinned(store).keys() == {str(second.fields["event_id"])}


def test_pins_of_a_corrected_event_are_found_by_its_id(home: Home) -> None:
    home.store(SEEN.point(), pins.pin(SEEN.point(), pinned=True, person="ann"))
    corrections = Corrections(home.context.store, "pi")
    moved = corrections.correct(SEEN.point(), Said("nori", "sitting"), person="ann", now=NOW)
    assert pins.is_pinned(home.context.store, moved)
