"""The demo in a real browser: charts, windows, the live picture, and a clip that plays."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium
from tests.daemon import wait_until
from tests.e2e.home import Home

SCREENSHOTS = Path(os.environ.get("HUTCH_SCREENSHOTS", "test-results"))
"""`make screenshots` sets it to docs/images: the README's pictures come from this test."""

PLAYS = """
async (video) => {
    video.muted = true;
    await video.play();
    await new Promise((resolve) => video.addEventListener("timeupdate", () => {
        if (video.currentTime > 0.5) resolve();
    }));
    video.pause();
    return [video.videoWidth, video.videoHeight, video.duration];
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, home: Home) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, base_url=home.url)
    yield page
    page.close()


def newest_recording(home: Home) -> dict[str, Any]:
    """The newest stored recording of the scripted camera; waits for the first one."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        answer = httpx.get(f"{home.url}/recordings", timeout=10)
        found[:] = [event for event in answer.json()["recordings"] if event["clip_state"] == "stored"]
        return bool(found)

    assert wait_until(look, 90), f"no clip within 90 s\n{home.tail()}"
    return found[0]


def test_the_overview_draws_a_chart_of_the_room(page: Page, home: Home) -> None:
    newest_recording(home)
    page.goto("/")
    chart = page.locator(".chart[data-field=temperature]").first
    expect(chart).to_have_attribute("data-drawn", re.compile("T"))
    expect(page.get_by_text("Simulated").first).to_be_visible()
    expect(page.locator(".locations")).to_contain_text(re.compile(r"\d+\.\d\s*°C"))
    expect(page.locator(".watch img.feed")).to_be_visible()
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "overview.png")


def test_another_window_draws_another_stretch(page: Page) -> None:
    page.goto("/")
    chart = page.locator(".chart[data-field=temperature]").first
    expect(chart).to_have_attribute("data-drawn", re.compile("T"))
    before = chart.get_attribute("data-drawn") or ""
    with page.expect_response(re.compile(r"/series\?.*last=2w")) as answer:
        page.get_by_role("link", name="2 w").click()
    expect(chart).not_to_have_attribute("data-drawn", before)
    series = answer.value.json()
    assert sum(len(one["rows"]) for one in series["series"]) > 300, "a fortnight has more rows than that"


def test_the_live_picture_changes(home: Home) -> None:
    first = httpx.get(f"{home.url}/live.jpg", timeout=10)
    assert first.content[:2] == b"\xff\xd8"

    def changed() -> bool:
        return httpx.get(f"{home.url}/live.jpg", timeout=10).content != first.content

    assert wait_until(changed, 60), "the picture has been the same for a minute"


def test_the_live_page_shows_a_moving_picture(page: Page) -> None:
    page.goto("/pages/live")
    picture = page.locator("main img").first
    expect(picture).to_be_visible()
    assert wait_until(lambda: bool(picture.evaluate("image => image.naturalWidth")), 20), "no picture arrived"
    page.screenshot(path=SCREENSHOTS / "live.png")


def test_a_clip_really_plays(page: Page, home: Home) -> None:
    event = newest_recording(home)
    page.goto(f"/pages/events/{event['event_id']}")
    width, height, seconds = page.locator("video").evaluate(PLAYS)
    assert (width, height) == (1280, 720)
    assert seconds > event["duration"] + 8, "pre-roll and post-roll are missing"


def test_the_clip_answers_a_range(home: Home) -> None:
    event = newest_recording(home)
    part = httpx.get(f"{home.url}{event['clip']}", headers={"Range": "bytes=4-7"}, timeout=10)
    assert part.status_code == 206
    assert part.content == b"ftyp"


def test_the_node_reports_on_itself(home: Home) -> None:
    def has_load() -> bool:
        values = httpx.get(f"{home.url}/latest", params={"measurement": "node"}, timeout=10).json()["values"]
        return any(value["field"] == "load" for value in values)

    assert wait_until(has_load, 60), "the host sensor has said nothing for a minute"
