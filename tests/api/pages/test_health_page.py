"""The page of Health: each part in a sentence, what to do about it, and machines with their numbers."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from api.pages.shown_health import parts
from api.pages.shown_machines import size
from influx import points
from influx.registry import Kind, Thing, announcement, retirement
from influx.schema import NODE, PIPELINE, VOLUME
from tests.api.home import NOW, Home, a_home, serving
from tests.api.looking import CONTRAST, TOO_SMALL
from tests.api.pages.test_pages import text
from tests.browser import visiting
from vision.s3 import S3Clips

WELL: dict[str, Any] = {
    "store": {"reachable": True},
    "spool": {"reachable": True, "depth": 0, "oldest_age": 0.0, "rejected": 0, "dropped": 0},
    "disk": {"free": 20_000_000_000},
    "clips": {"reachable": True},
    "collector": {"last_report": "2026-05-28T14:00:00Z"},
    "cameras": {"cage": {"state": "running", "frame_age": 0.1, "reason": ""}},
    "registry": {"expected": 3, "missed": []},
}


LATE = {"depth": 7, "oldest_age": 90, "reason": "x"}
LOST = {"state": "lost", "reason": "cable"}


def told(part: str, **changed: Any) -> list[str]:
    """What the page says first where one part changed: title, sentence, advice."""
    first = parts({**WELL, part: {**WELL[part], **changed}})[0]
    assert first.state != "well"
    return [first.title, first.sentence, first.advice]


def test_all_is_said_to_be_well_where_it_is() -> None:
    shown = parts(WELL)
    assert {part.state for part in shown} == {"well"}
    assert all(part.sentence.endswith(".") and not part.advice for part in shown)
    assert not [part.sentence for part in shown if "heard of" in part.sentence], (
        "some may not have spoken yet"
    )
    assert "20.0\N{NARROW NO-BREAK SPACE}GB free." in [part.sentence for part in shown]


@pytest.mark.parametrize(
    ("part", "changed", "title", "sentence", "advice"),
    [
        ("store", {"reachable": False, "reason": "no answer"}, "Database", "No answer.", "is not lost"),
        (
            "spool",
            LATE,
            "Points on their way",
            "7 points wait",
            "spool",
        ),
        ("spool", {"reachable": False, "reason": "x"}, "Points on their way", "X.", "can be written"),
        ("spool", {"rejected": 2}, "Refused points", "refused 2 points", "hutch spool dead"),
        ("spool", {"dropped": 2}, "Lost points", "2 points were given up", "max_bytes"),
        ("disk", {"reason": "full"}, "Disk", "Full.", "retention"),
        ("clips", {"reachable": False, "reason": "away"}, "Clips", "Away.", "outbox"),
        ("collector", {"reason": "silent"}, "Collector", "Silent.", "its log says why"),
        (
            "cameras",
            {"cage": LOST},
            "Camera Cage",
            "No picture: cable.",
            "power",
        ),
        ("cameras", {"cage": {"state": "away", "reason": ""}}, "Camera Cage", "Does not run.", "consent"),
        ("cameras", {"cage": {"state": "starting", "reason": ""}}, "Camera Cage", "Starts.", "seconds"),
        ("registry", {"missed": ["hat"], "reason": "hat is missed"}, "What is expected", "Hat", "retire"),
        ("registry", {"expected": None, "missed": None}, "What is expected", "Nobody can say", ""),
    ],
)
def test_each_trouble_stands_first_and_says_what_to_do(
    part: str, changed: dict[str, Any], title: str, sentence: str, advice: str
) -> None:
    found = told(part, **changed)
    assert found[0] == title
    assert sentence in found[1]
    assert advice in found[2]


def furnished(home: Home) -> Home:
    """A home of which everything is told."""
    node = {"cpu_temperature": 51.2, "load": 0.42, "disk_used": 37, "uptime": 90_000}
    spool = {"depth": 4, "oldest_age": 2.0, "accepted": 1_234_567}
    room = {"used": 8 * 10**9, "budget": 10**10, "free": 10**9}
    home.store(
        points.make(NODE, {"node": "pi"}, node, NOW),
        points.make(PIPELINE, {"node": "pi", "part": "spool"}, spool, NOW),
        points.make(PIPELINE, {"node": "pi", "part": "outbox"}, {"depth": 2, "oldest_age": 75.0}, NOW),
        points.make(VOLUME, {"node": "pi", "volume": "clips"}, room, NOW),
        announcement(Thing(Kind.SENSOR, "dongle", "pi"), NOW - timedelta(days=2)),
        announcement(Thing(Kind.PET, "nori", "pi"), NOW - timedelta(days=2)),
        announcement(Thing(Kind.NODE, "pi", "pi"), NOW),
        retirement(Thing(Kind.CAMERA, "old", "pi"), NOW),
    )
    return home


def test_machines_and_whoever_is_missed_are_listed(home: Home, client: httpx.Client) -> None:
    furnished(home)
    page = text(client.get("/pages/health"))
    for words in (
        "Not all is well",
        "Pi told just now",
        "Processor 51.2 °C",
        "Running for 1 day 1 h",
        "Points waiting 4, the oldest for 2 s",
        "Points delivered 1 234 567",
        "Clips waiting 2, the oldest for 1 min 15 s",
        "clips 8.0 GB of 10.0 GB, 1.0 GB free",
        "Sensor dongle of pi Never spoke. See that it has power and runs.",
        "hutch registry retire sensor dongle",
        "Pet nori Never seen. Look after it.",
        "Node pi Heard just now.",
        "Camera old of pi Not expected any more.",
        "Hutch 0.1.0",
    ):
        assert words in page, words
    fahrenheit = client.get("/pages/parts/health", headers={"Cookie": "unit=F"})
    assert "Processor 124.2 °F" in text(fahrenheit)


def test_the_page_lives_without_the_store(cut_off: tuple[Home, httpx.Client]) -> None:
    _home, client = cut_off
    page = client.get("/pages/health")
    assert page.status_code == 200
    assert "The database cannot be reached" in text(page)
    assert "Nobody can say while the database is away." in text(page)


def test_a_store_of_clips_that_is_away_is_told(home: Home) -> None:
    clips = S3Clips("127.0.0.1:9", "hutch-clips", "key", "secret", secure=False)
    home.context = replace(home.context, clips=clips)
    with serving(home) as client:
        found = client.get("/health").json()
    clips.close()
    assert found["status"] == "degraded"
    assert not found["clips"]["reachable"]
    assert found["clips"]["reason"]
    assert "127.0.0.1" not in found["clips"]["reason"]


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2.5e9, "2.5 GB"), (3e12, "3.0 TB")]
)
def test_bytes_are_read_in_their_largest_unit(count: float, words: str) -> None:
    assert size(count).replace("\N{NARROW NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_page_fits_and_is_renewed(browser: Browser, tmp_path: Path, phone: bool, dark: bool) -> None:
    with (
        a_home(tmp_path) as home,
        serving(furnished(home)),
        visiting(browser, home.url, phone=phone, dark=dark) as visitor,
    ):
        page = visitor.page
        page.clock.install()
        visitor.go("/pages/health")
        page.wait_for_load_state("load")
        wide, here = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= here, f"the page is {wide - here} px wider than the screen"
        assert page.evaluate(TOO_SMALL) == []
        assert page.evaluate(CONTRAST) == []
        home.clock.moment = NOW + timedelta(minutes=3)
        page.clock.run_for(11_000)
        expect(page.locator(".health-tables")).to_contain_text("told 3")
