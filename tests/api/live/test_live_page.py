"""The Live page in a real browser: streams, snapshots in turn, one camera enlarged, and HLS that plays."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.home import a_home, serving
from tests.api.looking import CONTRAST, TOO_SMALL
from tests.api.running_camera import RunningCamera, camera
from tests.browser import visiting
from tests.vision.sources import video
from vision.cameras.file import FileOptions
from vision.config import CameraSection

MANY = ("cage", "cot", "door", "garden", "hall", "kitchen")
WIRELESS = {"offline": False, "latency": 40, "downloadThroughput": 2_500_000, "uploadThroughput": 1_000_000}
"""A phone's network. On loopback Chrome has fetched all there is before it begins, and takes that for the
end; the page then tries again, and at last shows the other picture."""
MOVES = """async (video) => {
    const canvas = document.createElement("canvas");
    const look = () => {
        canvas.width = 320; canvas.height = 180;
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(video, 0, 0, 320, 180);
        return context.getImageData(0, 0, 320, 180).data.join();
    };
    const ready = () => video.currentTime > 0 && video.readyState >= 2;
    for (let tries = 0; tries < 200 && !ready(); tries++) await new Promise((done) => setTimeout(done, 50));
    if (!ready()) return 0;
    const [first, began] = [look(), video.currentTime];
    for (let tries = 0; tries < 200; tries++) {
        await new Promise((done) => setTimeout(done, 50));
        if (look() !== first && video.currentTime > began + 1) return video.currentTime - began;
    }
    return 0;
}"""
"""How far a video has played until its picture was another; 0 where it stands still."""


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, RunningCamera]]]:
    """The address of a home with six cameras, all of which run."""
    folder: Path = tmp_path_factory.mktemp("many")
    with a_home(folder) as home, ExitStack() as stack:
        sections = tuple(CameraSection(kind="scripted", name=name, location="hutch") for name in MANY)
        home.context = replace(home.context, cameras=sections)
        running = {name: stack.enter_context(camera(folder, name)) for name in MANY}
        stack.enter_context(serving(home))
        yield home.url, running


def on_wireless(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", WIRELESS)


def shown(page: Page) -> list[str | None]:
    return [tile.get_attribute("data-showing") for tile in page.locator(".tile").all()]


def test_more_cameras_than_connections_are_all_shown(
    browser: Browser, cameras: tuple[str, dict[str, RunningCamera]]
) -> None:
    url, running = cameras
    with visiting(browser, url) as visitor:
        visitor.page.set_viewport_size({"width": 1280, "height": 2400})
        visitor.go("/pages/live")
        for tile in visitor.page.locator(".tile").all():
            expect(tile.locator("img.feed")).to_have_js_property("naturalWidth", 1280)
        assert shown(visitor.page) == ["stream"] * 4 + ["snapshot"] * 2
        assert sum(each.live.watchers for each in running.values()) == 4
        turned = visitor.page.locator('.tile[data-camera="kitchen"] img.feed')
        first = turned.get_attribute("src") or ""
        expect(turned).not_to_have_attribute("src", first)


def test_one_that_is_enlarged_is_the_only_one_that_moves(
    browser: Browser, cameras: tuple[str, dict[str, RunningCamera]]
) -> None:
    url, running = cameras
    with visiting(browser, url) as visitor:
        visitor.page.set_viewport_size({"width": 1280, "height": 2400})
        visitor.go("/pages/live")
        tile = visitor.page.locator('.tile[data-camera="kitchen"]')
        enlarge = tile.get_by_role("button", name="Enlarge Kitchen")
        enlarge.click()
        expect(enlarge).to_have_attribute("aria-pressed", "true")
        expect(tile).to_have_attribute("data-showing", "stream-large")
        expect(tile.locator("img.feed")).to_have_js_property("naturalWidth", 1280)
        expect(visitor.page.locator(".tile:visible")).to_have_count(1)
        visitor.page.wait_for_function("document.querySelectorAll('[data-showing=\"stream\"]').length === 0")
        assert visitor.page.evaluate(CONTRAST) == []
        enlarge.press("Enter")
        expect(visitor.page.locator(".tile:visible")).to_have_count(6)
        expect(visitor.page.locator('.tile[data-camera="cage"]')).to_have_attribute("data-showing", "stream")
        assert running


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_smooth_picture_plays_what_the_camera_encoded(
    browser: Browser, cameras: tuple[str, dict[str, RunningCamera]], phone: bool
) -> None:
    url, running = cameras
    with visiting(browser, url, phone=phone) as visitor:
        on_wireless(visitor.page)
        visitor.go("/pages/live")
        tile = visitor.page.locator('.tile[data-camera="cage"]')
        tile.get_by_role("button", name="Enlarge Cage").click()
        smooth = tile.get_by_role("button", name="Smooth picture of Cage, some seconds behind")
        if smooth.get_attribute("aria-pressed") == "false":
            smooth.click()
        assert tile.locator("video").evaluate(MOVES) > 1
        assert running["cage"].segments.active
        assert any(re.fullmatch(r"/live/cage/\d+\.m4s", path) for path in visitor.asked)
        assert visitor.page.evaluate(TOO_SMALL) == []
        smooth.click()
        expect(tile.locator("video")).to_have_count(0)
        expect(tile.locator("img.feed")).to_have_js_property("naturalWidth", 1280)


def test_a_smooth_picture_that_stands_still_says_why(browser: Browser, tmp_path: Path) -> None:
    with (
        a_home(tmp_path) as home,
        camera(tmp_path, "cage") as cage,
        serving(home),
        browser.new_context() as context,
    ):
        page = context.new_page()  # whose console complains of the 503, as it should
        on_wireless(page)
        page.goto(f"{home.url}/pages/live")
        tile = page.locator('.tile[data-camera="cage"]')
        tile.get_by_role("button", name="Enlarge Cage").click()
        tile.get_by_role("button", name=re.compile("Smooth")).click()
        assert tile.locator("video").evaluate(MOVES) > 1
        cage.lose("the cable is out")
        expect(tile.locator(".feed-note")).to_have_text(re.compile("cable is out"), timeout=30_000)


def test_a_camera_without_hls_is_shown_the_other_way(browser: Browser, tmp_path: Path) -> None:
    film = FileOptions(path=video(tmp_path / "room.avi", 2, codec="mjpeg"), loop=True)
    with (
        a_home(tmp_path) as home,
        camera(tmp_path, "cage", play=film.camera("cage")),
        serving(home) as client,
    ):
        answer = client.get("/live/cage/index.m3u8")
        assert (answer.status_code, answer.json()["detail"]) == (
            404,
            "Camera cage has no HLS: it sends mjpeg, and HLS is made of h264 without encoding anew.",
        )
        with browser.new_context() as context:
            page = context.new_page()  # whose console complains of the 404, as it should
            page.goto(f"{home.url}/pages/live")
            tile = page.locator('.tile[data-camera="cage"]')
            tile.get_by_role("button", name="Enlarge Cage").click()
            tile.get_by_role("button", name=re.compile("Smooth")).click()
            expect(tile).to_have_attribute("data-showing", "stream-large")
            expect(tile.locator("img.feed")).to_have_js_property("naturalWidth", 160)


def test_the_snapshot_opens_the_newest_picture(
    browser: Browser, cameras: tuple[str, dict[str, RunningCamera]]
) -> None:
    url, _ = cameras
    with visiting(browser, url) as visitor:
        visitor.go("/pages/live")
        with visitor.page.context.expect_page() as opened:
            visitor.page.get_by_role("link", name="Still picture of Cage, in a new tab").click()
        assert opened.value.url == f"{url}/live.jpg?camera=cage"
