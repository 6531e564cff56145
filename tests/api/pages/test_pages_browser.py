"""The pages in a real browser: fit for a phone and every eye, live pictures, journal, keyboard."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.api.home import NOW, a_home, serving
from tests.api.lived_in import live_in, reading
from tests.api.looking import CONTRAST, PLAY, TOO_SMALL
from tests.api.running_camera import camera
from tests.browser import Visit, visiting

MINUTE = timedelta(minutes=1)
PAGES = ("/", "/pages/live", "/pages/events", "/pages/journal", "/pages/formula", "/pages/alerts")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone_whatever_is_wrong_and_however_long_its_name(visit: Visit, path: str) -> None:
    with visit(phone=True) as visitor:
        visitor.go(path)
        expect(visitor.page.locator("#health")).to_contain_text("Camera away: cot-cam")
        wide, here = visitor.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= here, f"the page is {wide - here} px wider than the screen"
        assert visitor.page.evaluate(TOO_SMALL) == [], "touch targets are lower than 44 px"


def test_the_live_picture_moves_and_stops_when_nobody_looks(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/pages/live")
        tile = visitor.page.locator('.tile[data-camera="cage"]')
        expect(tile).to_have_attribute("data-showing", "stream")
        expect(tile.locator(".state")).to_have_text(re.compile("Live"))
        expect(tile.locator("img")).to_have_js_property("naturalWidth", 1280)
        away = visitor.page.locator('.tile[data-camera="cot-cam"]')
        expect(away).to_contain_text("Not running its process does not answer")
        assert not [url for url in visitor.asked if "cot-cam" in url and url.startswith("/live")]
        visitor.page.evaluate(
            """() => {
                Object.defineProperty(document, "hidden", { value: true, configurable: true });
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
        expect(tile).to_have_attribute("data-showing", "off")
        assert tile.locator("img").get_attribute("src") is None


def test_the_overviews_picture_is_renewed(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/")
        picture = visitor.page.locator('.tile[data-camera="cage"] img')
        expect(picture).to_have_attribute("src", re.compile("^blob:"))
        first = picture.get_attribute("src") or ""
        expect(picture).not_to_have_attribute("src", first)


def test_a_camera_that_is_lost_meanwhile_says_so(browser: Browser, tmp_path: Path) -> None:
    with (
        a_home(tmp_path) as home,
        camera(tmp_path, "cage") as cage,
        serving(home),
        visiting(browser, home.url) as visitor,
    ):
        visitor.go("/")
        caption = visitor.page.locator('.tile[data-camera="cage"] .caption')
        expect(caption).to_contain_text("Live")
        cage.lose("the cable is out")
        expect(caption).to_contain_text(re.compile(r"Lost since \d\d:\d\d .*: the cable is out"))
        expect(visitor.page.locator('.tile[data-camera="cage"] .feed-note')).to_contain_text(
            "the cable is out"
        )
        visitor.page.close()
        # A browser notes each answer of 503 by itself; that is all it may note.
        assert all("503" in complaint for complaint in visitor.complaints)
        visitor.complaints.clear()


def test_a_clip_plays(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/pages/events")
        visitor.page.locator(".event-card a").first.click()
        expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("Playing")
        seconds = visitor.page.locator("video").evaluate(PLAY)
        assert 2.9 < seconds < 3.1


def test_older_events_are_a_link_away(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/pages/events")
        visitor.page.get_by_label("Pet").select_option("miso")
        visitor.page.wait_for_url(re.compile("pet=miso"))
        expect(visitor.page.locator(".event-card")).to_have_count(24)
        visitor.page.get_by_role("link", name="Older events").click()
        expect(visitor.page.locator(".event-card")).to_have_count(8)


def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(visit: Visit) -> None:
    with visit() as visitor:
        visitor.go("/")
        page = visitor.page
        seen = []
        for _ in range(9):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", f"no focus is to be seen on {seen[-1]!r}"
        assert seen[:7] == [
            "Skip to the content",
            "Hutch",
            "Overview",
            "Live",
            "Events",
            "Journal",
            "More",
        ]
        page.keyboard.press("Home")
        page.locator(".skip").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_values_turn_stale_when_the_server_is_gone(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home:
        live_in(home)
        with visiting(browser, "http://127.0.0.1") as visitor:
            visitor.page.clock.install()
            with serving(home):
                visitor.origin = home.url
                visitor.go("/")
                expect(visitor.page.locator(".health-words")).to_contain_text("Camera away")
            visitor.page.clock.run_for(45_000)
            expect(visitor.page.locator(".locations")).to_have_class(re.compile("cut-off"))
            expect(visitor.page.locator(".health-words")).to_have_text("No connection, values are old")
            visitor.page.close()
            assert all("net::ERR_" in complaint for complaint in visitor.complaints)
            visitor.complaints.clear()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_sensors_that_disagree_are_read_without_effort(browser: Browser, tmp_path: Path, dark: bool) -> None:
    with a_home(tmp_path) as home:
        live_in(home)
        home.store(
            reading("hutch", "on-the-shelf", NOW - timedelta(seconds=5), 20.9, 54),
            reading("nursery", "cot", NOW - timedelta(seconds=5), 20.3, 50),
        )
        with serving(home), visiting(browser, home.url, phone=True, dark=dark) as visitor:
            visitor.go("/")
            hutch = visitor.page.get_by_role("region", name="Chancho's hutch").first
            expect(hutch.locator(".odd").first).to_contain_text("Sensors disagree by 3.8 °C: hat 24.7 °C")
            expect(hutch.locator(".figure.big .n")).to_have_text("22.8")
            nursery = visitor.page.get_by_role("region", name="Nursery").first
            expect(nursery.locator(".odd")).to_have_count(0)
            expect(nursery).to_contain_text("dongle not current, last heard 3 h")
            wide, here = visitor.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide <= here, f"the page is {wide - here} px wider than the screen"
            assert visitor.page.evaluate(CONTRAST) == []
