"""The endpoints that ask most of a store, over a real InfluxDB; the others differ in nothing."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from influx.apply import apply
from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE
from influx.corrections import Corrections
from influx.server import ServerStore
from influx.store import RowQuery
from influx.windows import Window
from tests.api.home import Home, a_home, event, reading, serving
from tests.servers import Influx

_prefixes = (f"api{number}" for number in itertools.count())
MINUTE = timedelta(minutes=1)


@pytest.fixture
def influx_home(influx_server: Influx, tmp_path: Path) -> Iterator[Home]:
    prefix = f"{next(_prefixes)}_"
    config = InfluxSection(url=influx_server.url, org=influx_server.org, bucket_prefix=prefix)
    apply(config, environment={TOKEN_VARIABLE: influx_server.token})
    store = ServerStore(influx_server.url, influx_server.org, influx_server.token, prefix=prefix)
    with a_home(tmp_path, store, datetime.now(UTC).replace(microsecond=0)) as made:
        yield made


def test_what_is_written_comes_back(influx_home: Home) -> None:
    home, now = influx_home, influx_home.clock.moment
    seen = event(now - MINUTE, clip="cage/x.mp4", clip_state="stored")
    home.store(reading(now - 2 * MINUTE, 21.234), seen.point(), event(now - 2 * MINUTE, pet="nori").point())
    stamp = int(now.timestamp()) - 60
    message = {
        "pct": 90,
        "id": "handheld 1",
        "ts": stamp,
        "sensors": [{"type": "CO", "val": n} for n in (7, 5, 6)],
    }
    with serving(home) as client:
        [row] = client.get("/temperature/history").json()
        assert row["temperature"] == 21.23
        nowhere = client.get("/temperature/history", params={"location": "nowhere"})
        assert nowhere.json()["detail"] == "There is no location 'nowhere'; there are hutch, nursery."
        assert client.get(f"/events/{seen.id}").json()["event_id"] == seen.id
        assert [told["pet"] for told in client.get("/events").json()["events"]] == ["miso", "nori"]
        assert [told["event_id"] for told in client.get("/recordings").json()["recordings"]] == [seen.id]
        assert client.post("/receive-json", json=message).status_code == 200
        assert client.get("/get-last-entity").json() == message
        assert client.get("/get-data-from-timestamp", params={"system_time": stamp}).json() == [message]
        assert client.get("/health").json()["store"] == {"reachable": True}


def test_an_undone_entry_stays_away(influx_home: Home) -> None:
    with serving(influx_home) as client:
        made = client.post("/journal", json={"entry_type": "food", "amount": 3, "name": "carrots"}).json()
        listed = client.get("/journal").json()["entries"]
        assert made in listed
        undone = client.delete(f"/journal/{made['entry_id']}")
        assert undone.status_code == 204, undone.text
        influx_home.deliver()
        assert made not in client.get("/journal").json()["entries"]


def test_a_correction_holds_against_a_clip_that_is_stored_later(influx_home: Home) -> None:
    home, start = influx_home, influx_home.clock.moment - MINUTE
    seen = event(start, pet="unknown", clip="cage/x.mp4", clip_state="waiting")
    home.store(seen.point())
    with serving(home) as client:
        told = client.patch(f"/events/{seen.id}", json={"pet": "Miso"}).json()
        assert (told["pet"], told["revision"]) == ("miso", 1)
        home.store(replace(seen, clip_state="stored").point())
        for _ in range(2):  # before and after the copy with the old pet is gone
            told = client.get(f"/events/{seen.id}").json()
            assert (told["pet"], told["clip_state"]) == ("miso", "stored")
            assert [one["pet"] for one in client.get("/events").json()["events"]] == ["miso"]
            Corrections(home.context.store, "pi").uphold(Window(start, start + MINUTE), start)
        page = home.context.store.rows(RowQuery("pet_event", Window(start - MINUTE, start + MINUTE)))
        assert [point.tags["pet"] for point in page.points] == ["miso"]
        undone = client.patch(f"/events/{seen.id}", json={"undo": True}).json()
        assert (undone["pet"], undone["clip_state"], undone["revision"]) == ("unknown", "stored", 2)
        assert len(client.get("/events").json()["events"]) == 1


def test_a_line_too_old_is_refused_as_influxdb_refuses_it(influx_home: Home) -> None:
    old = int((influx_home.clock.moment - timedelta(days=20)).timestamp())
    with serving(influx_home) as client:
        line = f"environment,location=hutch,node=pi,sensor=hat temperature=20 {old}"
        answer: httpx.Response = client.post("/api/v2/write?precision=s", content=line)
    assert (answer.status_code, answer.json()["code"]) == (422, "unprocessable entity")
