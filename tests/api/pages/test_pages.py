"""The pages as the server renders them: what is said, what is escaped, what a browser may load."""

import re
import select
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from api.app import create_app
from api.pages.render import CONTENT_SECURITY_POLICY
from influx.config import Retention
from influx.embedded import EmbeddedStore
from influx.schema import JOURNAL
from tests.api.home import NOW, Home, a_home, event, reading, serving
from tests.api.lived_in import HOSTILE, entry, live_in
from tests.api.running_camera import camera
from vision.address import node_address, prepare
from vision.events import event_id

PAGES = ("/", "/pages/live", "/pages/events", "/pages/journal", "/pages/formula", "/pages/alerts")
PLAYING = event_id("cage", NOW - timedelta(minutes=4), 1)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a home that is lived in, for tests that change nothing."""
    with a_home(tmp_path_factory.mktemp("lived")) as home, serving(live_in(home)) as client:
        yield client


def text(answer: httpx.Response) -> str:
    """The words of a page, without its markup, white space folded."""
    words = unescape(re.sub(r"<[^>]+>", " ", answer.text))
    return re.sub(r"\s+", " ", words)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_and_allows_only_its_own_files(lived: httpx.Client, path: str) -> None:
    answer = lived.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert answer.text.count("<h1") == 1, "a page has one heading"
    assert re.findall(r'aria-current="page"', answer.text) == ['aria-current="page"']
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", answer.text), "a page loads from elsewhere"
    assert not re.findall(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", answer.text), "a page has inline code"


@pytest.mark.parametrize("path", PAGES)
def test_every_file_a_page_names_is_there(lived: httpx.Client, path: str) -> None:
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', lived.get(path).text))
    assert len(files) >= 5
    for file in files:
        assert lived.get(file).status_code == 200, file


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing.js", "/static/"]
)
def test_nothing_but_static_files_is_given_out(lived: httpx.Client, path: str) -> None:
    assert lived.get(path).status_code == 404


def test_a_page_says_what_to_do_where_there_is_nothing_yet(tmp_path: Path) -> None:
    with a_home(tmp_path) as home:
        home.context = replace(home.context, locations=(), sensors=(), cameras=())
        with serving(home) as client:
            assert "charts.js" not in client.get("/").text, "there is nothing to draw"
            assert "Nothing measured yet Name a room under [[locations]]" in text(client.get("/"))
            assert "Name one under [[vision.cameras]]" in text(client.get("/"))
            assert "Nothing has happened yet" in text(client.get("/pages/events"))
            assert "No camera yet" in text(client.get("/pages/live"))
            assert "Nothing is written down today" in text(client.get("/pages/journal"))


def test_a_value_outside_the_safe_range_is_a_warning_in_words(lived: httpx.Client) -> None:
    assert "Too warm: 24.7 °C, the safe range ends at 23.9 °C." in text(lived.get("/"))


def test_a_value_below_the_safe_range_is_too_cold(home: Home, client: httpx.Client) -> None:
    home.store(reading(NOW, 14.96))
    assert "Too cold: 15.0 °C, the safe range starts at 15.6 °C." in text(
        client.get("/pages/parts/locations")
    )


def test_a_value_that_was_not_followed_is_never_current(home: Home, client: httpx.Client) -> None:
    home.store(reading(NOW, 30.0))
    assert "not current" not in text(client.get("/pages/parts/locations"))
    home.clock.moment = NOW + timedelta(minutes=2)
    shown = client.get("/pages/parts/locations")
    assert "not current, last heard 2 min ago" in text(shown)
    assert 'class="value stale"' in shown.text
    assert "Too warm" not in text(shown), "an old value is no alarm of now"


def test_a_sensor_that_never_spoke_is_named(home: Home, client: httpx.Client) -> None:
    assert "hat has not been heard of yet" in text(client.get("/"))


def test_simulated_values_and_events_are_labelled(lived: httpx.Client) -> None:
    locations = re.split("<section", lived.get("/pages/parts/locations").text)
    assert ["Simulated" in location for location in locations[1:]] == [True, False]
    assert "Simulated" in text(lived.get(f"/pages/events/{PLAYING}"))


def test_fahrenheit_is_kept_for_the_reader(lived: httpx.Client) -> None:
    with httpx.Client(base_url=lived.base_url) as reader:
        chosen = reader.post("/pages/unit", data={"unit": "F"})
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/")
        cookie = chosen.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        page = text(reader.get("/"))
        assert "Too warm: 76.5 °F, the safe range ends at 75.0 °F." in page
        assert "Safe from 60.1 to 75.0 °F" in page
    assert "24.7 °C" in text(lived.get("/")), "another reader has another unit"


@pytest.mark.parametrize(
    ("window", "address"),
    [
        ({"last": "24h"}, "/"),
        ({"last": "P30D"}, "/?last=P30D"),
        (
            {"last": "", "from": "2026-05-27T22:00", "to": "2026-05-28T06:30"},
            "/?from=2026-05-27T22%3A00&to=2026-05-28T06%3A30",
        ),
        ({"last": "//evil.example&x=y"}, "/?last=%2F%2Fevil.example%26x%3Dy"),
    ],
)
def test_who_chooses_a_unit_comes_back_to_the_window_and_nowhere_else(
    lived: httpx.Client, window: dict[str, str], address: str
) -> None:
    with httpx.Client(base_url=lived.base_url) as reader:
        chosen = reader.post("/pages/unit", data={"unit": "C", **window})
    assert (chosen.status_code, chosen.headers["location"]) == (303, address)


def test_a_unit_that_is_none_is_refused(lived: httpx.Client) -> None:
    answer = lived.post("/pages/unit", data={"unit": "K"})
    assert answer.status_code == 422
    assert "That did not work" in text(answer)


def test_a_free_window_is_read_in_the_homes_zone(lived: httpx.Client) -> None:
    page = lived.get("/", params={"from": "2026-05-27T22:00", "to": "2026-05-28T06:30"}).text
    assert 'data-start="2026-05-27T20:00:00Z" data-stop="2026-05-28T04:30:00Z" data-last=""' in page


@pytest.mark.parametrize(
    ("asked", "shown"), [("P30D", "30d"), ("365d", "365d"), ("168h", "1w"), ("PT5H", "PT5H")]
)
def test_any_length_of_time_can_be_bookmarked(lived: httpx.Client, asked: str, shown: str) -> None:
    page = lived.get("/", params={"last": asked}).text
    assert f'data-start="" data-stop="" data-last="{shown}"' in page
    assert page.count(f'data-last="{shown}" aria-current="true"') == (shown != "PT5H")
    assert "must be a length of time" not in page


@pytest.mark.parametrize("last", ["soon", "", "0d", "-3h", "P99Y", "9" * 40])
def test_a_length_that_is_nonsense_gets_a_sentence(lived: httpx.Client, last: str) -> None:
    page = lived.get("/", params={"last": last})
    assert page.status_code == 200
    assert "“Last” must be a length of time, for example 3h, 2d or P30D. Here is the last day." in text(page)
    assert 'data-last="24h" aria-current="true"' in page.text


@pytest.mark.parametrize("half", ["from", "to"])
def test_half_a_window_gets_a_sentence(lived: httpx.Client, half: str) -> None:
    page = lived.get("/", params={half: "2026-05-27T22:00"})
    assert "“From” must be a time before “to”" in text(page)


@pytest.mark.parametrize("to", ["2026-05-27T22:00", "1066-01-01T00:00", "soon", "0001-01-01T00:00"])
def test_a_window_that_is_nonsense_gets_a_sentence(lived: httpx.Client, to: str) -> None:
    page = lived.get("/", params={"from": "2026-05-27T22:00", "to": to})
    assert page.status_code == 200
    assert "“From” must be a time before “to”" in text(page)


@pytest.mark.parametrize("path", ["/", "/pages/live"])
def test_a_page_waits_for_no_camera(home: Home, client: httpx.Client, path: str) -> None:
    address = node_address(home.context.data_dir, "cage")
    prepare(address)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(address))
        silent.listen()
        page = client.get(path)
        assert select.select([silent], [], [], 0) == ([], [], []), "the page waits for the camera's answer"
    assert "Cage Simulated Asking" in text(page)
    assert 'data-part="/pages/parts/cameras/cage" data-every="5" data-at-once' in page.text
    assert '<noscript><img class="feed" src="/live.jpg?camera=cage"' in page.text


def test_a_lost_camera_says_since_when_and_why(tmp_path: Path) -> None:
    seconds = [1000.0]
    with (
        a_home(tmp_path) as home,
        camera(tmp_path, "cage", now=lambda: seconds[0]) as cage,
        serving(home) as client,
    ):
        assert text(client.get("/pages/parts/cameras/cage")).strip() == "Cage Simulated Live The hutch"
        cage.lose("the cable is out.")
        seconds[0] += 190
        told = text(client.get("/pages/parts/cameras/cage"))
        assert told.strip() == "Cage Simulated Lost since 15:56 (3 min ago): the cable is out"
        away = text(client.get("/pages/parts/cameras/cot"))
        assert away.strip() == "Cot Simulated Not running its process does not answer"
        assert client.get("/pages/parts/cameras/none").status_code == 404


def test_events_are_filtered_and_paged_by_links(lived: httpx.Client) -> None:
    page = lived.get("/pages/events", params={"pet": "miso", "type": "passing"})
    assert page.text.count('<li class="event-card">') == 24
    assert "Playing" not in re.sub("<option.*", "", page.text)
    older = unescape(re.findall(r'href="([^"]+)" rel="next"', page.text)[0])
    assert "pet=miso" in older
    last = lived.get(older)
    assert last.text.count('<li class="event-card">') == 7
    assert 'rel="next"' not in last.text
    assert 'href="/pages/events?pet=miso&amp;type=passing">Newest' in last.text
    shown = re.findall(r"/pages/events/(cage-[^\"]+)", page.text + last.text)
    assert len(set(shown)) == 31, "no event is skipped or repeated"


def test_a_day_without_events_says_so(lived: httpx.Client) -> None:
    assert "Nothing matches" in text(lived.get("/pages/events", params={"date": "2026-05-01"}))
    assert lived.get("/pages/events", params={"date": "today"}).status_code == 422
    assert lived.get("/pages/events", params={"before": "nonsense"}).status_code == 422


def test_an_event_shows_its_clip_its_evidence_and_the_climate(lived: httpx.Client) -> None:
    page = lived.get(f"/pages/events/{PLAYING}")
    assert f'src="/clips/{PLAYING}"' in page.text
    assert f'poster="/snapshots/{PLAYING}"' in page.text
    assert 'preload="metadata" playsinline' in page.text
    words = text(page)
    assert "Miso · Chancho's hutch · Today, 15:56:00 · 34 s" in words
    assert "Mean motion 0.0412" in words
    assert "Still no" in words
    assert "How sure 87 %" in words
    assert re.search(r"hat, 15:5\d:\d\d Simulated", words), "the reading nearest before the event"


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("waiting", "It will play here soon"),
        ("pruned", "removed to make room"),
        ("lost", "could not be saved"),
        ("none", "Neither a clip nor a picture of this moment is kept."),
    ],
)
def test_a_clip_that_cannot_play_says_why(
    home: Home, client: httpx.Client, state: str, sentence: str
) -> None:
    made = event(NOW, clip="" if state == "none" else "cage/x.mp4", clip_state=state)
    home.store(made.point())
    page = client.get(f"/pages/events/{made.id}")
    assert sentence in text(page)
    assert "<video" not in page.text
    assert "No reading of The hutch is kept from that time" in text(page)


def test_an_event_that_does_not_exist_is_a_page_with_a_way_back(lived: httpx.Client) -> None:
    for name in ("cage-20260528T120000000Z-9", "nonsense", "<script>"):
        answer = lived.get(f"/pages/events/{name}")
        assert answer.status_code == 404
        assert "There is no such event" in text(answer)
        assert 'href="/"' in answer.text


def test_what_people_and_devices_write_is_never_markup(home: Home, client: httpx.Client) -> None:
    home.store(event(NOW, pet=HOSTILE, camera="a<i>b").point())
    home.store(reading(NOW, 20.0, location="<u>attic"))
    client.post(
        "/pages/journal", data={"entry_type": "food", "amount": "1", "name": HOSTILE, "note": HOSTILE}
    )
    for path in (*PAGES, "/pages/parts/locations", "/pages/parts/events"):
        shown = client.get(path)
        assert shown.status_code == 200
        for tag in ("<b>", "<u>", "<i>b"):
            assert tag not in shown.text, f"{path} holds {tag}"
    assert "&lt;b&gt;oat" in client.get("/pages/journal").text


def test_an_entry_is_written_down_without_scripts_and_taken_back(client: httpx.Client) -> None:
    entry = {"entry_type": "drink", "amount": "2,5", "name": "  oz   of milk ", "note": "slept after"}
    saved = client.post("/pages/journal", data=entry)
    assert saved.status_code == 303
    shown = client.get(saved.headers["location"])
    assert "Written down: 2.5 oz of milk" in text(shown)
    assert "16:00 2.5 oz of milk slept after" in text(shown)
    assert "Since drink 0 min" in text(shown)
    (entry_id,) = set(re.findall(r'name="entry_id" value="(\d+)"', shown.text))
    undone = client.post("/pages/journal/undo", data={"entry_id": entry_id})
    assert undone.status_code == 303
    gone = text(client.get(undone.headers["location"]))
    assert "The entry is taken back" in gone
    assert "oz of milk" not in gone
    again = client.post("/pages/journal/undo", data={"entry_id": entry_id})
    assert again.status_code == 404
    assert "no such entry" in text(again)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "-1"},
        {"amount": "much"},
        {"amount": "nan"},
        {"name": ""},
        {"name": "x" * 121},
        {"entry_type": "nap"},
    ],
)
def test_a_slip_in_the_journal_gets_a_sentence_and_keeps_what_was_typed(
    client: httpx.Client, wrong: dict[str, str]
) -> None:
    typed = {"entry_type": "food", "amount": "3", "name": "baby carrots", "note": "a <long> note"} | wrong
    answer = client.post("/pages/journal", data=typed)
    assert answer.status_code == 422
    assert re.search(r'class="warning" role="alert"', answer.text)
    assert next(iter(wrong)) in text(answer)
    assert "a &lt;long&gt; note" in answer.text
    assert "Nothing is written down today" in text(answer)


class CountingStore(EmbeddedStore):
    """A store that notes which measurements it is asked to write."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked: list[str] = []

    def write(self, measurement: str, lines: Sequence[str]) -> None:
        """Note and write."""
        self.asked.append(measurement)
        super().write(measurement, lines)


@pytest.mark.parametrize(("waiting", "writes"), [(0, [JOURNAL.name]), (60, [])])
def test_an_entry_goes_to_the_store_once_and_not_while_that_is_away(
    tmp_path: Path, waiting: float, writes: list[str]
) -> None:
    store = CountingStore(tmp_path / "points.sqlite", retention=Retention(), now=NOW.timestamp)
    with a_home(tmp_path, store) as home:
        if waiting:
            home.context.spool.add([reading(NOW, 20.0)])
            home.clock.moment += timedelta(seconds=waiting)

        async def write_down() -> httpx.Response:
            # Without a server there is no writer that drains the spool meanwhile.
            transport = httpx.ASGITransport(create_app(home.context))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                entry = {"entry_type": "food", "amount": "1", "name": "oats"}
                return await client.post("/pages/journal", data=entry)

        assert anyio.run(write_down).status_code == 303
        assert store.asked == writes


def test_a_form_of_another_site_writes_nothing(client: httpx.Client) -> None:
    answer = client.post(
        "/pages/journal",
        data={"entry_type": "food", "amount": "1", "name": "poison"},
        headers={"Origin": "http://elsewhere.example"},
    )
    assert answer.status_code == 403
    assert "poison" not in client.get("/pages/journal").text


def test_the_journal_lists_the_homes_day(home: Home, client: httpx.Client) -> None:
    home.clock.moment = NOW.replace(hour=21, minute=50)  # 23:50 in Zurich
    client.post("/pages/journal", data={"entry_type": "food", "amount": "1", "name": "late snack"})
    home.clock.moment += timedelta(minutes=20, seconds=1)
    page = text(client.get("/pages/journal"))
    assert "Nothing is written down today" in page
    assert "Since food 20 min 1 late snack, yesterday 23:50" in page


def test_what_was_written_down_before_midnight_can_be_read_and_taken_back_after_it(
    home: Home, client: httpx.Client
) -> None:
    late = NOW.replace(hour=21, minute=50)  # 23:50 in Zurich
    home.store(entry("drink", 90, "mL of milk", late), entry("food", 1, "pear", late - timedelta(days=1)))
    home.clock.moment = late + timedelta(minutes=20)
    answer = client.get("/pages/journal")
    _, _, yesterday = text(answer).partition("Yesterday 23:50 90 mL of milk")
    assert "Undo" in yesterday
    assert "pear Undo" not in text(answer), "the day before yesterday is over"


def test_what_a_child_refused_is_written_down_and_is_no_meal(home: Home, client: httpx.Client) -> None:
    fed = NOW - timedelta(hours=3)
    home.store(entry("drink", 120, "mL of milk", fed), entry("drink", 0, "mL of milk", NOW))
    answer = client.get("/pages/journal")
    assert "Since drink 3 h 120 mL of milk" in text(answer)
    assert "0 mL of milk Undo" in text(answer), "it stands in the list"
    assert 'name="amount" value="120"' in answer.text, "the usual is what was drunk"


def test_an_entry_that_cannot_be_kept_stays_in_the_form(home: Home, client: httpx.Client) -> None:
    home.context.spool.close()
    said = client.post("/pages/journal/said", data={"text": "90 ml milk"})
    typed = {"entry_type": "food", "amount": "3", "name": "baby carrots", "note": "all of them"}
    for answer, kept in (
        (said, ["90 ml milk"]),
        (client.post("/pages/journal", data=typed), [*typed.values()]),
    ):
        assert answer.status_code == 503
        assert re.search(r"This is not written down, .*\w\. ", text(answer))
        assert not [words for words in kept if words not in answer.text]


def test_who_takes_an_entry_back_that_somebody_else_took_back_still_sees_the_journal(
    home: Home, client: httpx.Client
) -> None:
    gone = client.post("/pages/journal/undo", data={"entry_id": "1770000000000000000"})
    assert gone.status_code == 404
    assert "There is no such entry any more." in text(gone)
    assert "Say it or type it" in text(gone)


@pytest.mark.parametrize(("temperature", "is_green"), [(20.0, True), (30.0, False), (None, False)])
def test_the_safe_range_is_green_only_where_it_is_kept(
    home: Home, client: httpx.Client, temperature: float | None, is_green: bool
) -> None:
    if temperature is not None:
        home.store(reading(NOW, temperature))
    [kind] = re.findall(r'<p class="(safe-words[^"]*)">\s+Safe from 15.6', client.get("/").text)
    assert (kind == "safe-words") == is_green


def test_the_formula_of_the_label_is_the_answer(lived: httpx.Client) -> None:
    page = text(lived.get("/pages/formula", params={"calories": "20", "volume": "67"}))
    assert "1 Pour 60 mL water 2 Add 1 level scoop Makes 67 mL at 20.0 kcal/fl oz" in page


def test_whole_scoops_say_what_they_really_make(lived: httpx.Client) -> None:
    part = text(lived.get("/pages/parts/formula", params={"calories": "22", "volume": "150"}))
    assert "1 Pour 108 mL water 2 Add 2 level scoops" in part
    assert "Makes 122 mL at 22.0 kcal/fl oz , 28 mL less than asked" in part


@pytest.mark.parametrize(
    ("calories", "volume"), [("60", "120"), ("20", "0"), ("nan", "120"), ("", "120"), ("x", "1")]
)
def test_what_no_one_should_feed_is_refused_in_a_sentence(
    lived: httpx.Client, calories: str, volume: str
) -> None:
    page = lived.get("/pages/formula", params={"calories": calories, "volume": volume})
    assert page.status_code == 422
    assert re.search(r"(Calories|Volume) must be", text(page))
    assert "mL water" not in text(page).replace("60 mL of water", "")


def test_pages_say_when_the_store_is_away_and_the_journal_still_takes_entries(
    cut_off: tuple[Home, httpx.Client],
) -> None:
    home, client = cut_off
    answer = client.get("/pages/events")
    assert answer.status_code == 503
    assert "The database cannot be reached" in text(answer)
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    kept = client.post("/pages/journal", data={"entry_type": "food", "amount": "1", "name": "oats"})
    assert kept.status_code == 303
    assert "Written down. It is listed here as soon" in text(client.get(kept.headers["location"]))
    assert "What you write down is kept" in text(client.get("/pages/journal"))
    assert "Since food not known now" in text(client.get("/pages/journal"))
    assert "Since drink not known now" in text(client.get("/pages/parts/lasts"))
    assert home.context.spool.status().depth == 1, "the entry waits in the spool"


def test_the_overview_lives_on_while_the_store_is_away(cut_off: tuple[Home, httpx.Client]) -> None:
    overview = cut_off[1].get("/")
    assert overview.status_code == 200
    assert 'data-camera="cage"' in overview.text, "the live picture needs no store"
    assert 'data-location="hutch" data-field="temperature"' in overview.text, "charts come back by themselves"
    for page in (overview, cut_off[1].get("/pages/parts/locations")):
        assert "The database cannot be reached just now." in text(page)
        assert "has not been heard of" not in text(page), "who is away may have been heard of"
    for page in (overview, cut_off[1].get("/pages/parts/events")):
        assert "when the database is back" in text(page)
        assert "Nothing has happened yet" not in text(page)
