from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from api.health import room
from collector.health import pipeline_point
from influx.registry import Kind, Thing, announcement
from tests.api.home import NOW, Home, a_home, a_store_that_is_away, reading, serving
from tests.browser import visiting


def test_health_names_every_part(home: Home, client: httpx.Client) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    told = answer.json()
    assert told["node"] == "pi"
    assert told["version"] == "0.1.0"
    assert told["store"] == {"reachable": True}
    assert told["spool"]["reachable"]
    assert told["cameras"]["cage"]["state"] == "away"
    assert told["status"] == "degraded"


def report(home: Home) -> None:
    """Store what a collector reports of the spool now."""
    home.store(pipeline_point(home.context.spool.status(), home.context.node, now=home.clock.moment))


@pytest.fixture
def well(home: Home) -> Iterator[tuple[Home, httpx.Client]]:
    """A home without cameras where all is well, and a client of its server."""
    home.context = replace(home.context, cameras=())
    home.store(announcement(Thing(Kind.NODE, "pi", "pi"), NOW))
    with serving(home) as client:
        told = client.get("/health").json()
        assert told["status"] == "ok"
        assert told["disk"]["free"] > 0
        yield home, client


def test_a_collector_that_is_gone_is_told(well: tuple[Home, httpx.Client]) -> None:
    home, client = well
    report(home)
    home.clock.moment = NOW + timedelta(seconds=89)
    told = client.get("/health").json()
    assert (told["status"], told["collector"]) == ("ok", {"last_report": "2026-05-28T14:00:00Z"})
    home.clock.moment = NOW + timedelta(seconds=91)
    told = client.get("/health").json()
    assert told["status"] == "degraded"
    assert told["collector"]["reason"].startswith("no report of the collector was stored within 90 s")
    report(home)
    assert client.get("/health").json()["status"] == "ok"


def test_no_collector_is_missed_right_after_the_start(well: tuple[Home, httpx.Client]) -> None:
    home, client = well
    home.clock.moment = NOW + timedelta(seconds=90)
    told = client.get("/health").json()
    assert (told["status"], told["collector"]) == ("ok", {"last_report": None})


def test_a_report_of_another_node_or_part_does_not_count(well: tuple[Home, httpx.Client]) -> None:
    home, client = well
    home.clock.moment = NOW + timedelta(seconds=100)
    status = home.context.spool.status()
    home.store(pipeline_point(status, "other", now=home.clock.moment))
    assert "reason" in client.get("/health").json()["collector"]


def test_an_empty_registry_beside_configured_sensors_is_told(home: Home) -> None:
    home.context = replace(home.context, cameras=())
    with serving(home) as client:
        assert client.get("/health").json()["status"] == "ok", "it has just started"
        home.clock.moment = NOW + timedelta(seconds=91)
        report(home)
        told = client.get("/health").json()
        assert told["status"] == "degraded"
        assert told["registry"]["reason"].startswith("nothing is registered, though sensors or cameras")
        home.store(announcement(Thing(Kind.NODE, "pi", "pi"), NOW))
        assert client.get("/health").json()["status"] == "ok"


def test_a_home_without_sensors_misses_no_collector(home: Home) -> None:
    home.context = replace(home.context, cameras=(), sensors=())
    with serving(home) as client:
        home.clock.moment = NOW + timedelta(hours=1)
        told = client.get("/health").json()
    assert told["status"] == "ok"
    assert "collector" not in told


def test_points_that_wait_long_are_told(tmp_path: Path) -> None:
    with a_home(tmp_path, a_store_that_is_away()) as home, serving(home) as client:
        home.context.spool.add([reading(NOW, 20)])
        assert "reason" not in client.get("/health").json()["spool"]
        home.clock.moment = NOW + timedelta(seconds=61)
        told = client.get("/health").json()
    assert told["status"] == "degraded"
    assert told["spool"]["reason"] == "points have waited for the database for 61 s"


MIB = 1024**2


@pytest.mark.parametrize(
    ("total", "free", "well"),
    [
        (1000 * MIB, 51 * MIB, True),
        (1000 * MIB, 49 * MIB, False),
        (30_000 * MIB, 301 * MIB, True),
        (30_000 * MIB, 299 * MIB, False),
    ],
)
def test_a_disk_is_full_below_50_mib_or_one_hundredth(total: int, free: int, well: bool) -> None:
    assert room(total, free)["free"] == free
    assert ("reason" not in room(total, free)) == well


def test_a_folder_that_is_gone_is_told(home: Home, tmp_path: Path) -> None:
    home.context = replace(home.context, cameras=(), data_dir=tmp_path / "gone")
    with serving(home) as client:
        told = client.get("/health").json()
    assert (told["status"], "reason" in told["disk"]) == ("degraded", True)


def test_the_badge_of_the_pages_follows(browser: Browser, well: tuple[Home, httpx.Client]) -> None:
    home, _client = well
    with visiting(browser, home.url) as visitor:
        words = visitor.page.locator(".health-words")
        visitor.go("/")
        expect(words).to_have_text("All is well")
        home.clock.moment = NOW + timedelta(seconds=91)
        visitor.go("/")
        expect(words).to_have_text("Collector away")
