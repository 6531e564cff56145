"""The pages of pets: who is there, photographs by hand, the week and the map."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.api.home import NOW, Home, a_home, event, serving
from tests.api.lived_in import jpeg, live_in
from tests.api.looking import CONTRAST, TOO_SMALL
from tests.api.pages.test_pages import text
from tests.api.pets.test_catalogue import seen
from tests.browser import visiting
from vision.events import event_id

PLAYING = event_id("cage", NOW - timedelta(minutes=4), 1)


def with_pets(home: Home) -> Home:
    """A home that is lived in, where miso was seen all day."""
    live_in(home)
    home.store(
        *(event(NOW - timedelta(hours=7 * n), track=90 + n).point() for n in range(20)),
        *(seen("miso", timedelta(seconds=10 * n), 0.2 + n % 7 / 10) for n in range(1, 361)),
        seen("miso", timedelta(hours=2), camera="cot-cam"),
    )
    return home


@pytest.fixture
def lived(home: Home) -> Iterator[httpx.Client]:
    with serving(with_pets(home)) as client:
        yield client


def test_the_list_tells_who_was_seen_when(lived: httpx.Client) -> None:
    page = text(lived.get("/pages/pets"))
    assert "Miso Simulated Seen just now · Cage" in page
    assert "Chancho Simulated Seen 21 min ago · Cage 1 × sitting" in page
    assert "Not recognised" not in page


def test_a_home_without_pets_says_how_to_begin(empty_client: httpx.Client) -> None:
    assert "No pet is known yet Give the first one a name below" in text(empty_client.get("/pages/pets"))


def test_a_new_pet_has_a_page_at_once(lived: httpx.Client) -> None:
    made = lived.post("/pages/pets", data={"name": " Little  Nori "})
    assert (made.status_code, made.headers["location"]) == (303, "/pages/pets/little-nori")
    page = text(lived.get("/pages/pets/little-nori"))
    assert "Little Nori Not seen yet" in page
    assert "No camera saw Little Nori in this time" in page
    assert "does not recognise pets by their looks yet" in page
    assert "Nothing is said." in page
    assert lived.post("/pages/pets", data={"name": "little-nori", "expected": "true"}).status_code == 303
    assert "Hutch says so, as of a sensor" in text(lived.get("/pages/pets/little-nori"))


def test_a_name_that_cannot_be_is_explained_and_stays_typed(lived: httpx.Client) -> None:
    refused = lived.post("/pages/pets", data={"name": "Zoë </3"})
    assert refused.status_code == 422
    assert "up to 48 characters and no slash" in text(refused)
    assert 'value="Zoë &lt;/3"' in refused.text


def test_a_pet_of_any_name_can_be_expected_from_its_page(lived: httpx.Client) -> None:
    address = lived.post("/pages/pets", data={"name": "Möhrli 🐱"}).headers["location"]
    found = re.search(r'name="name" value="([^"]+)"', lived.get(address).text)
    assert found
    again = lived.post("/pages/pets", data={"name": found[1], "expected": "true"})
    assert (again.status_code, again.headers["location"]) == (303, address)
    assert "Möhrli 🐱 Not seen yet" in text(lived.get(address))


def test_the_week_is_drawn_and_told_in_a_table(lived: httpx.Client) -> None:
    answer = lived.get("/pages/pets/miso")
    assert len(re.findall(r'<rect class="k0"', answer.text)) == 6
    assert "Thursday 28 May" in text(answer)
    assert re.search(r"Thursday 28 May \d+ × passing by", text(answer))


def test_the_map_has_windows_and_cameras(lived: httpx.Client) -> None:
    answer = lived.get("/pages/pets/miso")
    assert 'class="layer" src="/pets/miso/where.png?last=1w&amp;camera=cage"' in answer.text
    assert f'<img src="/snapshots/{PLAYING}" width="640"' in answer.text, "the map lies over nothing"
    assert "seen for 1 h" in text(answer)
    other = lived.get("/pages/pets/miso?last=24h&camera=cot-cam")
    assert "seen for 10 s" in text(other)
    assert 'href="?last=24h&amp;camera=cage#where"' in other.text
    assert lived.get("/pages/pets/miso?last=nonsense").status_code == 200


def test_a_photograph_comes_by_form_and_goes(lived: httpx.Client) -> None:
    added = lived.post("/pages/pets/miso/photos", files={"photo": ("a.jpg", jpeg(1), "image/jpeg")})
    assert (added.status_code, added.headers["location"]) == (303, "/pages/pets/miso?added=1#photos")
    assert "The photo is kept." in text(lived.get("/pages/pets/miso?added=1"))
    (photo,) = lived.get("/pets/miso/photos").json()["photos"]
    assert photo["photo"] in lived.get("/pages/pets/miso").text
    assert lived.post(f"/pages/pets/miso/photos/{photo['id']}/delete").status_code == 303
    assert "No photo yet." in text(lived.get("/pages/pets/miso"))
    assert "Choose a picture first" in text(lived.post("/pages/pets/miso/photos", data={"event_id": ""}))
    assert lived.post("/pages/pets/miso/photos", data={"event_id": PLAYING}).status_code == 303
    assert len(lived.get("/pets/miso/photos").json()["photos"]) == 1


def test_pages_of_nobody_are_not_there(lived: httpx.Client) -> None:
    assert "There is no pet 'rex'" in text(lived.get("/pages/pets/rex"))
    assert lived.get("/pages/pets/unknown").status_code == 404


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_pages_fit_and_a_photograph_is_sent(
    browser: Browser, tmp_path: Path, phone: bool, dark: bool
) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg(4))
    with (
        a_home(tmp_path) as home,
        serving(with_pets(home)),
        visiting(browser, home.url, phone=phone, dark=dark) as visitor,
    ):
        page = visitor.page
        visitor.go("/pages/pets")
        for _ in range(2):
            page.wait_for_load_state("load")
            wide, here = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide <= here, f"{page.url} is {wide - here} px wider than the screen"
            assert page.evaluate(TOO_SMALL) == []
            assert page.evaluate(CONTRAST) == []
            if page.url.endswith("/pages/pets"):
                page.get_by_role("link", name="Miso").click()
                page.wait_for_url("**/pages/pets/miso")
        ground, layer = page.locator(".layers img").all()
        expect(ground).to_have_js_property("naturalWidth", 640)
        expect(layer).to_have_js_property("naturalWidth", 160)
        assert ground.bounding_box() == layer.bounding_box(), "the map is not where the camera saw the pet"
        page.get_by_label("A photo of Miso").set_input_files(tmp_path / "photo.jpg")
        page.get_by_role("button", name="Keep this photo").click()
        expect(page.locator(".photos .saved")).to_have_text("The photo is kept.")
        expect(page.get_by_alt_text("Photo 1 of Miso")).to_have_js_property("naturalWidth", 640)


def test_a_photograph_that_is_too_large_is_said_without_a_word_of_parts(
    browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(bytes(11 * 2**20))
    with a_home(tmp_path) as home, serving(with_pets(home)), visiting(browser, home.url) as visitor:
        visitor.go("/pages/pets/miso")
        visitor.page.get_by_label("A photo of Miso").set_input_files(tmp_path / "photo.jpg")
        visitor.page.get_by_role("button", name="Keep this photo").click()
        expect(visitor.page.locator("#upload [role=status]")).to_contain_text("Save it smaller")
        visitor.complaints.clear()


def test_a_picture_that_cannot_be_read_is_said_where_it_was_chosen(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"no picture")
    with a_home(tmp_path) as home, serving(with_pets(home)), visiting(browser, home.url) as visitor:
        visitor.go("/pages/pets/miso")
        visitor.page.get_by_label("A photo of Miso").set_input_files(tmp_path / "photo.jpg")
        visitor.page.get_by_role("button", name="Keep this photo").click()
        expect(visitor.page.locator("#upload [role=status]")).to_contain_text("neither a JPEG nor a PNG")
        expect(visitor.page.get_by_role("button", name="Keep this photo")).to_be_enabled()
        assert all("422" in complaint for complaint in visitor.complaints)
        visitor.complaints.clear()
