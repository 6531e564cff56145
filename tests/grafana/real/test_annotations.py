"""Clips on the graph, in a real Grafana and a real browser: seen, pointed at, played, changed, gone."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from hutch.config import Config, load
from hutch.grafana.keeping import Keeping
from influx import points
from influx.connect import TOKEN_VARIABLE
from influx.corrections import Corrections, Said, points_of
from influx.points import Point
from influx.schema import PET_EVENT
from tests.api.home import event
from tests.browser import Visitor
from tests.daemon import until
from tests.e2e.test_demo import PLAYS
from tests.grafana.real.conftest import Stack
from tests.grafana.real.viewing import viewing
from tests.servers import Influx
from vision.clips import clip_key, snapshot_key
from vision.events import CLIP_PRUNED, CLIP_STORED, CLIP_WAITING, Event

_AT_MOST = 5.0
"""Seconds from the clip being closed until it is on the graph."""
_SECONDS = 40
_AROUND = 150
"""Seconds of the graph before and after the event that is looked at."""
_tracks = count(7001)

_CONFIG = """\
data_dir = "data"
[influx]
url = "{influx.url}"
org = "{influx.org}"
bucket_prefix = "{prefix}"
[[locations]]
name = "hutch"
label = "The hutch"
[api]
public_url = "{site}"
trusted_proxies = ["127.0.0.1"]
[grafana]
url = "{grafana}"
as_user = "hutch:notes"
"""


@pytest.fixture
def ada(browser: Browser, stack: Stack) -> Iterator[Visitor]:
    with viewing(browser, stack) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def config(stack: Stack, influx_server: Influx, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a Hutch that writes to the Grafana of the stack."""
    folder = tmp_path_factory.mktemp("hutch")
    (folder / "data").mkdir()
    path = folder / "hutch.toml"
    path.write_text(
        _CONFIG.format(
            influx=influx_server,
            prefix=stack.dashboards.prefix,
            site=stack.front.caddy.url,
            grafana=stack.grafana.url,
        )
    )
    return path


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Iterator[httpx.Client]:
    """Somebody who administers Grafana."""
    with stack.grafana.client() as client:
        yield client


@pytest.fixture
def kept(stack: Stack, config: Path) -> Iterator[Config]:
    """A Hutch that keeps the clips on the graphs meanwhile, as ``hutch run`` does."""
    settings, stop = load(config), threading.Event()
    keeping = Keeping(stack.front.home.context.store, settings, stop, {})
    thread = threading.Thread(target=keeping.run, name="annotations")
    thread.start()
    yield settings
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


@pytest.fixture
def clip(stack: Stack) -> Iterator[Event]:
    """A new event whose clip is just being stored: the file is there, and nothing says so yet."""
    home = stack.front.home
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=4)
    made = event(begin, camera="scripted", track=next(_tracks), seconds=_SECONDS, event_type="playing")
    files = home.context.data_dir
    home.context.clips.put(clip_key(made.id), files / "seed.mp4")
    home.context.clips.put(snapshot_key(made.id), files / "seed.jpg")
    home.store(_as(made, CLIP_WAITING))
    yield made
    store = home.context.store
    for point in points_of(store, made.camera, made.id, made.start):
        store.delete(PET_EVENT.name, point.tags, point.time_ns)


def _as(event: Event, state: str) -> Point:
    """The point that says what became of the clip of ``event``."""
    point = event.point()
    known = {"clip": clip_key(event.id), "snapshot": snapshot_key(event.id), "clip_state": state}
    return points.make(PET_EVENT, point.tags, {**point.fields, **known}, point.time)


def _drawn(admin: httpx.Client, event: Event) -> list[Any]:
    """What Grafana has of ``event``."""
    begin = round(event.start.timestamp() * 1000)
    window: dict[str, str | int] = {"from": begin, "to": begin, "tags": "clip", "limit": 1000}
    told = admin.get("/api/annotations", params=window).json()
    return [each for each in told if f"/clips/{event.id}" in each["text"]]


def _close(stack: Stack, event: Event) -> None:
    """Say that its clip is stored."""
    stack.front.home.store(_as(event, CLIP_STORED))


def _graph(page: Page) -> Locator:
    """The panel of the temperature."""
    return page.locator(".react-grid-item").filter(has_text="highest safe").first


def _pointed_at(ada: Visitor, event: Event) -> tuple[Page, Locator]:
    """The graph of Climate around ``event``, with the pointer at its region; the box that then opens."""
    first, last = event.start - timedelta(seconds=_AROUND), event.end + timedelta(seconds=_AROUND)
    window = "&".join(
        f"{name}={round(moment.timestamp() * 1000)}" for name, moment in (("from", first), ("to", last))
    )
    ada.go(f"/grafana/d/hutch-climate/?{window}")
    page = ada.page
    box = page.locator(f"a[href$='/clips/{event.id}']")

    def opened() -> bool:
        plots = _graph(page).locator(".u-over")
        if not plots.count() or (plot := plots.first.bounding_box()) is None:
            return False
        page.mouse.move(plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] / 2)
        # The region is in the middle of the window, and its marker below the graph.
        page.mouse.move(plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] + 4, steps=3)
        return bool(box.count())

    until("the region is there and says what it is", opened, 30)
    return page, box


def test_a_clip_that_is_closed_is_on_the_graph_within_seconds(
    stack: Stack, admin: httpx.Client, kept: Config, clip: Event
) -> None:
    _close(stack, clip)
    closed = time.monotonic()
    until("the clip is on the graph", lambda: bool(_drawn(admin, clip)), 30)
    taken = time.monotonic() - closed
    (item,) = _drawn(admin, clip)
    assert set(item["tags"]) == {"clip", "miso", "playing", "scripted"}
    assert item["timeEnd"] - item["time"] == _SECONDS * 1000
    assert taken <= _AT_MOST


def test_pointing_at_it_shows_picture_and_sentence_and_a_click_plays_it(
    stack: Stack, admin: httpx.Client, kept: Config, clip: Event, ada: Visitor
) -> None:
    _close(stack, clip)
    until("the clip is on the graph", lambda: bool(_drawn(admin, clip)), 30)
    page, box = _pointed_at(ada, clip)
    expect(box).to_have_text("Miso played for 40\u202fs, The hutch")
    picture = box.locator("img")
    expect(picture).to_be_visible()
    page.wait_for_function(
        "picture => picture.complete && picture.naturalWidth > 0", arg=picture.element_handle()
    )
    if folder := os.environ.get("HUTCH_SCREENSHOTS"):
        _take(page, box, Path(folder))
    box.click()
    page.wait_for_url(f"{stack.front.caddy.url}/clips/{clip.id}")
    width, height, seconds = page.locator("video").evaluate(PLAYS)
    assert (width, height, seconds) == (640, 360, 10)


def _take(page: Page, box: Locator, folder: Path) -> None:
    """A picture of the graph with the open box, for docs/."""
    graph = _graph(page).bounding_box()
    seen = box.bounding_box()
    assert graph is not None
    assert seen is not None
    bottom = seen["y"] + seen["height"] + 40
    page.screenshot(
        path=folder / "grafana-clip-on-the-graph.png", clip={**graph, "height": bottom - graph["y"]}
    )


def test_what_is_corrected_is_changed_on_the_graph(
    stack: Stack, admin: httpx.Client, kept: Config, clip: Event, ada: Visitor
) -> None:
    _close(stack, clip)
    until("the clip is on the graph", lambda: bool(_drawn(admin, clip)), 30)
    (before,) = _drawn(admin, clip)
    corrections = Corrections(stack.front.home.context.store, "pi")
    corrections.correct(clip.point(), Said("nori", "sleeping"), person="ada", now=datetime.now(UTC))
    until("it is Nori who slept", lambda: "Nori" in _drawn(admin, clip)[0]["text"], 30)
    (after,) = _drawn(admin, clip)
    assert after["id"] == before["id"]
    assert set(after["tags"]) == {"clip", "nori", "sleeping", "scripted"}
    _page, box = _pointed_at(ada, clip)
    expect(box).to_have_text("Nori slept for 40\u202fs, The hutch")


def test_what_is_pruned_is_gone_from_the_graph(
    stack: Stack, admin: httpx.Client, kept: Config, clip: Event
) -> None:
    _close(stack, clip)
    until("the clip is on the graph", lambda: bool(_drawn(admin, clip)), 30)
    stack.front.home.store(_as(clip, CLIP_PRUNED))
    until("it is gone", lambda: not _drawn(admin, clip), 30)


def test_an_emptied_grafana_is_filled_by_one_command(
    stack: Stack, admin: httpx.Client, config: Path, influx_server: Influx, clip: Event
) -> None:
    _close(stack, clip)
    assert _rebuilt(config, influx_server)
    before = _everything(admin)
    person = admin.post("/api/annotations", json={"time": 1, "text": "vet", "tags": ["clip"]}).json()["id"]
    for item in _items(admin):
        if item["id"] != person:
            admin.delete(f"/api/annotations/{item['id']}").raise_for_status()
    added, removed = _rebuilt(config, influx_server)
    assert (added, removed) == (len(before), 0)
    assert _everything(admin) == sorted([*before, (1, "vet")])
    assert _rebuilt(config, influx_server) == (len(before), len(before))
    assert _everything(admin) == sorted([*before, (1, "vet")])
    admin.delete(f"/api/annotations/{person}").raise_for_status()


def _items(admin: httpx.Client) -> list[Any]:
    items: list[Any] = admin.get("/api/annotations", params={"type": "annotation", "limit": 10_000}).json()
    return items


def _everything(admin: httpx.Client) -> list[tuple[int, str]]:
    return sorted((item["time"], item["text"]) for item in _items(admin))


def _rebuilt(config: Path, influx: Influx) -> tuple[int, int]:
    """Do it as somebody at a shell; how many were added and removed."""
    command = [sys.executable, "-m", "hutch", "grafana", "annotations", "--rebuild", "--config", str(config)]
    environment = os.environ | {TOKEN_VARIABLE: influx.token}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    said = re.fullmatch(r"(\d+) added, 0 changed, (\d+) removed\n", done.stdout)
    assert done.returncode == 0, done.stderr
    assert said is not None, done.stdout
    return int(said[1]), int(said[2])
