"""Links and clicks in a real browser: none ends at a page that Grafana does not have."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import Visitor
from tests.e2e.test_demo import PLAYS
from tests.grafana.real.conftest import Stack
from tests.grafana.real.viewing import look, viewing, wait_until_drawn

MARKER = "[class*=markerWrapper], [data-testid='data-testid annotation-marker']"
"""The foot of an annotation, as Grafana 9 has it and later ones do."""
CLIP = re.compile(r"var-clip=([\w.%-]+)")


@pytest.fixture
def ada(browser: Browser, stack: Stack) -> Iterator[Visitor]:
    with viewing(browser, stack) as visitor:
        yield visitor


def panel(page: Page, title: str) -> Locator:
    return page.locator(".react-grid-item").filter(has=page.get_by_text(title, exact=True))


def opened_by(page: Page, link: Locator) -> Page:
    """The tab that a click opens; it must be one of Hutch's, not of Grafana's."""
    with page.expect_popup() as popup:
        link.click()
    made = popup.value
    made.wait_for_load_state()
    assert "/grafana/" not in made.url
    return made


def chosen_clip(page: Page) -> str:
    found = CLIP.search(page.url)
    assert found is not None, f"no clip in {page.url}"
    return found[1]


def test_grafana_opens_at_home(ada: Visitor) -> None:
    expect(panel(ada.page, "Temperature now")).to_be_visible()
    ada.page.wait_for_function("document.querySelectorAll('.react-grid-item').length > 5")


def test_the_live_picture_is_on_home_and_leads_to_the_cameras(ada: Visitor) -> None:
    page = look(ada, "home")
    picture = page.get_by_alt_text("Live picture")
    assert picture.evaluate("image => image.naturalWidth") == 1280
    assert opened_by(page, picture).url.endswith("/pages/live")


def test_home_leads_to_what_is_wrong(ada: Visitor) -> None:
    page = look(ada, "home")
    alerts = opened_by(page, page.get_by_role("link", name="What is wrong now"))
    expect(alerts.get_by_role("heading", name="Alerts")).to_be_visible()


def test_a_click_on_play_plays_the_clip_of_that_row(ada: Visitor) -> None:
    page = look(ada, "clips")
    before = page.locator("video").get_attribute("src")
    page.get_by_text("Play", exact=True).nth(2).click()
    page.wait_for_url(CLIP)
    video = page.locator(f'video[src="/clips/{chosen_clip(page)}"]')
    expect(video).to_be_visible()
    assert before != video.get_attribute("src")
    width, height, seconds = video.evaluate(PLAYS)
    assert (width, height, seconds) == (640, 360, 10)


def test_a_clip_of_home_plays_over_the_window_one_came_from(ada: Visitor) -> None:
    page = look(ada, "home", "?from=now-12h&to=now")
    page.get_by_text("Play", exact=True).first.click()
    page.wait_for_url("**/d/hutch-clips/**")
    assert "from=now-12h&to=now" in page.url
    expect(page.locator(f'video[src="/clips/{chosen_clip(page)}"]')).to_be_visible()


@pytest.mark.parametrize("board", ["clips", "home"])
def test_an_event_of_the_table_leads_to_its_page(ada: Visitor, board: str) -> None:
    page = look(ada, board)
    event = opened_by(page, page.get_by_role("cell").get_by_text(re.compile(r"^scripted-2")).first)
    assert re.search(r"/pages/events/scripted-[\w-]+$", event.url)
    expect(event.locator("video")).to_be_visible()


def test_the_player_leads_to_its_event_and_to_the_clip(ada: Visitor) -> None:
    page = look(ada, "clips")
    clip = (page.locator("video").get_attribute("src") or "").removeprefix("/clips/")
    event = opened_by(page, page.get_by_role("link", name="Everything about this event"))
    assert event.url.endswith(f"/pages/events/{clip}")
    assert opened_by(page, page.get_by_role("link", name="The clip alone")).url.endswith(f"/clips/{clip}")


def test_from_dashboard_to_dashboard_the_window_and_the_unit_are_kept(ada: Visitor) -> None:
    page = look(ada, "home", "?from=now-3h&to=now&var-unit=F")
    page.get_by_role("button", name="Dashboards", exact=True).click()
    page.get_by_role("menuitem", name="Climate").or_(page.get_by_role("link", name="Climate")).last.click()
    page.wait_for_url("**/d/hutch-climate/**")
    wait_until_drawn(page)
    assert "from=now-3h" in page.url
    expect(panel(page, "Temperature now")).to_contain_text("°F")
    expect(panel(page, "Temperature now")).not_to_contain_text("°C")


def test_a_clip_on_the_graph_shows_its_picture_and_plays(ada: Visitor) -> None:
    page = look(ada, "home")
    page.locator(MARKER).last.hover()
    link = page.locator("a[href*='/clips/scripted-']")
    expect(link.locator("img")).to_be_visible()
    link.click()
    page.wait_for_url("**/clips/scripted-*")
    assert "/grafana/" not in page.url


def test_a_viewer_sees_the_same(browser: Browser, stack: Stack) -> None:
    with viewing(browser, stack, "gus", "phone") as gus:
        page = look(gus, "clips")
        expect(page.locator("video")).to_be_visible()
