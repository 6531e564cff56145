from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tests.api.home import NOW, Home, reading, serving

MINUTE = timedelta(minutes=1)


def test_history_is_what_the_temperature_logger_showed(home: Home, client: httpx.Client) -> None:
    start = NOW - timedelta(minutes=10)
    home.store(
        reading(start, 22.3),
        reading(start + MINUTE, 22.5),
        reading(start + 5 * MINUTE, 22.1234),
        reading(start + 5 * MINUTE, 30, "nursery"),
    )
    answer = client.get("/temperature/history")
    assert answer.status_code == 200
    assert answer.json() == [
        {"temperature": 22.4, "collected_at": "2026-05-28T13:50:00Z"},
        {"temperature": 22.12, "collected_at": "2026-05-28T13:55:00Z"},
    ]


def test_history_is_the_last_fortnight_of_the_default_location(home: Home, client: httpx.Client) -> None:
    home.store(
        *(reading(NOW - timedelta(days=13, hours=23) + n * 5 * MINUTE, 20 + n % 5) for n in range(4000))
    )
    rows = client.get("/temperature/history").json()
    assert len(rows) == 4000, "steps of 5 minutes are not made longer"
    assert rows == sorted(rows, key=lambda row: row["collected_at"])


def test_history_goes_on_in_quarter_hours_where_readings_have_expired(
    home: Home, client: httpx.Client
) -> None:
    at = NOW - timedelta(days=10)
    home.store(reading(at, 20.0), reading(at + MINUTE, 21.0))
    home.clock.moment = NOW + timedelta(days=10)
    window = {"start": (at - 60 * MINUTE).isoformat(), "stop": (at + 60 * MINUTE).isoformat()}
    rows = client.get("/temperature/history", params=window).json()
    assert rows == [{"temperature": 20.5, "collected_at": "2026-05-18T14:00:00Z"}]


def test_history_of_a_home_without_readings_is_empty(empty_client: httpx.Client) -> None:
    assert empty_client.get("/temperature/history").json() == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"location": "nursery"}, [30.0]),
        ({"every": "1h"}, [21.0]),
        ({"every": "PT1H"}, [21.0]),
        ({"every": "3600"}, [21.0]),
        ({"start": "2026-05-28T13:05:00Z", "every": "1m"}, [22.0]),
        ({"start": "2026-05-28T15:05:00+02:00", "every": "1m"}, [22.0]),
        ({"stop": "2026-05-28T13:05:00Z", "every": "1m"}, [20.0]),
        ({"start": "1779973500", "every": "1m"}, [22.0]),
    ],
)
def test_history_can_be_asked_otherwise(
    home: Home, client: httpx.Client, query: dict[str, str], expected: list[float]
) -> None:
    at = NOW - timedelta(hours=1)
    home.store(reading(at, 20.0), reading(at + 10 * MINUTE, 22.0), reading(at, 30.0, "nursery"))
    answer = client.get("/temperature/history", params=query)
    assert answer.status_code == 200, answer.text
    assert [row["temperature"] for row in answer.json()] == expected


def test_history_of_a_location_that_nobody_knows_says_which_there_are(
    home: Home, client: httpx.Client
) -> None:
    home.store(reading(NOW - MINUTE, 18.0, "attic"))
    answer = client.get("/temperature/history", params={"location": "nowhere"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "There is no location 'nowhere'; there are attic, hutch, nursery."


def test_history_of_a_configured_location_that_has_no_readings_yet_is_empty(
    empty_client: httpx.Client,
) -> None:
    answer = empty_client.get("/temperature/history", params={"location": "nursery"})
    assert (answer.status_code, answer.json()) == (200, [])


def test_history_knows_a_location_of_which_only_rollups_are_left(home: Home, client: httpx.Client) -> None:
    home.store(reading(NOW, 18.0, "attic"))
    home.clock.moment = NOW + timedelta(days=100)
    answer = client.get("/temperature/history", params={"location": "attic"})
    assert (answer.status_code, answer.json()) == (200, []), "nothing was measured in the last fortnight"


def test_history_where_no_location_is_known_at_all_says_so(home: Home) -> None:
    home.context = replace(home.context, locations=())
    with serving(home) as client:
        answer = client.get("/temperature/history", params={"location": "attic"})
        assert answer.status_code == 404
        assert answer.json()["detail"] == (
            "There is no location 'attic'; none is configured or was measured yet."
        )
        assert client.get("/temperature/history").json() == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"start": "yesterday"}, "start 'yesterday' is no time; write it like"),
        ({"start": "2026-05-28T13:05:00"}, "start 2026-05-28T13:05:00 has no time zone"),
        ({"start": "1e300"}, "start '1e300' is no time"),
        ({"start": "nan"}, "start 'nan' is no time"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "outside the years"),
        ({"start": "2026-05-29T00:00:00Z"}, "must start before it stops"),
        ({"every": "often"}, "every 'often' is no length of time"),
        ({"every": "0"}, "every '0' is no length of time"),
        ({"every": "P"}, "every 'P' is no length of time"),
        ({"every": "0.5s"}, "it can be from 1 s"),
        ({"every": "1s"}, "more than 50000 rows"),
        ({"location": "x" * 100}, "location should have at most 48 characters"),
    ],
)
def test_a_window_that_is_nonsense_gets_a_sentence(
    empty_client: httpx.Client, query: dict[str, str], words: str
) -> None:
    answer = empty_client.get("/temperature/history", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert answer.json()["detail"].endswith(".")
