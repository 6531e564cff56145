"""People who look at a real Grafana in a real browser, through Caddy, where they logged in at Hutch."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.api.furnished import PASSWORD
from tests.browser import PHONE, Visitor
from tests.daemon import until
from tests.grafana.real.conftest import Stack

SIZES = {"desk": {"width": 1440, "height": 900}, "phone": PHONE}
_THEIRS = "Deprecation warning: use moment.updateLocale"
"""What Grafana 9.4 says of itself."""
_BELOW = 12
"""Pixels between the lowest panel and the end of the picture."""
_LOWEST = """() => {
    // On a phone panels stand below each other, lower than what holds them.
    const bottoms = [...document.querySelectorAll(".react-grid-item")].map(
        (panel) => panel.getBoundingClientRect().bottom);
    return Math.ceil(Math.max(0, ...bottoms));
}"""
_DRAWN = """() => {
    const panels = [...document.querySelectorAll(".react-grid-item")];
    const shows = (panel) => panel.querySelector("canvas, img, video, [role=row], .dashboard-row")
        || panel.innerText.trim().split("\\n").length > 1;
    const there = (image) => image.complete && image.naturalWidth > 0;
    return panels.length > 1 && panels.every(shows)
        && [...document.querySelectorAll(".react-grid-item img")].every(there);
}"""


@contextmanager
def viewing(browser: Browser, stack: Stack, name: str = "ada", size: str = "desk") -> Iterator[Visitor]:
    """Somebody who is logged in; at the end nothing may have complained, failed or left the origin."""
    with browser.new_context(
        viewport=SIZES[size],  # type: ignore[arg-type]
        has_touch=size == "phone",
        ignore_https_errors=True,  # of Caddy's own authority; tests/deploy has those who trust it
        timezone_id="Europe/Zurich",
        locale="en-GB",
    ) as context:
        context.set_default_timeout(20_000)
        visitor = Visitor(context.new_page(), stack.front.caddy.url)
        visitor.watch()
        visitor.go("/login?next=/grafana/")
        visitor.page.get_by_label("Name").fill(name)
        visitor.page.get_by_label("Password").fill(PASSWORD)
        visitor.page.get_by_role("button", name="Log in").click()
        visitor.page.wait_for_url(f"{visitor.origin}/grafana/**")
        yield visitor
    assert not [said for said in visitor.complaints if _THEIRS not in said], "the console complained"
    assert not visitor.strayed, "a request left the origin"


def look(visitor: Visitor, board: str, asked: str = "") -> Page:
    """Open a dashboard and wait until every panel shows something; what is below the screen waits for it."""
    visitor.go(f"/grafana/d/hutch-{board}/{asked}")
    visitor.page.wait_for_selector(".react-grid-item")
    wait_until_drawn(visitor.page)
    return visitor.page


def wait_until_drawn(page: Page) -> None:
    """Make the screen as high as the dashboard, or panels below it would not begin, and let them finish."""
    width = page.viewport_size["width"] if page.viewport_size else 0

    def drawn() -> bool:
        height = page.evaluate(_LOWEST) + _BELOW
        if page.viewport_size and page.viewport_size["height"] != height:
            page.set_viewport_size({"width": width, "height": height})
            return False
        return bool(page.evaluate(_DRAWN))

    until(f"every panel of {page.url} shows something", drawn, 30)
