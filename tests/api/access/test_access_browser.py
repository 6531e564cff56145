"""Logging in and out, and the page of devices, in a real browser."""

import pytest
from playwright.sync_api import Browser, expect

from tests.api.access.doors import PASSWORD, Door
from tests.api.home import serving
from tests.api.looking import CONTRAST, TOO_SMALL
from tests.browser import visiting


@pytest.mark.parametrize(("phone", "dark"), [(True, False), (True, True), (False, False), (False, True)])
def test_the_owner_logs_in_makes_a_token_revokes_it_and_leaves(
    browser: Browser, door: Door, phone: bool, dark: bool
) -> None:
    door.device("Thermometer with a name that is quite long", "ingest", "nursery")
    with serving(door.home), visiting(browser, door.home.url, phone=phone, dark=dark) as visitor:
        page = visitor.page

        def fits() -> None:
            wide, here = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide <= here, f"the page is {wide - here} px wider than the screen"
            assert page.evaluate(TOO_SMALL) == [], "touch targets are lower than 44 px"
            assert page.evaluate(CONTRAST) == []

        visitor.go("/pages/devices")
        expect(page.get_by_label("Name")).to_be_focused()
        fits()
        page.keyboard.type("ada")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{door.home.url}/pages/devices")
        page.get_by_label("For which device").fill("Kitchen tablet")
        page.get_by_label("What it may").select_option("live")
        page.get_by_role("button", name="Make a token").click()
        expect(page.locator(".secret")).to_contain_text("hutch_")
        fits()
        page.get_by_role("button", name="Revoke the token of Kitchen tablet").click()
        expect(page.get_by_text("Revoked (1)")).to_be_visible()
        page.locator("summary", has_text="More").click()
        page.get_by_role("button", name="Log out ada").click()
        expect(page).to_have_url(f"{door.home.url}/login")
        visitor.go("/pages/devices")
        expect(page).to_have_url(f"{door.home.url}/login?next=/pages/devices")


def test_a_page_that_is_open_leads_to_the_login_when_its_session_ends(browser: Browser, door: Door) -> None:
    with serving(door.home), visiting(browser, door.home.url) as visitor:
        page = visitor.page
        visitor.go("/pages/journal")
        page.get_by_label("Name").fill("gus")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Journal")).to_be_visible()
        door.ledger.remove_user("gus")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page).to_have_url(f"{door.home.url}/login?next=/pages/journal")
        visitor.complaints[:] = [told for told in visitor.complaints if "401" not in told]
