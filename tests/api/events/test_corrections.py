"""``PATCH /events/{id}``: this was Miso, it was sleeping, it was no pet."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from influx.store import RowQuery
from influx.upkeep import Upkeep
from influx.windows import Window
from tests.api.clip import make_clip
from tests.api.home import NOW, Home, event, reading
from vision.clips import clip_key
from vision.identity.gallery import FOLDER, Gallery
from vision.outbox import Outbox

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SEEN = event(NOW - MINUTE, pet="unknown", clip="cage/x.mp4", clip_state="waiting")
ADDRESS = f"/events/{SEEN.id}"


def patched(client: httpx.Client, **wish: object) -> dict[str, Any]:
    answer = client.patch(ADDRESS, json=wish)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert client.get(ADDRESS).json() == told, "it is told otherwise than it is"
    return told


def listed(client: httpx.Client, **filters: str) -> list[tuple[str, str]]:
    told = client.get("/events", params=filters).json()["events"]
    return [(one["pet"], one["event_type"]) for one in told]


def test_an_event_is_whose_the_owner_says_and_found_by_that(home: Home, client: httpx.Client) -> None:
    home.store(SEEN.point())
    told = patched(client, pet="Miso", event_type="grooming")
    assert (told["pet"], told["event_type"], told["revision"]) == ("miso", "grooming", 1)
    assert told["corrected_from"] == {"pet": "unknown", "event_type": "passing"}
    assert patched(client, pet="miso") == told, "the same again is another revision"
    assert listed(client) == listed(client, pet="miso", type="grooming") == [("miso", "grooming")]
    assert listed(client, pet="unknown") == []
    assert "Miso" in client.get(f"/pages/events/{SEEN.id}").text


def test_what_is_no_pet_stays_listed_and_can_be_one_again(home: Home, client: httpx.Client) -> None:
    home.store(SEEN.point())
    told = patched(client, not_a_pet=True)
    assert (told["pet"], told["event_type"]) == ("none", "motion")
    assert patched(client, not_a_pet=True) == told
    assert "Not a pet" in client.get(f"/pages/events/{SEEN.id}").text
    told = patched(client, pet="nori")
    assert (told["pet"], told["event_type"]) == ("nori", "passing"), "it is a movement of Nori now"


def test_what_is_said_teaches_the_cameras_and_is_unlearnt_when_it_is_taken_back(
    home: Home, client: httpx.Client
) -> None:
    home.store(SEEN.point())
    gallery = Gallery(home.context.data_dir / FOLDER)
    gallery.see(SEEN.id, b"cut-outs")

    def learnt() -> list[tuple[str, str]]:
        return [(source.pet, source.id) for source in gallery.sources()]

    patched(client, event_type="grooming")
    assert learnt() == [], "nobody said who it was"
    for wish, pet in (
        ({"pet": "Miso"}, "miso"),
        ({"pet": "nori"}, "nori"),
        ({"pet": "Person"}, "person"),
        ({"not_a_pet": True}, "none"),
    ):
        patched(client, **wish)
        assert learnt() == [(pet, SEEN.id)]
    patched(client, undo=True)
    assert learnt() == []
    patched(client, pet="miso")
    patched(client, pet="unknown")
    assert learnt() == []


def test_a_gallery_that_cannot_be_written_keeps_no_correction_back(home: Home, client: httpx.Client) -> None:
    home.store(SEEN.point())
    (home.context.data_dir / FOLDER).write_text("a file where the gallery should be")
    assert patched(client, pet="miso")["pet"] == "miso"


def test_undo_brings_back_what_was_first_written(home: Home, client: httpx.Client) -> None:
    home.store(SEEN.point())
    patched(client, pet="miso")
    patched(client, event_type="sleeping")
    told = patched(client, undo=True)
    assert (told["pet"], told["event_type"], told["corrected_from"]) == ("unknown", "passing", None)
    assert patched(client, undo=True) == told
    assert listed(client) == [("unknown", "passing")]


@pytest.mark.parametrize("wish", [{"pet": "miso"}, {"not_a_pet": True}])
def test_a_clip_that_comes_after_the_correction_plays_and_leaves_the_words(
    home: Home, client: httpx.Client, wish: dict[str, object]
) -> None:
    """The camera's own outbox writes the event once more when the clip is stored, with the first pet."""
    context = home.context
    outbox = Outbox(context.data_dir / "outbox" / "cage", context.clips, context.spool)
    clip = make_clip(context.data_dir / "clip.mp4")
    outbox.accept(replace(SEEN, clip=clip_key(SEEN.id)), clip, None)
    home.deliver()
    wished = patched(client, **wish)
    assert client.get(f"/clips/{SEEN.id}").status_code == 503
    for sidecar in outbox.waiting():
        outbox.store(sidecar)
    home.deliver()
    told = client.get(ADDRESS).json()
    assert told == {**wished, "clip_state": "stored", "clip": f"/clips/{SEEN.id}"}
    assert client.get(f"/clips/{SEEN.id}").status_code == 200
    assert listed(client) == [(told["pet"], told["event_type"])], "it is listed as it was, too"
    assert listed(client, pet="unknown") == []
    Upkeep(context.store, context.retention, context.timezone).tick(context.now())
    window = Window(NOW - HOUR, NOW)
    [left] = context.store.rows(RowQuery("pet_event", window)).points
    assert (left.tags["pet"], left.fields["clip_state"]) == (told["pet"], "stored")


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({}, "say pet, event_type or both"),
        ({"pet": "miso", "not_a_pet": True}, "say pet, event_type or both"),
        ({"pet": " "}, "pet: is empty"),
        ({"pet": "None"}, '"not_a_pet": true'),
        ({"pet": "miso\\"}, "pet may hold no control character or a slash"),
        ({"pet": "a\nb"}, "pet may hold no control character or a slash"),
        ({"pet": "x" * 49}, "at most 48 characters"),
        ({"event_type": "flying"}, "there is no such event type"),
        ({"event_type": "photo"}, "there is no such event type"),
        ({"name": "miso"}, "name is not known here"),
        ({"not_a_pet": False}, "not_a_pet"),
    ],
)
def test_a_wish_that_cannot_be_gets_a_sentence(
    home: Home, client: httpx.Client, wish: dict[str, object], words: str
) -> None:
    home.store(SEEN.point())
    answer = client.patch(ADDRESS, json=wish)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert client.get(ADDRESS).json()["revision"] == 0


def test_an_event_that_is_not_there_is_not_corrected(client: httpx.Client) -> None:
    assert client.patch(ADDRESS, json={"pet": "miso"}).status_code == 404


def test_a_photo_that_somebody_took_is_no_event_of_a_pet(home: Home, client: httpx.Client) -> None:
    photo = event(NOW - MINUTE, pet="unknown", event_type="photo")
    home.store(photo.point())
    answer = client.patch(f"/events/{photo.id}", json={"pet": "miso"})
    assert (answer.status_code, "took this picture" in answer.text) == (422, True)


def test_while_the_store_is_away_nothing_is_half_corrected(cut_off: tuple[Home, httpx.Client]) -> None:
    _home, client = cut_off
    answer = client.patch(ADDRESS, json={"pet": "miso"})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


def test_a_device_cannot_correct_by_writing_points(client: httpx.Client) -> None:
    line = f'correction,camera=cage event_id="{SEEN.id}",pet="miso",revision=9i'
    answer = client.post("/api/v2/write", content=line)
    assert answer.status_code in (400, 422)
    assert re.search(r"PATCH /events/\{id\}", answer.text)


def test_the_buttons_of_the_page_correct_and_undo(home: Home, client: httpx.Client) -> None:
    home.store(SEEN.point(), event(NOW - 2 * MINUTE, pet="nori").point())
    page = f"/pages/events/{SEEN.id}"
    assert "This was Nori" in client.get(page).text
    done = client.post(f"{page}/correct", data={"pet": "Nori"}, follow_redirects=True)
    assert done.status_code == 200
    assert "Noted:" in done.text
    assert "Hutch had said: Passing by, Not recognised." in done.text
    client.post(f"{page}/correct", data={"event_type": "sleeping"})
    told = client.get(ADDRESS).json()
    assert (told["pet"], told["event_type"]) == ("nori", "sleeping")
    client.post(f"{page}/correct", data={"undo": "1"})
    assert client.get(ADDRESS).json()["corrected_from"] is None
    slip = client.post(f"{page}/correct", data={"pet": "none"})
    assert slip.status_code == 422
    assert "pet: is no pet&#39;s name" in slip.text
    assert client.post("/pages/events/nothing/correct", data={"pet": "none"}).status_code == 404


def test_the_page_of_an_event_draws_the_climate_around_it(home: Home, client: httpx.Client) -> None:
    home.store(SEEN.point(), *(reading(NOW - n * MINUTE, 20 + n / 10) for n in range(1, 25)))
    html = client.get(f"/pages/events/{SEEN.id}").text
    assert 'aria-label="Temperature from 15:29 to 16:29: 20.1' in html
    assert len(re.findall(r"<polyline", html)) == 1
