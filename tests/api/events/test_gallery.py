"""The gallery: pictures by day, pages of them, filters, and the buttons that take new ones."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.api.home import NOW, Home, a_home, event, serving
from tests.api.lived_in import live_in
from tests.api.looking import CONTRAST, TOO_SMALL
from tests.api.running_camera import camera
from tests.browser import Visit, visiting
from vision.clips import clip_key, snapshot_key
from vision.events import CLIP_PRUNED, CLIP_STORED, Event

HOUR = timedelta(hours=1)


def picture(number: int, *, camera: str = "cage", pet: str = "miso", event_type: str = "passing") -> Event:
    seen = event(NOW - number * HOUR, track=number, camera=camera, pet=pet, event_type=event_type)
    return replace(seen, snapshot=snapshot_key(seen.id))


def shown(html: str) -> list[str]:
    return re.findall(r'<li><a href="/pages/events/([^"]+)">', html)


def older(html: str) -> str:
    found = re.search(r'id="older" href="([^"]+)"', html)
    return found[1].replace("&amp;", "&") if found else ""


def test_pictures_come_by_day_and_older_ones_are_a_link_away(home: Home, client: httpx.Client) -> None:
    events = [picture(number) for number in range(1, 200)]
    without = event(NOW - timedelta(minutes=5))
    home.store(without.point(), *(one.point() for one in events))
    found: list[str] = []
    address = "/pages/gallery"
    while address:
        html = client.get(address).text
        assert shown(html), "an empty page"
        found += shown(html)
        address = older(html)
    assert found == [one.id for one in events], "one is missing, or without a picture"
    first = client.get("/pages/gallery").text
    assert re.findall(r'data-day="([^"]+)"', first)[:2] == ["2026-05-28", "2026-05-27"]


def test_pictures_are_filtered_by_pet_camera_and_hand(home: Home, client: httpx.Client) -> None:
    miso, photo = picture(1, pet="miso"), picture(2, pet="unknown", event_type="photo")
    nori, film = picture(3, pet="nori", camera="cot"), picture(4, pet="unknown", event_type="recording")
    lapse = picture(5, pet="unknown", event_type="timelapse")
    home.store(*(one.point() for one in (miso, photo, nori, film, lapse)))
    asked = {
        "": [miso, photo, nori, film, lapse],
        "pet=Miso": [miso],
        "camera=cot": [nori],
        "captures=only": [photo, film],
    }
    for query, wanted in asked.items():
        assert shown(client.get(f"/pages/gallery?{query}").text) == [one.id for one in wanted], query
    assert "No picture matches" in client.get("/pages/gallery?pet=nobody").text


def test_the_time_lapses_of_a_day_stand_at_its_head(home: Home, client: httpx.Client) -> None:
    midnight = (NOW - timedelta(days=1)).astimezone(home.context.timezone).replace(hour=0, minute=0)
    films = []
    for name, state in (("cage", CLIP_STORED), ("cot", CLIP_PRUNED)):
        film = event(midnight, track=0, camera=name, pet="unknown", event_type="timelapse")
        films.append(replace(film, clip=clip_key(film.id), clip_state=state, end=midnight + 24 * HOUR))
    yesterday = replace(event(NOW - 24 * HOUR), snapshot="s")
    home.store(picture(1).point(), yesterday.point(), *(film.point() for film in films))
    html = client.get("/pages/gallery").text
    _, today, before = html.split("data-day=")
    assert "The whole day in a minute" not in today
    assert before.count("The whole day in a minute, cage") == 1
    assert f'href="/pages/events/{films[0].id}"' in before
    assert "The whole day in a minute, cot" not in before, "its clip was pruned"
    page = client.get(f"/pages/events/{films[0].id}").text
    assert "<h1>Time-lapse" in page
    assert f'src="/clips/{films[0].id}"' in page
    assert "The whole day" not in client.get("/pages/gallery?camera=cot").text
    asleep = [event(midnight + HOUR, camera=name, event_type="sleeping") for name in ("cage", "cot")]
    home.store(*(one.point() for one in asleep))
    pages = [client.get(f"/pages/events/{one.id}").text for one in asleep]
    assert [f'href="/pages/events/{films[0].id}"' in page for page in pages] == [True, False]
    assert ["The whole day in a minute" in page for page in pages] == [True, False]


def test_without_a_script_a_button_takes_a_photo_and_comes_back(home: Home) -> None:
    with camera(home.context.data_dir, "cage") as running, serving(home) as client:
        for what in ("photo", "record"):
            answer = client.post(f"/pages/cameras/cage/{what}", follow_redirects=True)
            assert answer.status_code == 200
            assert "Taken. It is here in a few seconds." in answer.text
        assert len(running.photos) == 1
        away = client.post("/pages/cameras/cot/photo")
        assert (away.status_code, "is away" in away.text) == (503, True)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_gallery_fits_its_screen_and_is_read_without_effort(
    visit: Visit, phone: bool, dark: bool
) -> None:
    with visit(phone=phone, dark=dark) as visitor:
        visitor.go("/pages/gallery")
        expect(visitor.page.locator(".pictures li").first).to_be_visible()
        wide, here = visitor.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= here, f"the page is {wide - here} px wider than the screen"
        assert visitor.page.evaluate(TOO_SMALL) == [], "touch targets are lower than 44 px"
        assert visitor.page.evaluate(CONTRAST) == []


def test_older_pictures_come_as_one_scrolls(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home, serving(home), visiting(browser, home.url) as visitor:
        live_in(home)
        pictures = [picture(number, pet="nori", camera="cot") for number in range(1, 130)]
        jpeg = tmp_path / "seed.jpg"
        for one in pictures:
            home.context.clips.put(one.snapshot, jpeg)
        home.store(*(one.point() for one in pictures))
        visitor.go("/pages/gallery?camera=cot")
        items = visitor.page.locator(".pictures li")
        expect(items.first).to_be_visible()
        for _ in range(40):
            if items.count() == len(pictures):
                break
            visitor.page.mouse.wheel(0, 4000)
            visitor.page.wait_for_timeout(100)
        expect(items).to_have_count(len(pictures))
        days = visitor.page.locator(".day").evaluate_all("(all) => all.map((one) => one.dataset.day)")
        assert len(days) == len(set(days)), "a day that goes on over a page is there twice"
        expect(visitor.page.locator("#older")).to_have_count(0)


def test_a_photo_is_taken_without_leaving_the_page(browser: Browser, tmp_path: Path) -> None:
    with (
        a_home(tmp_path) as home,
        camera(tmp_path, "cage") as running,
        serving(live_in(home)),
        visiting(browser, home.url, phone=True) as visitor,
    ):
        visitor.go("/pages/gallery")
        box = visitor.page.locator('[data-capture="cage"]')
        box.get_by_role("button", name="Take a photo").click()
        expect(box.get_by_role("status")).to_contain_text("The photo is being stored")
        [(taken, _jpeg)] = running.photos
        stored = event(
            taken.start, track=0, pet="unknown", event_type="photo", snapshot=snapshot_key(taken.id)
        )
        home.clock.moment = taken.start
        home.store(stored.point())
        home.context.clips.put(stored.snapshot, tmp_path / "seed.jpg")
        box.get_by_role("link", name="Show the photo").click()
        expect(visitor.page.get_by_role("heading", name="Photo")).to_be_visible()
        expect(visitor.page.get_by_role("heading", name="Is that right?")).to_have_count(0)


def test_an_event_is_corrected_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    with a_home(tmp_path) as home, serving(live_in(home)), visiting(browser, home.url) as visitor:
        visitor.go("/pages/events")
        visitor.page.locator(".event-card a").first.click()
        visitor.page.get_by_role("button", name="This was Chancho").focus()
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.get_by_role("status").filter(has_text="Noted: Playing, Chancho")).to_be_visible()
        assert visitor.page.evaluate(TOO_SMALL) == []
        assert visitor.page.evaluate(CONTRAST) == []
        visitor.page.get_by_role("button", name="Undo").focus()
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.get_by_role("status").filter(has_text="Noted: Playing, Miso")).to_be_visible()
