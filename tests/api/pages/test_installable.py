"""The pages can be installed: the browser itself finds nothing to complain about, and every icon is real."""

import json
import struct
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from tests.api.home import a_home, serving
from tests.browser import find_chromium

PNG = b"\x89PNG\r\n\x1a\n"


def side(picture: bytes) -> tuple[int, int]:
    """Width and height, out of a PNG's header."""
    assert picture[:8] == PNG
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_every_icon_of_the_manifest_is_as_large_as_it_says(empty_client: httpx.Client) -> None:
    answer = empty_client.get("/static/manifest.webmanifest")
    manifest = answer.json()
    assert answer.headers["content-type"].startswith("application/manifest+json")
    icons = [*manifest["icons"], *(icon for shortcut in manifest["shortcuts"] for icon in shortcut["icons"])]
    for icon in icons:
        told = empty_client.get(icon["src"])
        assert told.headers["content-type"].startswith(icon["type"]), icon["src"]
        if icon["type"] == "image/png":
            assert "{}x{}".format(*side(told.content)) == icon["sizes"], icon["src"]
            assert len(told.content) < 30_000, f"{icon['src']} is large for four lines"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}


def test_shortcuts_lead_to_pages(empty_client: httpx.Client) -> None:
    manifest = empty_client.get("/static/manifest.webmanifest").json()
    for shortcut in (manifest, *manifest["shortcuts"]):
        assert empty_client.get(shortcut.get("url") or shortcut["start_url"]).status_code == 200


def test_apple_finds_an_icon_of_its_own(empty_client: httpx.Client) -> None:
    assert (
        '<link rel="apple-touch-icon" href="/static/icons/apple-touch-icon.png">'
        in empty_client.get("/").text
    )
    assert side(empty_client.get("/static/icons/apple-touch-icon.png").content) == (180, 180)


@pytest.mark.parametrize("poor", [False, True], ids=["ours", "a-poor-one"])
def test_the_browser_objects_to_a_poor_manifest_but_not_to_ours(tmp_path: Path, poor: bool) -> None:
    # A profile of its own: in a private window, which Playwright's contexts are, nothing can be installed.
    with a_home(tmp_path / "home") as home, serving(home), sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            page = context.pages[0]
            if poor:
                page.route("**/manifest.webmanifest", lambda route: route.fulfill(body='{"name": "x"}'))
            page.goto(home.url)
            told = context.new_cdp_session(page)
            manifest = told.send("Page.getAppManifest")
            objections = told.send("Page.getInstallabilityErrors")
        finally:
            context.close()
    if poor:
        assert "manifest-missing-suitable-icon" in str(objections), "the browser was not asked at all"
        return
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["id"] == "/"
    assert objections["installabilityErrors"] == []
