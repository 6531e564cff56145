from datetime import timedelta
from typing import Any

import httpx
import pytest

from influx import points
from influx.schema import GAS, NODE
from influx.windows import Window
from tests.api.home import NOW, Home

SECOND = timedelta(seconds=1)
TS = int(NOW.timestamp())


def message(**changed: object) -> dict[str, Any]:
    """The message that the gas monitor's documentation shows, of a moment ago."""
    sensors = [{"type": "CH4", "val": 200}, *({"type": "CO", "val": val} for val in (1280, 726, 3856))]
    return {"pct": 90, "id": "handheld 1", "ts": TS - 60, "sensors": sensors, **changed}


def test_a_message_comes_back_as_it_was_sent(home: Home, client: httpx.Client) -> None:
    assert client.get("/get-last-entity").status_code == 404
    assert client.post("/receive-json", json=message()).status_code == 200
    answer = client.get("/get-last-entity")
    assert answer.json() == message()
    assert '"val":200}' in answer.text, "whole numbers stay whole"


def test_a_message_becomes_points_that_all_survive(home: Home, client: httpx.Client) -> None:
    client.post("/receive-json", json=message())
    home.deliver()
    window = Window(NOW - timedelta(hours=1), NOW)
    gas = home.context.store.latest(GAS.name, window)
    assert sorted((p.tags["channel"], p.tags["gas"], p.fields["concentration"]) for p in gas) == [
        ("0", "CH4", 200.0),
        ("1", "CO", 1280.0),
        ("2", "CO", 726.0),
        ("3", "CO", 3856.0),
    ]
    assert {(p.tags["node"], p.tags["sensor"], p.tags["location"]) for p in gas} == {
        ("handheld 1", "handheld 1", "hutch")
    }
    [battery] = home.context.store.latest(NODE.name, window)
    assert (battery.tags["node"], battery.fields["battery"]) == ("handheld 1", 90.0)


def test_messages_since_a_moment_come_oldest_first(home: Home, client: httpx.Client) -> None:
    sent = [message(ts=TS - 100 + 10 * n, pct=90 - n, id=f"handheld {n % 2}") for n in range(6)]
    for one in reversed(sent):
        client.post("/receive-json", json=one)
    home.store(points.make(NODE, {"node": "pi"}, {"load": 1.0}, NOW - timedelta(seconds=80)))
    answer = client.get("/get-data-from-timestamp", params={"system_time": TS - 80})
    assert answer.json() == sent[2:]
    assert "x-truncated" not in answer.headers
    assert client.get("/get-data-from-timestamp", params={"system_time": 0}).json() == sent


def test_the_order_of_more_than_ten_sensors_is_kept(client: httpx.Client) -> None:
    many = [{"type": "CO", "val": n / 2} for n in range(12)]
    client.post("/receive-json", json=message(sensors=many))
    assert client.get("/get-last-entity").json()["sensors"] == [
        {"type": "CO", "val": n // 2 if n % 2 == 0 else n / 2} for n in range(12)
    ]


def test_a_message_without_a_battery_is_welcome(client: httpx.Client) -> None:
    without = {key: value for key, value in message(ts=TS - 30.5).items() if key != "pct"}
    assert client.post("/receive-json", json=without).status_code == 200
    assert client.get("/get-last-entity").json() == without | {"pct": None}


def test_more_than_one_answer_holds_is_said(home: Home, client: httpx.Client) -> None:
    tags = {"node": "handheld", "sensor": "handheld", "gas": "CO", "location": "hutch"}
    home.store(
        *(
            points.make(
                GAS, tags | {"channel": str(n % 2)}, {"concentration": 1}, NOW - timedelta(seconds=n // 2)
            )
            for n in range(1100)
        )
    )
    answer = client.get("/get-data-from-timestamp", params={"system_time": 0, "limit": 601})
    assert answer.headers["x-truncated"] == "true"
    assert len(answer.json()) == 300
    assert all(len(one["sensors"]) == 2 for one in answer.json()), "no message is cut in two"
    assert answer.json()[-1]["ts"] == TS


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": None}, "id should be a valid string"),
        ({"id": ""}, "id should have at least 1 character"),
        ({"id": "a\nb"}, "id may hold no control character, and no backslash"),
        ({"pct": 101}, "pct may be 100 at most"),
        ({"pct": "90"}, "pct should be a valid number"),
        ({"ts": "now"}, "ts should be a valid number"),
        ({"ts": 1673049150}, "is older than the 14 days"),
        ({"ts": TS + 3600}, "lies in the future"),
        ({"ts": 1e300}, "ts may be "),
        ({"sensors": []}, "sensors should have at least 1 item"),
        ({"sensors": [{"type": "CO"}]}, "sensors.0.val is missing."),
        ({"sensors": [{"type": "CO", "val": True}]}, "sensors.0.val should be a valid number"),
        ({"sensors": [{"type": "CO", "val": -1}]}, "sensors.0.val must be 0 at least"),
        ({"sensors": {}}, "sensors should be a valid list"),
    ],
)
def test_a_message_that_is_none_gets_a_sentence_naming_the_key(
    empty_client: httpx.Client, changed: dict[str, object], words: str
) -> None:
    answer = empty_client.post("/receive-json", json=message(**changed))
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_a_timestamp_from_the_future_is_refused(empty_client: httpx.Client) -> None:
    answer = empty_client.get("/get-data-from-timestamp", params={"system_time": TS + 86_400})
    assert answer.status_code == 422
    assert "is in the future" in answer.json()["detail"]


@pytest.mark.parametrize(("count", "words"), [(1, "1 reading of h is"), (2, "2 readings of h are")])
def test_the_answer_counts_in_good_grammar(client: httpx.Client, count: int, words: str) -> None:
    sensors = [{"type": "CO", "val": n} for n in range(count)]
    answer = client.post("/receive-json", json=message(id="h", sensors=sensors))
    assert answer.json() == {"status": "success", "message": f"{words} stored."}
