from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from api.config import ApiSection
from api.pages.menu import MORE, PRIMARY, Entry
from tests.api.home import a_home, serving
from tests.browser import Visit


def test_every_page_in_the_menu_exists(empty_client: httpx.Client) -> None:
    page = empty_client.get("/").text
    for entry in (*PRIMARY, *MORE):
        if f'href="{entry.href}"' in page:
            assert empty_client.get(entry.href).status_code == 200, entry
    for entry in PRIMARY:
        assert f'href="{entry.href}"' in page


def test_the_dashboards_are_in_the_menu_where_there_are_any(
    empty_client: httpx.Client, tmp_path: Path
) -> None:
    assert "Dashboards" not in empty_client.get("/").text
    with a_home(tmp_path) as home:
        home.context = replace(home.context, config=ApiSection(grafana_url="/grafana/"))
        with serving(home) as client:
            page = client.get("/pages/health").text
    assert 'href="/grafana/"' in page
    assert page.count("<span>Dashboards</span>") == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "grafana", "//elsewhere.example", "https://a.b/?x=1"])
def test_what_is_no_place_of_dashboards_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="is no address; write it like /grafana/ or https://"):
        ApiSection(grafana_url=url)


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
