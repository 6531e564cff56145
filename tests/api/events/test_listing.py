from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.api.home import NOW, Home, event

MINUTE = timedelta(minutes=1)


def ids(answer: httpx.Response, key: str = "events") -> list[str]:
    assert answer.status_code == 200, answer.text
    return [told["event_id"] for told in answer.json()[key]]


def test_an_event_is_told_with_all_that_is_known(home: Home, client: httpx.Client) -> None:
    seen = event(NOW - MINUTE, event_type="playing", confidence=0.9, evidence={"speed": 1.5}, revision=1)
    home.store(seen.point())
    answer = client.get(f"/events/{seen.id}")
    assert answer.status_code == 200
    assert answer.json() == {
        "event_id": "cage-20260528T135900000Z-1",
        "camera": "cage",
        "location": "hutch",
        "pet": "miso",
        "event_type": "playing",
        "start": "2026-05-28T13:59:00Z",
        "end": "2026-05-28T13:59:08Z",
        "duration": 8.0,
        "confidence": 0.9,
        "clip_state": "none",
        "clip": None,
        "snapshot": None,
        "pinned": False,
        "evidence": {"speed": 1.5},
        "continues": None,
        "revision": 1,
        "corrected_from": None,
    }


def test_a_stored_clip_has_an_address(home: Home, client: httpx.Client) -> None:
    seen = event(NOW - MINUTE, clip="cage/x.mp4", clip_state="stored", snapshot="cage/x.jpg")
    home.store(seen.point())
    told = client.get(f"/events/{seen.id}").json()
    assert (told["clip"], told["snapshot"]) == (f"/clips/{seen.id}", f"/snapshots/{seen.id}")


def test_of_two_revisions_the_newest_counts(home: Home, client: httpx.Client) -> None:
    home.store(event(NOW - MINUTE, pet="miso").point(), event(NOW - MINUTE, pet="nori", revision=1).point())
    assert client.get("/events/cage-20260528T135900000Z-1").json()["pet"] == "nori"


@pytest.mark.parametrize(
    "event_id",
    [
        "cage-20260528T135900000Z-1",
        "nonsense",
        "a-b-c",
        "cage-00010101T000000000Z-1",
        "cage-99991231T235959999Z-1",
        "cage-20260528T135900000Z-²",
        "%00-20260528T135900000Z-1",
    ],
)
def test_an_event_that_does_not_exist_is_a_404(empty_client: httpx.Client, event_id: str) -> None:
    for path in ("events", "clips", "snapshots"):
        answer = empty_client.get(f"/{path}/{event_id}")
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith("There is no event")


def test_events_come_newest_first_and_filtered(home: Home, client: httpx.Client) -> None:
    a = event(NOW - 3 * MINUTE)
    b = event(NOW - 2 * MINUTE, pet="nori", event_type="playing")
    c = event(NOW - MINUTE, camera="cot", location="nursery")
    home.store(a.point(), b.point(), c.point())
    assert ids(client.get("/events")) == [c.id, b.id, a.id]
    assert ids(client.get("/events", params={"pet": "miso"})) == [c.id, a.id]
    assert ids(client.get("/events", params={"type": "playing"})) == [b.id]
    assert ids(client.get("/events", params={"camera": "cot", "pet": "miso"})) == [c.id]
    assert ids(
        client.get("/events", params={"start": "2026-05-28T13:58:00Z", "stop": c.start.isoformat()})
    ) == [b.id]


def test_a_date_is_a_day_in_the_time_zone_of_the_home(home: Home, client: httpx.Client) -> None:
    before = event(datetime(2026, 5, 26, 21, 59, 59, tzinfo=UTC))
    first = event(datetime(2026, 5, 26, 22, 0, tzinfo=UTC))  # midnight in Zurich
    last = event(datetime(2026, 5, 27, 21, 59, 59, tzinfo=UTC))
    after = event(datetime(2026, 5, 27, 22, 0, tzinfo=UTC))
    home.store(*(seen.point() for seen in (before, first, last, after)))
    assert ids(client.get("/events", params={"date": "2026-05-27"})) == [last.id, first.id]


def test_paging_gives_every_event_once(home: Home, client: httpx.Client) -> None:
    seen = [event(NOW - MINUTE, track=n, pet=f"pet{n}") for n in range(7)]
    seen += [event(NOW - n * MINUTE) for n in range(2, 6)]
    home.store(*(one.point() for one in seen))
    got: list[str] = []
    before: str | None = None
    for _ in range(10):
        params = {"limit": "3"} | ({"before": before} if before else {})
        answer = client.get("/events", params=params)
        got += ids(answer)
        before = answer.json()["next"]
        if before is None:
            break
    assert sorted(got) == sorted(one.id for one in seen)
    assert len(set(got)) == len(got)


def test_recordings_are_the_events_whose_clip_can_be_watched(home: Home, client: httpx.Client) -> None:
    stored = event(NOW - MINUTE, clip="cage/a.mp4", clip_state="stored")
    others = [
        event(NOW - n * MINUTE, clip_state=state) for n, state in enumerate(("none", "waiting", "pruned"), 2)
    ]
    home.store(stored.point(), *(one.point() for one in others))
    assert ids(client.get("/recordings"), "recordings") == [stored.id]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"date": "28.5.2026"}, "date '28.5.2026' is no day"),
        ({"date": "0001-01-01"}, "outside the years"),
        ({"date": "9999-12-31"}, "is no day"),
        ({"date": "2026-05-28", "start": "0"}, "give either date, or start and stop"),
        ({"type": "flying"}, "There is no event type 'flying'"),
        ({"event_type": "flying"}, "There is no event type 'flying'"),
        ({"type": "playing", "event_type": "passing"}, "type 'playing' and event_type 'passing' differ"),
        ({"limit": "201"}, "limit may be 200 at most"),
        ({"limit": "many"}, "limit should be a valid integer"),
        ({"before": "nonsense"}, "the cursor 'nonsense' is none of pet_event"),
    ],
)
def test_a_filter_that_is_nonsense_gets_a_sentence(
    empty_client: httpx.Client, query: dict[str, str], words: str
) -> None:
    answer = empty_client.get("/events", params=query)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("evidence", ["no JSON", "[1, 2]"])
def test_evidence_that_cannot_be_read_is_left_out(home: Home, client: httpx.Client, evidence: str) -> None:
    seen = event(NOW - MINUTE).point()
    home.store(replace(seen, fields={**seen.fields, "evidence": evidence}))
    assert client.get(f"/events/{seen.fields['event_id']}").json()["evidence"] == {}


def test_a_pet_is_found_however_its_name_is_written(home: Home, client: httpx.Client) -> None:
    seen, written = event(NOW - MINUTE), event(NOW - 2 * MINUTE, pet="Miso")
    home.store(seen.point(), written.point())
    assert ids(client.get("/events", params={"pet": "Miso"})) == [seen.id, written.id]
    assert ids(client.get("/events", params={"pet": "MISO"})) == [seen.id]
    assert seen.id in client.get("/pages/events", params={"pet": "Miso"}).text


@pytest.mark.parametrize("path", ["events", "recordings"])
@pytest.mark.parametrize("parameter", ["type", "event_type"])
def test_events_and_recordings_take_either_name_of_their_type(
    home: Home, client: httpx.Client, path: str, parameter: str
) -> None:
    playing = event(NOW - MINUTE, event_type="playing", clip="cage/a.mp4", clip_state="stored")
    passing = event(NOW - 2 * MINUTE, clip="cage/b.mp4", clip_state="stored")
    home.store(playing.point(), passing.point())
    assert ids(client.get(f"/{path}", params={parameter: "playing"}), path) == [playing.id]


def test_what_is_left_empty_is_not_asked_for(home: Home, client: httpx.Client) -> None:
    seen = event(NOW - MINUTE)
    home.store(seen.point())
    for path, key in (("/events", "events"), ("/recordings", "recordings")):
        answer = client.get(path, params={"date": "", "pet": "", "type": "", "event_type": "", "camera": ""})
        assert ids(answer, key) == ([seen.id] if key == "events" else [])


def test_the_events_of_one_stay_lead_to_each_other(home: Home, client: httpx.Client) -> None:
    first = event(NOW - timedelta(minutes=30), seconds=600.123)
    second = event(first.end, seconds=300, evidence={"continues": first.id, "chapter": 2})
    another = event(second.end, seconds=60)  # the same track, and no part of it
    home.store(*(one.point() for one in (first, second, another)))
    assert client.get(f"/events/{second.id}").json()["continues"] == first.id
    before, after, alone = (client.get(f"/pages/events/{one.id}").text for one in (first, second, another))
    assert f'href="/pages/events/{second.id}" rel="next"' in before
    assert 'rel="prev"' not in before
    assert f'href="/pages/events/{first.id}" rel="prev"' in after
    assert 'rel="next"' not in after
    assert "Part of a longer stay" not in alone
