"""Every page, on a phone and on a desk, light and dark: whole, within reach, and in docs/pages.md."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

import api.events
from api.events import Filters
from tests.api.every_page import PAGES, SETTLED, Shown
from tests.api.furnished import OWNER, PASSWORD, furnish
from tests.api.home import Home, a_home, serving
from tests.api.looking import TOO_SMALL, found_by_axe
from tests.api.running_camera import camera
from tests.browser import Visitor, visiting
from vision.cameras.scripted import ScriptedCamera, ScriptedOptions

ROOT = Path(__file__).parent.parent.parent
LIGHTS = ("light", "dark")
SIZES = ("phone", "desk")

At = Callable[[str, str], Visitor]
"""The visitor with a screen of that size, in that light."""


def ids(shown: Shown) -> str:
    return shown.name


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
    other = ScriptedCamera(ScriptedOptions(seed=3, fps=5))
    with (
        a_home(folder) as home,
        camera(folder, "scripted"),
        camera(folder, "cot", play=other),
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
    stored = api.events.page(lived.context, Filters(clip_state="stored"), None, limit=1).events
    return {"name": "miso", "event_id": str(stored[0].fields["event_id"])}


def log_in(visitor: Visitor) -> None:
    """As the owner, by the form."""
    visitor.go("/login")
    visitor.page.get_by_label("Name").fill(OWNER)
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Log in").click()
    visitor.page.wait_for_url(f"{visitor.origin}/")


def look(visitor: Visitor, address: str) -> list[str]:
    """Open a page; what is wrong with it, of what anybody would notice."""
    visitor.go(address)
    page = visitor.page
    page.wait_for_function(SETTLED)
    wide, here = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    wrong = [f"it is {wide - here} px wider than the screen"] if wide > here else []
    if here < 600:
        wrong += [f"lower than 44 px: {part}" for part in page.evaluate(TOO_SMALL)]
    wrong += found_by_axe(page)
    wrong += [f"console: {said}" for said in visitor.complaints]
    visitor.complaints.clear()
    return wrong


def photograph(page: Page, to: Path) -> None:
    """Keep what the screen shows as WebP, which is a third of a PNG."""
    picture = cv2.imdecode(np.frombuffer(page.screenshot(animations="disabled"), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    done, packed = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 82])
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
        if (size, light) != ("desk", "dark"):
            photograph(visitor.page, pictures / f"{shown.name}-{size}-{light}.webp")
