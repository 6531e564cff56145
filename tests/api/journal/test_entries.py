import json
import re
import threading
from datetime import timedelta

import httpx
import pytest

from api.journal import entries
from api.problems import Problem
from tests.api.home import NOW, Home

CARROTS = {"entry_type": "food", "amount": 3, "name": "baby carrots"}


def names(client: httpx.Client) -> list[str]:
    return [entry["name"] for entry in client.get("/journal").json()["entries"]]


def test_an_entry_is_there_as_soon_as_it_is_written_down(client: httpx.Client) -> None:
    answer = client.post("/journal", json=CARROTS | {"note": "half of it\non the floor", "person": "Mia"})
    assert answer.status_code == 201
    [entry] = client.get("/journal").json()["entries"]
    assert entry == answer.json()
    assert entry == {
        "entry_id": entry["entry_id"],
        "time": entry["time"],
        "person": "Mia",
        "entry_type": "food",
        "amount": 3.0,
        "name": "baby carrots",
        "note": "half of it\non the floor",
    }
    assert entry["time"].startswith("2026-05-28T14:00:00")


def test_entries_of_one_moment_stay_apart(home: Home, client: httpx.Client) -> None:
    made = {client.post("/journal", json=CARROTS).json()["entry_id"] for _ in range(5)}
    home.deliver()
    assert {entry["entry_id"] for entry in client.get("/journal").json()["entries"]} == made
    assert len(made) == 5


def test_entries_are_paged_newest_first(home: Home, client: httpx.Client) -> None:
    for n in range(5):
        home.clock.moment = NOW + timedelta(seconds=n / 2)
        client.post("/journal", json=CARROTS | {"name": f"spoon {n}"})
    first = client.get("/journal", params={"limit": 3}).json()
    rest = client.get("/journal", params={"limit": 3, "before": first["next"]}).json()
    assert [entry["name"] for entry in first["entries"] + rest["entries"]] == [
        f"spoon {n}" for n in (4, 3, 2, 1, 0)
    ]
    assert rest["next"] is None


def test_undo_takes_an_entry_back_for_good(home: Home, client: httpx.Client) -> None:
    kept = client.post("/journal", json=CARROTS | {"name": "water"}).json()
    made = client.post("/journal", json=CARROTS).json()
    assert client.delete(f"/journal/{made['entry_id']}").status_code == 204
    home.deliver()
    assert names(client) == [kept["name"]]
    assert client.delete(f"/journal/{made['entry_id']}").status_code == 404


@pytest.mark.parametrize("entry_id", ["nonsense", "-1", "0", "9" * 19, "9" * 30, "²"])
def test_an_entry_that_does_not_exist_is_a_404(empty_client: httpx.Client, entry_id: str) -> None:
    assert empty_client.delete(f"/journal/{entry_id}").status_code == 404


def test_an_entry_whose_copy_still_waits_is_not_deleted_yet(home: Home) -> None:
    # Nobody drains here: as while the store is away, or between its answer and the spool's note of it.
    point = entries.to_point(entries.Entry.model_validate(CARROTS), NOW)
    home.context.spool.add([point], durable=True)
    home.store(point)
    with pytest.raises(Problem) as caught:
        entries.take_back(home.context, point)
    assert (caught.value.status_code, caught.value.headers) == (503, {"Retry-After": "2"})
    assert entries.find(home.context, str(point.fields["entry_id"])) is not None
    home.deliver()
    entries.take_back(home.context, point)
    assert entries.find(home.context, str(point.fields["entry_id"])) is None


def test_an_undo_waits_for_a_copy_that_is_on_its_way(home: Home) -> None:
    point = entries.to_point(entries.Entry.model_validate(CARROTS), NOW)
    home.context.spool.add([point], durable=True)
    home.store(point)
    undo = threading.Thread(target=entries.take_back, args=(home.context, point))
    undo.start()
    home.deliver()
    undo.join(5)
    assert not undo.is_alive()
    assert entries.find(home.context, str(point.fields["entry_id"])) is None


def test_younger_points_that_wait_do_not_hold_an_undo_up(home: Home) -> None:
    point = entries.to_point(entries.Entry.model_validate(CARROTS), NOW)
    home.store(point)
    home.clock.moment = NOW + timedelta(minutes=1)
    other = entries.to_point(entries.Entry.model_validate(CARROTS), home.clock.moment)
    home.context.spool.add([other])
    entries.take_back(home.context, point)
    assert entries.find(home.context, str(point.fields["entry_id"])) is None


def test_an_entry_is_accepted_while_the_store_is_away(cut_off: tuple[Home, httpx.Client]) -> None:
    home, client = cut_off
    assert client.post("/journal", json=CARROTS).status_code == 201
    assert home.context.spool.status().depth == 1
    answer = client.get("/journal")
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    assert answer.json()["detail"].startswith("The database cannot be reached")


@pytest.mark.parametrize("key", ["name", "note", "person"])
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f"])
def test_control_characters_are_refused(empty_client: httpx.Client, key: str, character: str) -> None:
    answer = empty_client.post("/journal", json=CARROTS | {key: f"a{character}b"})
    assert answer.status_code == 422
    assert key in answer.json()["detail"]


def test_a_sentence_is_written_down_and_told_in_words(home: Home, client: httpx.Client) -> None:
    answer = client.post("/journal/said", json={"text": "drink 120 ml milk"})
    assert answer.status_code == 201
    told = answer.json()
    assert told["message"] == "logged 120 mL of milk as drink."
    assert told["guessed"] == []
    home.deliver()
    assert client.get("/journal").json()["entries"] == [told["entry"]] == told["entries"]
    [undo] = told["undo"]
    assert client.delete(undo).status_code == 204
    assert names(client) == []


def test_what_a_sentence_left_open_is_said_in_the_answer(client: httpx.Client) -> None:
    told = client.post("/journal/said", json={"text": "grapes", "person": "Mia"}).json()
    assert told["message"] == (
        "logged 1 grapes as food. No amount was said, so it is 1. "
        "Whether it was food or drink was not said, so it is food."
    )
    assert told["guessed"] == ["amount", "entry_type"]
    assert told["entry"]["person"] == "Mia"


def test_one_sentence_may_name_several_things(home: Home, client: httpx.Client) -> None:
    told = client.post("/journal/said", json={"text": "ate 3 carrots and drank 2 sips of water"}).json()
    assert [(one["entry_type"], one["name"]) for one in told["entries"]] == [
        ("food", "carrots"),
        ("drink", "sips of water"),
    ]
    assert len(set(told["undo"])) == 2
    home.deliver()
    assert sorted(names(client)) == ["carrots", "sips of water"]


@pytest.mark.parametrize(
    ("amount", "name"),
    [
        (2000, "ml milk"),
        (2, "L of water"),
        (70, "oz. of milk"),
        (20, "bottles of water"),
        (500, "peas"),
        (0, "mL of milk"),
    ],
)
def test_the_largest_meal_is_written_down_and_no_larger_one(
    empty_client: httpx.Client, amount: float, name: str
) -> None:
    entry = {"entry_type": "food", "name": name}
    assert empty_client.post("/journal", json=entry | {"amount": amount}).status_code == 201
    refused = empty_client.post("/journal", json=entry | {"amount": amount * 1.1 + 2001})
    assert refused.status_code == 422
    assert "at once is more than anybody has; up to" in refused.json()["detail"]


def test_what_is_said_of_the_time_is_the_time_of_the_entry(home: Home, client: httpx.Client) -> None:
    """It is 16:00 at home."""
    told = client.post("/journal/said", json={"text": "drink 120 ml milk at 3 am"}).json()
    assert told["message"] == "logged 120 mL of milk as drink at 03:00."
    assert told["entry"]["time"].startswith("2026-05-28T01:00:00")
    assert told["entry"]["note"] == ""
    late = client.post("/journal/said", json={"text": "Mia ate a pear for supper yesterday at 7 pm"}).json()
    assert late["message"] == "logged 1 pear as food at 19:00 yesterday."
    assert late["entry"]["note"] == "mia for supper"
    home.deliver()
    assert names(client) == ["mL of milk", "pear"], "they are not listed by their own time"
    page = re.sub(r"<[^>]+>|\s+", " ", client.get(f"/pages/journal?saved={told['entry']['entry_id']}").text)
    assert re.search(r"Written down:\s+120 mL of milk\s+at 03:00", page)


def test_an_entry_of_hours_ago_whose_copy_still_waits_is_not_deleted_yet(home: Home) -> None:
    """By its own time it would have been delivered long ago."""
    spoken = entries.Spoken(text="drink 120 ml milk at 3 am")
    (point,), _ = entries.from_sentence(spoken, NOW, home.context.timezone)
    home.context.spool.add([point], durable=True)
    home.store(point)
    with pytest.raises(Problem, match="still on its way"):
        entries.take_back(home.context, point)
    home.deliver()
    entries.take_back(home.context, point)
    assert entries.find(home.context, str(point.fields["entry_id"])) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("drink", "What was it? Say it like “120 ml milk”"),
        ("a " * 150, "A sentence may have 200 characters, not 300"),
        ("", "text should have at least 1 character"),
        ("999999 peas", "amount: 999999 at once is more than anybody has; up to 500 is written down."),
        (
            "12000 ml milk",
            "amount: 12000 mL at once is more than anybody has; up to 2000 mL is written down.",
        ),
        ("milk 30 hours ago", "30 hours ago is more than a day ago; only the last 24 hours"),
        ("\ud800", "text should be a valid string"),
    ],
)
def test_a_sentence_that_cannot_be_taken_is_answered_with_one(
    empty_client: httpx.Client, text: str, words: str
) -> None:
    body = json.dumps({"text": text})
    answer = empty_client.post("/journal/said", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
