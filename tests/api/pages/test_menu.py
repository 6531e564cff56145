import httpx
import pytest

from api.pages.menu import MORE, PRIMARY, Entry
from tests.browser import Visit


def test_every_page_in_the_menu_exists(empty_client: httpx.Client) -> None:
    page = empty_client.get("/").text
    for entry in (*PRIMARY, *MORE):
        if f'href="{entry.href}"' in page:
            assert empty_client.get(entry.href).status_code == 200, entry
    for entry in PRIMARY:
        assert f'href="{entry.href}"' in page


@pytest.mark.parametrize(
    ("path", "leads"),
    [("/pages/pets", True), ("/pages/pets/miso", True), ("/pages/petshop", False), ("/", False)],
)
def test_an_entry_leads_to_its_page_and_those_below(path: str, leads: bool) -> None:
    assert Entry("/pages/pets", "pets", "Pets").leads_to(path) is leads


def test_the_first_page_is_not_above_all_others() -> None:
    assert not PRIMARY[0].leads_to("/pages/live")


@pytest.mark.parametrize("phone", [True, False])
def test_more_opens_closes_and_shows_where_one_is(visit: Visit, phone: bool) -> None:
    with visit(phone=phone) as visitor:
        visitor.go("/pages/formula")
        more, formula = (
            visitor.page.locator(".nav summary"),
            visitor.page.locator('.nav li a[href="/pages/formula"]'),
        )
        assert "here" in (more.get_attribute("class") or "")
        assert not formula.is_visible()
        more.click()
        assert formula.get_attribute("aria-current") == "page"
        box = formula.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        visitor.page.keyboard.press("Escape")
        assert not formula.is_visible()
        more.press("Enter")
        visitor.page.mouse.click(3, 300)
        assert not formula.is_visible()
