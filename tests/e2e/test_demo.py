"""The demo in a real browser: charts, windows, the live picture, and a clip that plays."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser import chromium
from tests.daemon import wait_until
from tests.e2e.home import Home

SCREENSHOTS = Path(os.environ.get("HUTCH_SCREENSHOTS", "test-results"))
"""The README's pictures are made with HUTCH_SCREENSHOTS=docs/images."""


@pytest.fixture(scope="module")
def page(home: Home) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        yield page
        page.close()


def recordings(home: Home) -> list[dict[str, str]]:
    answer = httpx.get(f"{home.url}/recordings", timeout=10)
    return [event for event in answer.json()["events"] if event["clip_state"] == "stored"]
