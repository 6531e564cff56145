import contextlib
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.access.caller import LOCAL, Caller
from api.journal.commands import Command, run
from api.problems import Problem
from influx.schema import ENVIRONMENT, JOURNAL
from influx.windows import Window
from tests.api.home import NOW, Home

HOUR = Window(NOW - timedelta(hours=1), NOW + timedelta(minutes=1))


def ask(client: httpx.Client, command: str, data: dict[str, Any], path: str = "/command") -> httpx.Response:
    return client.post(path, json={"command": command, "data": data})


@pytest.mark.parametrize("path", ["/", "/command"])
def test_an_unknown_command_is_answered_with_an_error(empty_client: httpx.Client, path: str) -> None:
    answer = ask(empty_client, "do_something", {"hello": "world"}, path)
    assert answer.status_code == 200
    [(key, words)] = answer.json().items()
    assert key == "error"
    assert words == (
        "The command 'do_something' is not enabled; there are calc, feeding_calc, journal, temperature."
    )


@pytest.mark.parametrize("command", ["calc", "feeding_calc"])
@pytest.mark.parametrize("data", [{"calories": "20", "volume": "67"}, {"calories": 20, "volume": 67.0}])
def test_the_calculator_confirms_the_label(
    empty_client: httpx.Client, command: str, data: dict[str, Any]
) -> None:
    told = ask(empty_client, command, data, "/").json()
    assert told["message"] == "mix 1 scoop with 60 mL of water to make 67 mL at 20.0 kcal/fl oz"
    assert (told["scoops"], told["water"], told["volume"], told["calories"]) == (1, 60, 67, 20)
    assert told["exact"] == {"scoops": 1.0, "water": 60.0}
    assert told["off_by"] == {"volume": 0, "calories": 0}


def test_the_calculator_says_how_far_whole_scoops_are_from_what_was_asked(empty_client: httpx.Client) -> None:
    told = ask(empty_client, "feeding_calc", {"calories": "22", "volume": "150"}).json()
    assert told["message"] == (
        "mix 2 scoops with 108 mL of water to make 122 mL at 22.0 kcal/fl oz, 28 mL less than asked"
    )
    assert told["off_by"] == {"volume": -28.0, "calories": -0.03}


def test_a_temperature_in_fahrenheit_is_stored_in_celsius(home: Home, client: httpx.Client) -> None:
    answer = ask(client, "temperature", {"temperature": 78.6, "humidity": "63"})
    assert answer.json()["message"] == "logged a temperature of 78.6 degrees and 63% humidity"
    home.deliver()
    [point] = home.context.store.latest(ENVIRONMENT.name, HOUR)
    assert point.tags == {"node": "nursery", "sensor": "nursery", "location": "nursery"}
    assert point.fields == {"temperature": 25.889, "humidity": 63.0}


def test_a_journal_entry_is_confirmed_in_words(home: Home, client: httpx.Client) -> None:
    answer = ask(client, "journal", {"entry_type": "food", "amount": "3", "name": "baby carrots"})
    assert answer.json()["message"] == "logged 3 baby carrots as food"
    home.deliver()
    [point] = home.context.store.latest(JOURNAL.name, HOUR)
    assert point.tags == {"person": "baby", "entry_type": "food"}
    assert (point.fields["amount"], point.fields["name"]) == (3.0, "baby carrots")


@pytest.mark.parametrize(
    ("command", "data", "words"),
    [
        ("calc", {"calories": "strong", "volume": "67"}, "calories should be a valid number"),
        ("calc", {"calories": 20}, "volume is missing."),
        ("calc", {"calories": 60, "volume": 67}, "calories must be from 18 to 30 kcal per fluid ounce"),
        ("calc", {"calories": 20, "volume": 5000}, "volume must be from 10 to 1000 mL"),
        ("temperature", {"temperature": 78.6, "humidity": "damp"}, "humidity should be a valid number"),
        ("temperature", {"temperature": "NaN", "humidity": 5}, "temperature should be a finite number"),
        (
            "temperature",
            {"temperature": 999, "humidity": 5},
            "temperature may be 302 at most",
        ),
        (
            "journal",
            {"entry_type": "sleep", "amount": 1, "name": "nap"},
            "entry_type should be 'food' or 'drink'",
        ),
        ("journal", {"entry_type": "food", "amount": -1, "name": "x"}, "amount must be 0 at least"),
        ("journal", {"entry_type": "food", "amount": 1, "name": ""}, "name should have at least 1 character"),
    ],
)
def test_data_that_is_wrong_gets_a_sentence_naming_the_key(
    empty_client: httpx.Client, command: str, data: dict[str, Any], words: str
) -> None:
    answer = ask(empty_client, command, data)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("body", ["[]", "7", '"calc"', "null", ""])
def test_a_body_that_is_no_object_gets_a_sentence(empty_client: httpx.Client, body: str) -> None:
    answer = empty_client.post("/", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert (
        answer.json()["detail"] == "The body must be a JSON object, sent with Content-Type: application/json."
    )


def test_json_that_is_cut_off_gets_a_sentence(empty_client: httpx.Client) -> None:
    answer = empty_client.post("/", content='{"command":', headers={"Content-Type": "application/json"})
    assert answer.json()["detail"] == "The body is no JSON: Expecting value at character 11."


def test_the_page_and_the_entry_point_share_an_address(empty_client: httpx.Client) -> None:
    page = empty_client.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


DEVICE = Caller("thermometer", "device", scopes=frozenset({"ingest"}), node="cot-esp32")


def test_a_device_sends_its_temperature_under_its_own_node(home: Home) -> None:
    run(home.context, DEVICE, Command(command="temperature", data={"temperature": 78.6, "humidity": "63"}))
    home.deliver()
    [point] = home.context.store.latest(ENVIRONMENT.name, HOUR)
    assert point.tags == {"node": "cot-esp32", "sensor": "nursery", "location": "nursery"}


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (LOCAL, {"calc", "journal", "temperature"}),
        (Caller("grandma", "user", "viewer"), {"calc"}),
        (DEVICE, {"calc", "temperature"}),
    ],
)
def test_each_command_asks_for_its_own_right(home: Home, who: Caller, may: set[str]) -> None:
    data: dict[str, dict[str, Any]] = {
        "calc": {"calories": 20, "volume": 67},
        "journal": {"entry_type": "food", "amount": 1, "name": "pea"},
        "temperature": {"temperature": 70, "humidity": 50},
    }
    done = set()
    for command, values in data.items():
        with contextlib.suppress(Problem):
            run(home.context, who, Command(command=command, data=values))
            done.add(command)
    assert done == may


@pytest.mark.parametrize(
    ("command", "data", "key"),
    [
        ("temperature", {"temperature": True, "humidity": "63"}, "temperature"),
        ("temperature", {"temperature": 78.6, "humidity": False}, "humidity"),
        ("journal", {"entry_type": "food", "amount": True, "name": "pea"}, "amount"),
        ("calc", {"calories": 20, "volume": True}, "volume"),
    ],
)
def test_true_and_false_are_no_numbers(
    empty_client: httpx.Client, command: str, data: dict[str, Any], key: str
) -> None:
    answer = empty_client.post("/command", json={"command": command, "data": data})
    assert (answer.status_code, answer.json().get("detail")) == (422, f"{key} should be a number.")
