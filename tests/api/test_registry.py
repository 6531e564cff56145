from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser, expect

from api.pages.silence import sentence
from api.pages.words import THIN_SPACE
from influx.registry import Entry, Kind, State, Thing, announcement, retirement
from tests.api.home import NOW, Home, reading
from tests.browser import visiting

HAT, COT = Thing(Kind.SENSOR, "hat", "pi"), Thing(Kind.CAMERA, "cot", "pi")
SINCE = NOW - timedelta(days=3)


@pytest.fixture
def quiet(home: Home) -> Home:
    """A home that expects a sensor, silent for three hours, and a camera that never spoke."""
    home.store(reading(NOW - timedelta(hours=3), 20))
    home.store(announcement(HAT, SINCE), announcement(COT, SINCE))
    return home


def test_the_registry_tells_what_is_expected_and_how_long_ago_it_spoke(
    quiet: Home, client: httpx.Client
) -> None:
    told = client.get("/registry").json()
    assert told["now"] == "2026-05-28T14:00:00Z"
    hat, cot = told["things"]
    assert (hat["name"], hat["state"], hat["age"], hat["missed"]) == ("hat", "silent", 10_800.0, True)
    assert (cot["name"], cot["state"], cot["last_heard"], cot["missed"]) == ("cot", "never", None, True)


def test_a_sensor_is_silent_when_its_value_is_stale(home: Home, client: httpx.Client) -> None:
    home.store(announcement(HAT, SINCE), reading(NOW, 20))
    for seconds, state in ((60, "ok"), (61, "silent")):
        home.clock.moment = NOW + timedelta(seconds=seconds)
        (hat,) = client.get("/registry").json()["things"]
        values = client.get("/latest").json()["values"]
        assert hat["state"] == state
        assert {value["stale"] for value in values} == {state == "silent"}


def test_health_names_what_is_missed(quiet: Home, client: httpx.Client) -> None:
    told = client.get("/health").json()
    assert told["registry"] == {
        "expected": 2,
        "missed": ["hat", "cot"],
        "reason": "2 of 2 that are expected are not heard of: hat, cot",
    }
    quiet.store(retirement(HAT, NOW), retirement(COT, NOW))
    assert client.get("/health").json()["registry"] == {"expected": 0, "missed": []}


def test_nobody_can_say_while_the_store_is_away(cut_off: tuple[Home, httpx.Client]) -> None:
    _home, client = cut_off
    assert client.get("/health").json()["registry"] == {"expected": None, "missed": None}
    assert client.get("/registry").status_code == 503
    part = client.get("/pages/parts/silence")
    assert (part.status_code, part.text.strip()) == (200, "")


def test_the_overview_says_what_is_missed(quiet: Home, browser: Browser, client: httpx.Client) -> None:
    with visiting(browser, quiet.url) as visitor:
        visitor.go("/")
        line = visitor.page.locator("[data-part='/pages/parts/silence']")
        expect(line).to_have_text(
            f"Not heard of: sensor hat (silent for 3{THIN_SPACE}h), camera cot (never spoke)."
        )
        quiet.store(retirement(HAT, NOW), retirement(COT, NOW))
        visitor.go("/")
        expect(visitor.page.locator(".health-words")).not_to_have_text("Connected")
        expect(line).to_have_text("")


def test_the_line_names_three_at_most() -> None:
    things = [Thing(Kind.SENSOR, f"hat-{number}", "pi") for number in range(5)]
    missed = [Entry(thing, SINCE, None, None, State.NEVER, missed=True) for thing in things]
    named = ", ".join(f"sensor hat-{number} (never spoke)" for number in range(3))
    assert sentence(missed) == f"Not heard of: {named}, 2 more."
    assert sentence([]) == ""
