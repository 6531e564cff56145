"""The page of gas in a real browser: values as they come in, stale ones told, charts, and saving them."""

import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.api import gas_monitored
from tests.api.home import NOW, Home, a_home, a_store_that_is_away, serving
from tests.api.looking import CONTRAST, TOO_SMALL
from tests.browser import Visit, Visitor, visiting

CO = ("CH4", "CO", "CO", "CO")


@pytest.fixture(scope="module")
def monitored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, httpx.Client]]:
    """A home with gas monitors and a client of its server."""
    with a_home(tmp_path_factory.mktemp("gas")) as home, serving(gas_monitored.monitor(home)) as client:
        yield home, client


@pytest.fixture
def look(browser: Browser, monitored: tuple[Home, httpx.Client]) -> Visit:
    return partial(visiting, browser, monitored[0].url)


def open_page(visitor: Visitor, path: str = "/pages/gas") -> None:
    """Open the page, until it is told what comes in."""
    visitor.go(path)
    expect(visitor.page.locator("#pushed")).to_have_text(re.compile("As it comes in"))


def send(client: httpx.Client, device: str, value: float, **changed: object) -> None:
    sensors = [{"type": gas, "val": value + place} for place, gas in enumerate(CO)]
    sent = {"pct": 89, "id": device, "ts": NOW.timestamp(), "sensors": sensors, **changed}
    assert client.post("/receive-json", json=sent).status_code == 200


def test_the_address_of_the_gas_monitors_graphs_leads_here(monitored: tuple[Home, httpx.Client]) -> None:
    answer = monitored[1].get("/graph")
    assert (answer.status_code, answer.headers["location"]) == (302, "/pages/gas#history")


def test_the_newest_values_are_there_without_scripts(monitored: tuple[Home, httpx.Client]) -> None:
    html = monitored[1].get("/pages/gas").text
    assert re.findall(r"<h2>(\w[^<]*)</h2>", html)[:3] == ["cellar", "garage", "handheld 1"]
    assert re.findall(r"<dt>([^<]*)</dt>", html) == ["CH4", "CO", "NO2", "CH4", "CO 1", "CO 2", "CO 3"]


def test_the_first_page_shows_what_comes_in_too(look: Visit, monitored: tuple[Home, httpx.Client]) -> None:
    with look() as visitor:
        open_page(visitor, "/")
        send(monitored[1], "handheld 1", 611)
        values = visitor.page.locator('[data-device="handheld 1"] .n')
        expect(values).to_have_text(["611", "612", "613", "614"])
        visitor.page.get_by_role("link", name="Gas over time").click()
        expect(visitor.page.get_by_role("heading", name="Gas", exact=True)).to_be_visible()


def test_a_silent_device_is_never_shown_as_current(look: Visit) -> None:
    with look() as visitor:
        open_page(visitor)
        garage = visitor.page.locator('[data-device="garage"]')
        expect(garage).to_contain_text("not current, last heard 40 min ago")
        expect(garage.locator(".value.stale")).to_have_count(2)
        expect(visitor.page.locator('[data-device="cellar"] .stale')).to_have_count(0)


def test_what_comes_in_is_shown_at_once(look: Visit, monitored: tuple[Home, httpx.Client]) -> None:
    with look(phone=True) as visitor:
        open_page(visitor)
        card = visitor.page.locator('[data-device="handheld 1"]')
        for value in (1111, 2222.5):
            send(monitored[1], "handheld 1", value)
            expect(card.locator(".n").first).to_have_text(f"{value}", timeout=2_000)
        expect(card.locator(".n").last).to_have_text("2225.5")
        expect(card.locator(".battery")).to_have_text(re.compile("89"))


def test_a_device_that_was_never_seen_appears(look: Visit, monitored: tuple[Home, httpx.Client]) -> None:
    with look() as visitor:
        open_page(visitor)
        send(monitored[1], "attic", 5, ts=NOW.timestamp() - 1, sensors=[{"type": "H2S", "val": 3}])
        expect(visitor.page.locator('[data-device="attic"]')).to_contain_text("H2S", timeout=2_000)


def test_a_chart_has_a_line_a_channel_and_its_windows(look: Visit) -> None:
    with look() as visitor:
        open_page(visitor, "/pages/gas?last=3h")
        chart = visitor.page.locator('.chart[data-query*="handheld"][data-query*="gas=CO"]')
        expect(chart).to_have_attribute("data-drawn", "2026-05-28T11:00:00Z/2026-05-28T14:00:00Z")
        expect(chart.locator(".legend")).to_contain_text("CO 1")
        expect(chart.locator(".legend .key")).to_have_count(3)
        visitor.page.get_by_role("link", name="14 d").click()
        expect(chart).to_have_attribute("data-drawn", "2026-05-14T14:00:00Z/2026-05-28T14:00:00Z")
        assert visitor.page.url.endswith("/pages/gas?last=14d")


def test_what_is_drawn_can_be_saved(look: Visit) -> None:
    with look() as visitor:
        open_page(visitor)
        chart = visitor.page.locator('.chart[data-query*="cellar"]')
        visitor.page.get_by_role("link", name="3 h").click()
        expect(chart).to_have_attribute("data-drawn", re.compile("11:00"))
        with visitor.page.expect_download() as saved:
            chart.get_by_role("link", name="Save as CSV").click()
        assert saved.value.suggested_filename == "gas-concentration-2026-05-28.csv"
        rows = list(csv.reader(io.StringIO(Path(saved.value.path()).read_text())))
        assert len(rows) == 1 + 18, "every ten minutes for three hours"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("phone", [False, True])
def test_everything_can_be_read_and_touched(look: Visit, phone: bool, dark: bool) -> None:
    with look(phone=phone, dark=dark) as visitor:
        open_page(visitor)
        assert visitor.page.evaluate(CONTRAST) == []
        assert visitor.page.evaluate(TOO_SMALL) == []
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            "it runs off the side"
        )


def test_a_home_without_gas_is_told_how_to_begin(tmp_path: Path, browser: Browser) -> None:
    with a_home(tmp_path) as home, serving(home) as client, visiting(browser, home.url) as visitor:
        open_page(visitor)
        expect(visitor.page.locator(".empty")).to_contain_text("No gas measured yet")
        send(client, "first", 7)
        expect(visitor.page.locator('[data-device="first"]')).to_contain_text("CO 3", timeout=3_000)


def test_without_the_store_the_page_says_so(tmp_path: Path) -> None:
    with a_home(tmp_path, a_store_that_is_away()) as home, serving(home) as client:
        for path in ("/pages/gas", "/pages/parts/gas"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert "database cannot be reached" in answer.text


def test_the_page_says_when_it_is_cut_off_and_comes_back(tmp_path: Path, browser: Browser) -> None:
    with a_home(tmp_path) as home:
        with serving(home) as client:
            port = int(home.url.rpartition(":")[2])
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{home.url}/pages/gas")
            expect(page.locator("#pushed")).to_have_text(re.compile("As it comes in"))
        expect(page.locator("#pushed")).to_have_class(re.compile("away"))
        with serving(home, port) as client:
            expect(page.locator("#pushed")).not_to_have_class(re.compile("away"))
            send(client, "first", 7)
            expect(page.locator('[data-device="first"]')).to_contain_text("CO 3")
        context.close()
