"""Chromium for tests: one a module, and for each test a visitor whose console and requests are watched."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.needs import lacking

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
_READING_BACK = "willReadFrequently"
"""Chromium's advice to who reads pixels of a canvas, which only these tests do."""
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str:
    """The path of Chromium; where there is none the test is skipped, and fails under ``CI=true``."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        lacking("Chromium is not installed (Debian: apt-get install chromium)")
    return path


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser without a window."""
    path = find_chromium()
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """A page, and what went wrong or strayed on it."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note complaints of the console, errors of scripts, and requests that leave the origin."""
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._ask(request.url))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and _READING_BACK not in message.text:
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _ask(self, url: str) -> None:
        if not url.startswith((f"{self.origin}/", f"blob:{self.origin}/")):
            self.strayed.append(url)
        self.asked.append(url.removeprefix(self.origin))

    def go(self, path: str) -> None:
        """Open ``path``."""
        self.page.goto(self.origin + path)


Visit = Callable[..., AbstractContextManager[Visitor]]
"""What the fixture ``visit`` gives: ``visiting`` a home that is lived in."""


@contextmanager
def visiting(browser: Browser, origin: str, *, phone: bool = False, dark: bool = False) -> Iterator[Visitor]:
    """A visitor with a fresh profile; at the end nothing may have complained or strayed."""
    with browser.new_context(
        viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
        has_touch=phone,
        color_scheme="dark" if dark else "light",
        timezone_id="America/New_York",
        locale="en-GB",
    ) as context:
        context.set_default_timeout(10_000)
        visitor = Visitor(context.new_page(), origin)
        visitor.watch()
        yield visitor
    assert not visitor.complaints, "the console complained"
    assert not visitor.strayed, "a request left the origin"
