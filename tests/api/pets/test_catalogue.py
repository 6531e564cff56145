"""Pets: which there are, when they were seen, what they did, where they were, and their photographs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from api.pets import catalogue
from api.pets.photos import MOST_PHOTOS
from influx import points
from influx.points import Point
from influx.registry import Kind, Thing, announcement
from influx.schema import PET_ACTIVITY
from tests.api.home import NOW, Home, event
from tests.api.lived_in import jpeg
from vision.clips import snapshot_key
from vision.photos import photo_id, photo_key

HOUR = timedelta(hours=1)


def seen(pet: str, ago: timedelta, x: float = 0.25, y: float = 0.75, camera: str = "cage") -> Point:
    """A pet seen for 10 s."""
    return points.make(
        PET_ACTIVITY, {"camera": camera, "pet": pet}, {"motion": 0.2, "x": x, "y": y}, NOW - ago
    )


@pytest.fixture
def miso(home: Home) -> Home:
    """A home where miso lives, who was seen, and nori, who is expected and never was."""
    home.store(
        announcement(Thing(Kind.PET, "nori", "pi"), NOW - HOUR),
        event(NOW - HOUR, track=1).point(),
        event(NOW - 2 * HOUR, track=2).point(),
        event(NOW - 3 * HOUR, track=3, event_type="playing").point(),
        event(NOW - 30 * HOUR, track=4).point(),
        event(NOW - HOUR, track=5, pet="unknown").point(),
        event(NOW - HOUR, track=6, pet="none", event_type="motion").point(),
        *(seen("miso", timedelta(seconds=600 + 10 * n)) for n in range(30)),
        seen("miso", timedelta(minutes=20), camera="cot"),
    )
    return home


def test_pets_are_those_registered_and_those_seen(miso: Home, client: httpx.Client) -> None:
    told = client.get("/pets").json()
    assert told["now"] == "2026-05-28T14:00:00Z"
    assert told["pets"] == [
        {
            "name": "miso",
            "registered": False,
            "expected": False,
            "last_seen": "2026-05-28T13:50:00Z",
            "age": 600.0,
            "camera": "cage",
            "events": {"passing": 2, "playing": 1},
            "photo": None,
        },
        {
            "name": "nori",
            "registered": True,
            "expected": True,
            "last_seen": None,
            "age": None,
            "camera": None,
            "events": {},
            "photo": None,
        },
    ]


def test_one_pet_tells_its_week_by_the_days_of_the_home(miso: Home, client: httpx.Client) -> None:
    told = client.get("/pets/Miso").json()
    assert told["name"] == "miso"
    days = {day["date"]: day["events"] for day in told["days"]}
    assert list(days) == [f"2026-05-{day}" for day in range(22, 29)]
    assert days["2026-05-28"] == {"passing": 2, "playing": 1}
    assert days["2026-05-27"] == {"passing": 1}
    assert days["2026-05-26"] == {}


def test_a_pet_that_is_not_there_is_said(miso: Home, client: httpx.Client) -> None:
    for address in ("/pets/rex", "/pets/unknown", "/pets/none", "/pets/rex/photos", "/pets/rex/where.png"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "there are miso, nori" in answer.json()["detail"]


def test_a_pet_is_made_and_can_be_expected(home: Home, client: httpx.Client) -> None:
    assert client.post("/pets", json={"name": "chancho"}).status_code == 201
    (told,) = client.get("/pets").json()["pets"]
    assert (told["name"], told["registered"], told["expected"]) == ("chancho", True, False)
    home.deliver()
    home.clock.moment = NOW + timedelta(days=3)
    assert "chancho" not in client.get("/health").json()["registry"]["missed"], "nobody asked for an alarm"
    client.post("/pets", json={"name": "chancho", "expected": True})
    assert client.get("/pets/chancho").json()["expected"]
    home.deliver()
    home.clock.moment = NOW + timedelta(days=5)
    assert "chancho" in client.get("/health").json()["registry"]["missed"]


@pytest.mark.parametrize("name", ["", " ", "-", "a/b", "a\n", "zoë\\", "x" * 49, "unknown", "None"])
def test_a_name_that_is_none_is_refused(empty_client: httpx.Client, name: str) -> None:
    assert empty_client.post("/pets", json={"name": name}).status_code == 422


@pytest.mark.parametrize(("typed", "name"), [("Sir  Tom", "sir-tom"), ("Möhrli 🐱", "möhrli-🐱")])
def test_a_pet_made_and_named_on_an_event_is_one_pet(
    home: Home, client: httpx.Client, typed: str, name: str
) -> None:
    seen = event(NOW - timedelta(minutes=1), pet="unknown")
    home.store(seen.point())
    assert client.post("/pets", json={"name": typed}).json()["name"] == name
    assert client.patch(f"/events/{seen.id}", json={"pet": typed}).json()["pet"] == name
    home.deliver()
    [pet] = client.get("/pets").json()["pets"]
    assert (pet["name"], pet["registered"], pet["events"]) == (name, True, {"passing": 1})


def test_captures_and_what_is_nobodys_are_no_pets_doing(miso: Home, client: httpx.Client) -> None:
    kinds = ("photo", "recording")
    miso.store(*(event(NOW - HOUR, track=20 + n, event_type=kind).point() for n, kind in enumerate(kinds)))
    told = client.get("/pets/miso").json()
    assert told["events"] == {"passing": 2, "playing": 1}
    assert told["days"][-1]["events"] == {"passing": 2, "playing": 1}
    assert set(catalogue.counts(miso.context)) == {"miso"}, "what is nobody's is counted for no pet"


def test_a_photograph_is_kept_served_and_deleted(miso: Home, client: httpx.Client) -> None:
    made = client.post("/pets/miso/photos", content=jpeg(1), headers={"Content-Type": "image/jpeg"})
    assert made.status_code == 201
    photo = made.json()
    assert photo["taken_in"] == "2026-05-28T14:00:00Z"
    shown = client.get(photo["photo"])
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.content.startswith(b"\xff\xd8\xff")
    assert client.get("/pets").json()["pets"][0]["photo"] == photo["photo"]
    assert client.get("/pets/miso/photos").json() == {"pet": "miso", "photos": [photo]}
    assert client.get("/pets/miso").json()["photos"] == [photo]
    assert client.delete(photo["photo"]).status_code == 204
    assert client.get(photo["photo"]).status_code == 404
    assert client.delete(photo["photo"]).status_code == 404
    assert client.get("/pets/miso/photos").json()["photos"] == []


def test_a_form_brings_a_photograph_too_and_the_same_is_kept_once(miso: Home, client: httpx.Client) -> None:
    first = client.post("/pets/nori/photos", files={"photo": ("IMG_1.JPG", jpeg(2), "image/jpeg")})
    miso.clock.moment = NOW + HOUR
    again = client.post("/pets/nori/photos", files={"photo": ("IMG_2.JPG", jpeg(2), "image/jpeg")})
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert len(client.get("/pets/nori/photos").json()["photos"]) == 1


def test_of_photographs_that_come_at_once_no_more_are_kept_than_there_is_room(
    miso: Home, client: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "old.jpg").write_bytes(jpeg(1))
    for number in range(MOST_PHOTOS - 1):
        key = photo_key("miso", photo_id(str(number).encode(), NOW - HOUR))
        miso.context.clips.put(key, tmp_path / "old.jpg")
    with ThreadPoolExecutor(4) as hands:
        answers = hands.map(lambda number: keep_status(miso, jpeg(number)), range(2, 6))
    assert sorted(answers) == [201, 409, 409, 409]
    assert len(client.get("/pets/miso/photos").json()["photos"]) == MOST_PHOTOS


def keep_status(home: Home, picture: bytes) -> int:
    headers = {"Content-Type": "image/jpeg"}
    url = f"{home.url}/pets/miso/photos"
    return httpx.post(url, content=picture, headers=headers, timeout=60).status_code


def test_the_snapshot_of_an_event_becomes_a_photograph(
    miso: Home, client: httpx.Client, tmp_path: Path
) -> None:
    shot = event(NOW - HOUR, track=9)
    key = snapshot_key(shot.id)
    miso.store(event(NOW - HOUR, track=9, snapshot=key).point())
    (tmp_path / "shot.jpg").write_bytes(jpeg(9))
    miso.context.clips.put(key, tmp_path / "shot.jpg")
    made = client.post("/pets/miso/photos", json={"event_id": shot.id})
    assert made.status_code == 201
    assert client.get(made.json()["photo"]).status_code == 200
    missing = client.post("/pets/miso/photos", json={"event_id": event(NOW - HOUR, track=1).id})
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (415, {"content": b"GIF89a", "headers": {"Content-Type": "image/gif"}}),
        (422, {"content": b"no picture", "headers": {"Content-Type": "image/jpeg"}}),
        (422, {"json": {}}),
        (422, {"json": {"event_id": 5}}),
        (422, {"content": b"{", "headers": {"Content-Type": "application/json"}}),
        (422, {"data": {"photo": "text"}, "files": {"other": b"x"}}),
        (400, {"content": b"junk", "headers": {"Content-Type": "multipart/form-data"}}),
        (413, {"content": bytes(11 * 1024**2), "headers": {"Content-Type": "image/jpeg"}}),
    ],
    ids=[
        "gif",
        "no-picture",
        "no-id",
        "id-of-another-type",
        "no-json",
        "no-file",
        "no-boundary",
        "too-large",
    ],
)
def test_what_is_no_photograph_is_refused_in_a_sentence(
    miso: Home, client: httpx.Client, status: int, request_: dict[str, object]
) -> None:
    answer = client.post("/pets/miso/photos", **request_)  # type: ignore[arg-type]
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize("photo", ["x", "..%2f..%2fpoints.sqlite", "20260528T140000Z-00000000"])
def test_no_photograph_leads_elsewhere(miso: Home, client: httpx.Client, photo: str) -> None:
    assert client.get(f"/pets/miso/photos/{photo}").status_code == 404


def test_where_a_pet_was_is_a_picture(miso: Home, client: httpx.Client) -> None:
    shown = client.get("/pets/miso/where.png")
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cache-control"] == "private, max-age=60"
    assert (shown.headers["x-camera"], shown.headers["x-seen"]) == ("cage", "300")
    other = client.get("/pets/miso/where.png", params={"camera": "cot", "last": "3h"})
    assert (other.headers["x-camera"], other.headers["x-seen"]) == ("cot", "10")
    never = client.get("/pets/nori/where.png")
    assert (never.status_code, never.headers["x-seen"]) == (200, "0")
    assert client.get("/pets/miso/where.png?last=x").status_code == 422
    assert client.get("/pets/miso/where.png?over=x").status_code == 422


@pytest.mark.parametrize("camera", ["\0", " ", "\n", "Zoë", "\ufffd", "'\"<>", "%0a"])
def test_a_camera_of_any_name_breaks_no_header(miso: Home, client: httpx.Client, camera: str) -> None:
    shown = client.get("/pets/miso/where.png", params={"camera": camera})
    assert (shown.status_code, shown.headers["x-seen"]) == (200, "0")


def test_where_a_pet_was_lies_over_what_the_camera_saw(
    miso: Home, client: httpx.Client, tmp_path: Path
) -> None:
    bare = client.get("/pets/miso/where.png?over=picture")
    assert bare.content == client.get("/pets/miso/where.png").content, "there is no picture yet"
    shot = event(NOW - HOUR, track=9)
    miso.store(event(NOW - HOUR, track=9, snapshot=snapshot_key(shot.id)).point())
    (tmp_path / "shot.jpg").write_bytes(jpeg(9))
    miso.context.clips.put(snapshot_key(shot.id), tmp_path / "shot.jpg")
    over = client.get("/pets/miso/where.png?over=picture")
    assert over.headers["content-type"] == "image/png"
    assert len(over.content) > len(bare.content)


def test_pets_while_the_store_is_away(cut_off: tuple[Home, httpx.Client]) -> None:
    _home, client = cut_off
    assert client.get("/pets").status_code == 503
    kept = client.post("/pets/miso/photos", content=jpeg(1), headers={"Content-Type": "image/jpeg"})
    assert kept.status_code == 503
