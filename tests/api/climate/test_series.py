from datetime import UTC, datetime, timedelta

import httpx
import pytest

from influx import points
from influx.schema import ENVIRONMENT, NODE
from tests.api.home import NOW, Home, reading


def test_series_gives_min_mean_and_max_of_each_step(home: Home, client: httpx.Client) -> None:
    home.store(*(reading(NOW - timedelta(seconds=40 - n), float(n)) for n in range(10)))
    answer = client.get(
        "/series",
        params={"measurement": "environment", "field": "temperature", "last": "3h", "group": "location"},
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["unit"] == "°C"
    assert told["every"] == 10
    assert told["start"] == "2026-05-28T11:00:00Z"
    assert told["columns"] == ["time", "min", "mean", "max"]
    assert told["sources"] == ["readings"]
    [line] = told["series"]
    assert line["tags"] == {"location": "hutch"}
    start = int(datetime(2026, 5, 28, 13, 59, 20, tzinfo=UTC).timestamp() * 1000)
    assert line["rows"] == [[start, 0.0, 4.5, 9.0]]
    assert '": ' not in answer.text, "the JSON is compact"


def test_series_never_has_more_than_1500_rows(home: Home, client: httpx.Client) -> None:
    home.store(*(reading(NOW - timedelta(days=13) + timedelta(minutes=4 * n), 20.0) for n in range(4600)))
    params = {"measurement": "environment", "field": "temperature", "last": "2w", "every": "1m"}
    [line] = client.get("/series", params=params).json()["series"]
    assert 700 < len(line["rows"]) <= 1500


def test_what_has_expired_is_told_by_its_rollup(home: Home, client: httpx.Client) -> None:
    at = NOW - timedelta(days=10)
    home.store(*(reading(at + timedelta(minutes=n), 20.0 + n) for n in range(5)))
    home.clock.moment = NOW + timedelta(days=10)
    params = {"measurement": "environment", "field": "temperature", "group": "location", "every": "1m"}
    params |= {"start": at.isoformat(), "stop": (at + timedelta(hours=3)).isoformat()}
    told = client.get("/series", params=params).json()
    assert (told["every"], told["sources"]) == (900, ["rollup_15m"])
    [line] = told["series"]
    assert line["rows"] == [[int(at.timestamp() * 1000), 20.0, 22.0, 24.0]]


def test_days_are_those_of_the_home_and_end_with_what_is_not_rolled_up_yet(
    home: Home, client: httpx.Client
) -> None:
    home.store(*(reading(NOW - timedelta(hours=n), float(n)) for n in range(1, 60)), reading(NOW, 99.0))
    home.context.store.write(ENVIRONMENT.name, [points.line(reading(NOW - timedelta(minutes=10), 0.0))])
    params = {"measurement": "environment", "field": "temperature", "last": "3d", "every": "1d"}
    told = client.get("/series", params=params).json()
    assert told["sources"] == ["rollup_15m", "rollup_1d", "readings"]
    [line] = told["series"]
    # Zurich's days begin at 22:00 UTC; the reading of this very moment is after the window.
    starts = [NOW.replace(hour=22) - timedelta(days=n) for n in (3, 2, 1)]
    rows = [(41, 59), (17, 40), (0, 16)]
    assert line["rows"] == [
        [int(start.timestamp() * 1000), float(low), (low + high) / 2, float(high)]
        for start, (low, high) in zip(starts, rows, strict=True)
    ]


def test_a_day_is_its_midnight_at_home(empty_client: httpx.Client) -> None:
    params = {"measurement": "environment", "field": "temperature"}
    told = empty_client.get("/series", params=params | {"start": "2026-03-29", "stop": "2026-03-30"}).json()
    assert (told["start"], told["stop"]) == ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), "a day of 23 h"
    refused = empty_client.get("/series", params=params | {"start": "2026-02-30"})
    assert refused.status_code == 422
    assert refused.json()["detail"] == "start '2026-02-30' is no day; write it like 2026-05-28."


def test_a_tag_keeps_only_its_points(home: Home, client: httpx.Client) -> None:
    home.store(
        reading(NOW - timedelta(minutes=5), 20.0), reading(NOW - timedelta(minutes=5), 25.0, "nursery")
    )
    params = {"measurement": "environment", "field": "temperature", "location": "nursery"}
    told = client.get("/series", params=params).json()["series"]
    assert [line["tags"]["location"] for line in told] == ["nursery"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"measurement": "weather"}, 404, "There is no measurement 'weather'"),
        ({"field": "smell"}, 404, "has no field 'smell'"),
        ({"group": "colour"}, 422, "group 'colour' is no tag of environment"),
        ({"colour": "red"}, 422, "'colour' is no parameter here and no tag"),
        ({"last": "3h", "start": "0"}, 422, "give either last, or start and stop"),
        ({"last": "-3h"}, 422, "last '-3h' is no length of time"),
        ({"measurement": "camera", "field": "state"}, 422, "is no number"),
    ],
)
def test_what_the_vocabulary_lacks_gets_a_sentence(
    empty_client: httpx.Client, query: dict[str, str], status: int, words: str
) -> None:
    answer = empty_client.get(
        "/series", params={"measurement": "environment", "field": "temperature", **query}
    )
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_a_field_that_is_missing_is_named(empty_client: httpx.Client) -> None:
    answer = empty_client.get("/series?measurement=environment")
    assert (answer.status_code, answer.json()["detail"]) == (422, "field is missing.")


def test_latest_tells_age_and_what_is_stale(home: Home, client: httpx.Client) -> None:
    home.store(
        reading(NOW - timedelta(seconds=20), 21.0, humidity=40.0),
        reading(NOW - timedelta(minutes=5), 25.0, "nursery"),
    )
    told = client.get("/latest").json()
    assert told["now"] == "2026-05-28T14:00:00Z"
    by_place = {(v["tags"]["location"], v["field"]): v for v in told["values"]}
    assert by_place["hutch", "temperature"]["value"] == 21.0
    assert by_place["hutch", "temperature"]["age"] == 20
    assert by_place["hutch", "humidity"]["unit"] == "%"
    assert not by_place["hutch", "temperature"]["stale"]
    assert by_place["nursery", "temperature"]["stale"], "five minutes are 30 missed readings of this sensor"


def test_latest_of_other_measurements_can_be_asked(home: Home, client: httpx.Client) -> None:
    home.store(points.make(NODE, {"node": "pi"}, {"load": 0.5}, NOW - timedelta(minutes=1)))
    [value] = client.get("/latest", params={"measurement": "node", "node": "pi"}).json()["values"]
    assert (value["field"], value["value"], value["stale"]) == ("load", 0.5, False)
