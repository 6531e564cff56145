import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import pytest
from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from api.metrics.counted import Metrics
from influx.store import Store
from tests.api.home import NOW, Home, a_home, reading, serving
from tests.api.running_camera import camera
from tests.api.silent_store import a_store_that_never_answers

BASE_UNITS = ("_seconds", "_bytes", "_points", "_info", "_total", "_up", "_state", "_per_second", "_ratio")
LINE = "environment,location=hutch,node=pi,sensor=hat temperature=20"


def scraped(client: httpx.Client) -> dict[str, Metric]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def value(families: dict[str, Metric], name: str, **labels: str) -> float | None:
    """The value of the sample ``name`` whose labels hold ``labels``; None where there is none."""
    found = [
        sample.value
        for family in families.values()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    assert len(found) <= 1, f"{name} with {labels} is there {len(found)} times"
    return found[0] if found else None


def test_requests_are_counted_by_route_method_and_status(client: httpx.Client) -> None:
    for path in (
        "/events",
        "/events/nonsense",
        "/events/other",
        "/nowhere/1",
        "/nowhere/2",
        "/static/hutch.css",
    ):
        client.get(path)
    client.post("/receive-json", content="{")
    client.get("/health", headers={"Host": "evil.example"})
    client.request("BREW", "/events")
    told = scraped(client)

    def requests(method: str, route: str, status: int) -> float | None:
        return value(told, "hutch_http_requests_total", method=method, route=route, status=str(status))

    assert requests("GET", "/events", 200) == 1
    assert requests("GET", "/events/{event_id}", 404) == 2, "by the route, not by what was asked for"
    assert requests("GET", "none", 404) == 2
    assert requests("GET", "none", 421) == 1, "what is turned away at the door is counted too"
    assert requests("POST", "/receive-json", 422) == 1
    assert requests("GET", "/static/{path:path}", 200) == 1
    assert requests("other", "/events", 405) == 1
    assert value(told, "hutch_http_answer_seconds_count", method="GET", route="/events/{event_id}") == 2
    slowest = value(told, "hutch_http_answer_seconds_bucket", method="GET", route="/events", le="+Inf")
    assert slowest == 1


def test_pages_and_old_addresses_have_routes_of_their_own(client: httpx.Client) -> None:
    client.get("/pages/live")
    client.get("/pages/events/nonsense")
    routes = {sample.labels["route"] for sample in scraped(client)["hutch_http_requests"].samples}
    assert {"/pages/live", "/pages/events/{event_id}"} <= routes


def test_the_spool_is_told(home: Home, client: httpx.Client) -> None:
    lines = "\n".join(f"{LINE} {int((NOW - timedelta(seconds=n)).timestamp())}000000000" for n in range(3))
    assert client.post("/api/v2/write", content=lines).status_code == 204
    home.deliver()
    told = scraped(client)
    accepted = home.context.spool.status().accepted
    assert accepted >= 3
    assert value(told, "hutch_spool_accepted_points_total") == accepted
    for name in (
        "hutch_spool_points",
        "hutch_spool_rejected_points_total",
        "hutch_spool_dropped_points_total",
    ):
        assert value(told, name) == 0, name
    assert value(told, "hutch_spool_up") == value(told, "hutch_store_up") == 1
    assert (value(told, "hutch_data_free_bytes") or 0) > 0
    assert value(told, "hutch_build_info", version="0.1.0", node="pi") == 1


def test_a_spool_that_cannot_be_used_is_told(home: Home, client: httpx.Client) -> None:
    home.context.spool.close()
    told = scraped(client)
    assert value(told, "hutch_spool_up") == 0
    assert value(told, "hutch_spool_points") is None


def test_each_sensor_tells_when_it_was_last_read(home: Home, client: httpx.Client) -> None:
    home.store(reading(NOW - timedelta(minutes=7), 21), reading(NOW - timedelta(hours=3), 19, "nursery"))
    told = scraped(client)
    name = "hutch_sensor_reading_timestamp_seconds"
    assert value(told, name, sensor="hat", location="hutch") == (NOW - timedelta(minutes=7)).timestamp()
    assert value(told, name, sensor="hat", location="nursery") == (NOW - timedelta(hours=3)).timestamp()


@pytest.fixture
def filmed(tmp_path: Path) -> Iterator[httpx.Client]:
    with a_home(tmp_path) as home, camera(tmp_path, "cage"), serving(home) as client:
        yield client


def test_each_camera_tells_its_state_and_the_age_of_its_frame(filmed: httpx.Client) -> None:
    told = scraped(filmed)
    assert value(told, "hutch_camera_state", camera="cage", state="running") == 1
    assert value(told, "hutch_camera_state", camera="cage", state="away") == 0
    assert value(told, "hutch_camera_state", camera="cot", state="away") == 1
    assert value(told, "hutch_camera_frame_age_seconds", camera="cage") is not None
    assert value(told, "hutch_camera_frame_age_seconds", camera="cot") is None


def test_a_store_that_hangs_leaves_the_rest_told(tmp_path: Path) -> None:
    with (
        a_store_that_never_answers() as (store, asked),
        a_home(tmp_path, store) as home,
        serving(home) as client,
    ):
        for _ in range(4):
            told = scraped(client)
            assert value(told, "hutch_store_up") == 0
            assert value(told, "hutch_spool_points") is not None
        assert asked.questions() == 1, "a scrape does not ask again while the store is being waited for"


class Unhurried:
    """A store that takes its time: each question waits for ``go_on``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked, self.go_on = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def latest(self, *given: Any, **more: Any) -> Any:
        self.asked.set()
        assert self.go_on.wait(10)
        return self._store.latest(*given, **more)


def test_two_who_scrape_at_once_are_told_the_same(home: Home) -> None:
    store = Unhurried(home.context.store)
    home.context = replace(home.context, store=cast(Store, store))
    with serving(home), ThreadPoolExecutor(2) as scrapers:
        urls = [f"{home.url}/metrics"] * 2
        answers = [scrapers.submit(httpx.get, url, timeout=10) for url in urls]
        assert store.asked.wait(5)
        threading.Timer(0.5, store.go_on.set).start()
        told = [answer.result().text for answer in answers]
    assert [text.count("hutch_store_up 1.0") for text in told] == [1, 1]


def test_who_leaves_before_the_store_is_asked_leaves_it_to_the_next(home: Home) -> None:
    async def scrape() -> str:
        metrics = Metrics("0")
        with anyio.CancelScope() as leaving:
            leaving.cancel()
            await metrics.scrape(home.context)
        return generate_latest(await metrics.scrape(home.context)).decode()

    assert "hutch_store_up 1.0" in anyio.run(scrape)


def test_openmetrics_is_told_to_who_asks_for_it(client: httpx.Client) -> None:
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")


def test_names_are_as_prometheus_wants_them(client: httpx.Client) -> None:
    client.get("/events")
    for name, family in scraped(client).items():
        assert family.documentation, f"{name} says nothing of itself"
        assert re.fullmatch(r"(hutch|process)_[a-z][a-z_]*", name), name
        if name.startswith("hutch_"):
            ending = "_total" if family.type == "counter" else name
            assert ending.endswith(BASE_UNITS), f"{name} names no unit"
        for sample in family.samples:
            assert not sample.name.endswith("_created")
            assert len(sample.labels) <= 3, f"{sample.name} has many labels"
