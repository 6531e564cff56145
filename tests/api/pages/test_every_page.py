"""Every page, on a phone and on a desk, light and dark: whole, within reach, and in docs/pages.md."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from api.events import listing
from api.events.listing import Filters
from api.pages.menu import MORE, PRIMARY
from tests.api.every_page import LEADS_ON, PAGES, SETTLED, Shown
from tests.api.furnished import OWNER, PASSWORD, furnish, standing_still
from tests.api.home import Home, a_home, a_store_that_is_away, serving
from tests.api.looking import TOO_SMALL, UNDER_THE_MENU, found_by_axe
from tests.api.running_camera import camera
from tests.browser import Visitor, visiting

ROOT = Path(__file__).parent.parent.parent.parent
LIGHTS = ("light", "dark")
SIZES = ("phone", "desk")
KEPT = (("phone", "light"), ("phone", "dark"), ("desk", "light"))
"""Of which screens there is a picture in docs/."""
SINGLE = tuple(shown for shown in PAGES if "{" not in shown.path)
"""Pages of which there is one."""

At = Callable[[str, str], Visitor]
"""The visitor with a screen of that size, in that light."""


def ids(shown: Shown) -> str:
    return shown.name


def picture(shown: Shown, size: str, light: str) -> str:
    return f"{shown.name}-{size}-{light}.webp"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: `make screenshots` says docs/images, and every other run keeps none."""
    told = os.environ.get("HUTCH_SCREENSHOTS")
    folder = Path(told) / "pages" if told else tmp_path_factory.mktemp("pages")
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with everything in it, which is served; two cameras run."""
    folder = tmp_path_factory.mktemp("furnished")
    with (
        a_home(folder) as home,
        camera(folder, "scripted", play=standing_still(33)),
        camera(folder, "cot", play=standing_still(0)),
        serving(furnish(home)),
    ):
        yield home


@pytest.fixture(scope="module")
def at(browser: Browser, lived: Home) -> Iterator[At]:
    """Ada, who may do everything, before each of her screens."""
    with ExitStack() as stack:
        kept: list[Any] = []

        @cache
        def visitor(size: str, light: str) -> Visitor:
            entered = visiting(browser, lived.url, phone=size == "phone", dark=light == "dark")
            made = stack.enter_context(entered)
            if not kept:
                log_in(made)
                kept.extend(made.page.context.cookies())
            made.page.context.add_cookies(kept)
            return made

        yield visitor


@pytest.fixture(scope="module")
def known(lived: Home) -> dict[str, str]:
    """A value for each parameter of a page's address."""
    stored = listing.page(lived.context, Filters(clip_state="stored"), None, limit=1).events
    return {"name": "miso", "event_id": str(stored[0].fields["event_id"])}


def log_in(visitor: Visitor) -> None:
    """As the owner, by the form."""
    visitor.go("/login")
    visitor.page.get_by_label("Name").fill(OWNER)
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Log in").click()
    visitor.page.wait_for_url(f"{visitor.origin}/")


def look(visitor: Visitor, address: str, but: str = "no such thing") -> list[str]:
    """Open a page; what is wrong with it, of what anybody would notice.

    A browser notes each answer that is an error by itself: ``but`` is the status that is meant to come.
    """
    visitor.go(address)
    page = visitor.page
    page.wait_for_function(SETTLED)
    wide, here = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    wrong = [f"it is {wide - here} px wider than the screen"] if wide > here else []
    if here < 600:
        wrong += [f"lower than 44 px: {part}" for part in page.evaluate(TOO_SMALL)]
    wrong += found_by_axe(page)
    wrong += [f"console: {said}" for said in visitor.complaints if f"status of {but}" not in said]
    visitor.complaints.clear()
    return wrong


def standing(page: Page) -> bytes:
    """What the screen shows once nothing on it moves any more, as PNG."""
    last = b""
    for _ in range(60):
        shot = page.screenshot()
        if shot == last:
            return shot
        last = shot
    raise AssertionError(f"something goes on moving on {page.url}")


def photograph(page: Page, to: Path) -> None:
    """Keep what the screen shows as WebP, which is a third of a PNG."""
    shot = cv2.imdecode(np.frombuffer(standing(page), np.uint8), cv2.IMREAD_COLOR)
    assert shot is not None
    done, packed = cv2.imencode(".webp", shot, [cv2.IMWRITE_WEBP_QUALITY, 82])
    assert done
    to.write_bytes(packed.tobytes())


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("shown", PAGES, ids=ids)
def test_a_page_is_whole_and_within_everybodys_reach(
    at: At, known: dict[str, str], pictures: Path, shown: Shown, light: str
) -> None:
    for size in SIZES:
        visitor = at(size, light)
        assert look(visitor, shown.address(known)) == [], f"{shown.name} on a {size}"
        if (size, light) in KEPT:
            photograph(visitor.page, pictures / picture(shown, size, light))


def test_an_event_of_which_there_is_no_clip(at: At, lived: Home) -> None:
    sitting = listing.page(lived.context, Filters(event_type="sitting"), None, limit=1).events[0]
    assert look(at("phone", "dark"), f"/pages/events/{sitting.fields['event_id']}") == []


@pytest.mark.parametrize("light", LIGHTS)
def test_where_there_is_no_page_is_a_way_back(at: At, light: str) -> None:
    visitor = at("phone", light)
    assert look(visitor, "/pages/nowhere", but="404") == []
    expect(visitor.page.get_by_text("There is no page at this address")).to_be_visible()


def test_charts_scroll_away_under_the_menu(at: At) -> None:
    visitor = at("phone", "light")
    assert look(visitor, "/pages/gas") == []
    assert visitor.page.evaluate(UNDER_THE_MENU)


@pytest.mark.parametrize("path", LEADS_ON)
def test_an_old_address_leads_to_its_page(at: At, path: str) -> None:
    visitor = at("phone", "light")
    visitor.go(path)
    assert LEADS_ON[path] in visitor.page.url
    visitor.complaints.clear()


@pytest.fixture(scope="module")
def nothing(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Somebody with a phone, in a home where nothing is configured and nothing happened."""
    with a_home(tmp_path_factory.mktemp("nothing")) as home:
        home.context = replace(home.context, locations=(), sensors=(), cameras=())
        with serving(home), visiting(browser, home.url, phone=True) as visitor:
            yield visitor


@pytest.mark.parametrize("shown", SINGLE, ids=ids)
def test_a_page_without_anything_to_show_is_whole(nothing: Visitor, shown: Shown) -> None:
    assert look(nothing, shown.path) == []


@pytest.fixture(scope="module")
def cut_off(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Somebody with a phone, while neither the store nor a camera can be reached."""
    with (
        a_home(tmp_path_factory.mktemp("away"), a_store_that_is_away()) as home,
        serving(home),
        visiting(browser, home.url, phone=True, dark=True) as visitor,
    ):
        yield visitor


@pytest.mark.parametrize("shown", SINGLE, ids=ids)
def test_a_page_is_whole_while_the_store_is_away(cut_off: Visitor, shown: Shown) -> None:
    assert look(cut_off, shown.path, but="503") == []


def test_every_page_is_in_the_menu_or_a_link_away() -> None:
    menu = {entry.href for entry in (*PRIMARY, *MORE)}
    assert {shown.path for shown in SINGLE} == menu | {"/login"}


@pytest.mark.parametrize(("size", "light"), KEPT)
def test_docs_show_the_cameras_of_the_live_page(size: str, light: str) -> None:
    shot = cv2.imread(str(ROOT / "docs" / "images" / "pages" / f"live-{size}-{light}.webp"))
    assert shot is not None
    assert (shot.max(axis=2) < 16).mean() < 0.02, "where a camera's picture should be it is black"


def test_docs_show_every_page_in_every_light() -> None:
    told = (ROOT / "docs" / "pages.md").read_text()
    shown = set(re.findall(r"images/pages/([\w-]+\.webp)", told))
    assert shown == {picture(page, size, light) for page in PAGES for size, light in KEPT}
    assert shown == {path.name for path in (ROOT / "docs" / "images" / "pages").iterdir()}
