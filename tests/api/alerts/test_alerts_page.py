"""The page of alerts: thresholds in the reader's unit, default by emptiness, and everybody's own mails."""

import re
from html import unescape

import httpx
import pytest
from playwright.sync_api import expect

from tests.api.home import NOW, Home, event
from tests.browser import Visit

F = {"Cookie": "unit=F"}


def text(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def save(client: httpx.Client, unit: str = "C", **fields: str) -> httpx.Response:
    return client.post("/pages/alerts", data=fields, headers={"Cookie": f"unit={unit}"})


def kept(client: httpx.Client, rule: str, subject: str) -> dict[str, object]:
    settings = client.get("/alerts/config").json()["settings"]
    return next(one for one in settings if (one["rule"], one["subject"]) == (rule, subject))


def test_thresholds_are_set_and_shown_in_the_readers_unit(client: httpx.Client) -> None:
    before = text(client.get("/pages/alerts", headers=F))
    assert "The hutch location Warns below 60.1 °F and above 75 °F (default)" in before
    answer = save(
        client, "F", rule="temperature", subject_kind="location", subject="hutch", low="62", high=""
    )
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/pages/alerts?saved=temperature#temperature",
    )
    assert kept(client, "temperature", "hutch")["low"] == 16.667
    shown = client.get(answer.headers["location"], headers=F)
    assert "The hutch location Warns below 62 °F and above 75 °F Change" in text(shown)
    assert "Kept." in text(shown)
    assert "Warns below 16.7 °C and above 23.9 °C" in text(client.get("/pages/alerts"))


def test_emptiness_is_the_default_again(client: httpx.Client) -> None:
    whose = {"rule": "no_event", "subject_kind": "home", "subject": "home"}
    save(client, **whose, high="90 min")
    assert "Whole home home Warns after 90 min Change" in text(client.get("/pages/alerts"))
    save(client, **whose, high="", off="true")
    assert "Whole home home Never warns" in text(client.get("/pages/alerts"))
    save(client, **whose, high="")
    assert "Whole home home Warns after 1 d (default)" in text(client.get("/pages/alerts"))


def test_a_change_per_hour_is_a_difference(client: httpx.Client) -> None:
    save(client, "F", rule="temperature_change", subject_kind="location", subject="hutch", high="9")
    assert kept(client, "temperature_change", "hutch")["high"] == pytest.approx(5)
    assert "above 9 °F/h" in text(client.get("/pages/alerts", headers=F))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"high": "warm"}, "Too cold or too warm: 'warm' is no number."),
        (
            {"low": "30", "high": "20"},
            "Too cold or too warm: Below, which is 30 °C, must be less than Above, which is 20 °C.",
        ),
        ({"high": "200"}, "temperature high must be from -50 to 80 °C, not 200"),
        ({"high": "nan"}, "high should be a finite number."),
        ({"high": "9e9"}, "high may be 1000000 at most."),
        ({"rule": "tides"}, "There is no such alert."),
        ({"subject_kind": "moon"}, "There is no such alert."),
        ({"subject": "attic"}, "There is no location 'attic'"),
        ({"rule": "no_event", "high": "soon"}, "Nothing seen: 'soon' is no length of time"),
    ],
)
def test_a_slip_gets_a_sentence_on_the_page(
    empty_client: httpx.Client, fields: dict[str, str], words: str
) -> None:
    sent = {"rule": "temperature", "subject_kind": "location", "subject": "hutch", **fields}
    answer = save(empty_client, **sent)
    assert answer.status_code == 422
    assert words in text(answer)
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize(
    ("unit", "low", "celsius"),
    [("F", "62", 16.667), ("F", "16 °C", 16), ("C", "62°f", 16.667), ("C", "16,5 C", 16.5)],
)
def test_a_unit_that_is_typed_counts(client: httpx.Client, unit: str, low: str, celsius: float) -> None:
    save(client, unit, rule="temperature", subject_kind="location", subject="hutch", low=low)
    assert kept(client, "temperature", "hutch")["low"] == celsius


def test_a_slip_is_told_in_the_readers_unit_and_stays_typed(client: httpx.Client) -> None:
    answer = save(
        client, "F", rule="temperature", subject_kind="location", subject="hutch", low="75", high="60"
    )
    assert "Below, which is 75 °F, must be less than Above, which is 60 °F." in text(answer)
    assert re.search(
        r'<details open>.*?name="low" value="75".*?name="high" value="60"', answer.text, re.DOTALL
    )
    assert answer.text.count("<details open>") == 1


def test_mails_are_chosen_and_who_has_no_contact_point_is_told_how_to_name_one(
    home: Home, client: httpx.Client
) -> None:
    home.store(event(NOW).point())
    page = client.get("/pages/alerts")
    assert "Nobody: no contact point is configured. Name one under [[alerts.contacts]]" in text(page)
    assert "None is sent while no contact point is configured." in text(page)
    assert len(re.findall(r'name="wanted" value="\w+" checked', page.text)) == page.text.count(
        'name="wanted"'
    )
    answer = client.post("/pages/alerts/mails", data={"wanted": ["gas", "silence"]})
    assert answer.status_code == 303
    shown = client.get(answer.headers["location"]).text
    assert set(re.findall(r'name="wanted" value="(\w+)" checked', shown)) == {"gas", "silence"}
    none = client.post("/pages/alerts/mails")
    assert "checked" not in client.get(none.headers["location"]).text


def test_a_threshold_is_changed_with_a_thumb(visit: Visit) -> None:
    with visit(phone=True) as visitor:
        page = visitor.page
        visitor.go("/pages/alerts")
        row = page.locator("#temperature li").filter(has_text="Nursery")
        row.get_by_text("Change").tap()
        row.get_by_label("Below").fill("17")
        row.get_by_role("button", name="Save").tap()
        expect(page.locator("#temperature li").filter(has_text="Nursery")).to_contain_text(
            "Warns below 17 °C"
        )
        visitor.go("/")
        expect(page.get_by_role("region", name="Nursery").first).to_contain_text("Safe from 17.0")
