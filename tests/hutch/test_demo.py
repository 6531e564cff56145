"""The demo's configuration and the fortnight behind it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hutch.config import load
from hutch.demo import LOCATION, SENSOR, back_fill, write_config
from hutch.kinds import check_kinds
from influx.embedded import EmbeddedStore
from influx.plan import plan
from influx.store import RowQuery
from influx.windows import Window
from tests.influx.horizons import RAW


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedStore:
    config = load(write_config(tmp_path, 8000))
    return EmbeddedStore(tmp_path / "points.sqlite", retention=config.influx.retention)


def test_the_demo_writes_a_good_configuration(tmp_path: Path) -> None:
    path = write_config(tmp_path / "new", 8123)
    config = load(path)
    check_kinds(config, str(path))
    assert config.api.port == 8123
    assert config.data_dir == tmp_path / "new"
    assert {sensor.kind for sensor in config.collector.sensors} == {"simulated", "host"}
    assert [camera.kind for camera in config.vision.cameras] == ["scripted"]


def test_a_fortnight_is_filled_in_without_a_hole_of_an_hour(store: EmbeddedStore, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    back_fill(store, tmp_path, now)
    window = Window.last(timedelta(days=14) - timedelta(hours=2), now)
    asked = plan("environment", ("temperature",), window, every=timedelta(hours=1), horizon=RAW)
    (series,) = store.series(asked)
    store.close()
    assert series.tags["location"] == LOCATION
    assert series.tags["sensor"] == SENSOR
    assert len(series.rows) >= 14 * 24 - 3
    assert all(5 < value < 40 for _, (value,) in series.rows if value is not None)


def test_every_event_of_the_history_is_over_and_says_that_it_is_simulated(
    store: EmbeddedStore, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    back_fill(store, tmp_path, now)
    window = Window.last(timedelta(days=15), now)
    page = store.rows(RowQuery("pet_event", window, limit=2000))
    store.close()
    assert len(page.points) > 300
    assert {point.tags["pet"] for point in page.points} == {"miso", "nori"}
    for point in page.points:
        assert json.loads(str(point.fields["evidence"])) == {"simulated": True}
        assert point.time + timedelta(seconds=float(point.fields["duration"])) < now
    assert page.points[0].time > now - timedelta(days=1), "nothing happened since yesterday"


def test_each_pet_was_seen_where_it_likes_to_be(store: EmbeddedStore, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    back_fill(store, tmp_path, now)
    for pet, favourite in (("miso", 0.22), ("nori", 0.80)):
        asked = RowQuery("pet_activity", Window.last(timedelta(days=7), now), {"pet": pet}, limit=5000)
        found = store.rows(asked).points
        near = [point for point in found if abs(float(point.fields["x"]) - favourite) < 0.1]
        assert len(found) > 500
        assert len(near) > len(found) / 3
    store.close()


def test_the_history_is_written_once(store: EmbeddedStore, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    assert back_fill(store, tmp_path, now) > 19_000
    assert back_fill(store, tmp_path, now) == 0
    assert 3 <= back_fill(store, tmp_path, now + timedelta(minutes=5)) < 200, "five minutes are little"
    store.close()


def test_coming_back_days_later_fills_the_gap_and_doubles_nothing(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    clock = [(now - timedelta(days=3)).timestamp()]
    store = EmbeddedStore(tmp_path / "points.sqlite", now=lambda: clock[0])
    back_fill(store, tmp_path, now - timedelta(days=3))
    before = store.rows(RowQuery("pet_event", Window.last(timedelta(days=16), now), limit=2000)).points
    clock[0] = now.timestamp()
    back_fill(store, tmp_path, now)
    after = store.rows(RowQuery("pet_event", Window.last(timedelta(days=16), now), limit=2000)).points
    store.close()
    assert {point.time_ns for point in before} < {point.time_ns for point in after}
    recent = [point for point in after if point.time > now - timedelta(days=3)]
    assert 100 < len(recent) < 250, "54 events are usual in a day"


def test_a_crash_in_the_middle_is_made_good_by_the_next_start(store: EmbeddedStore, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    made = back_fill(store, tmp_path, now)
    (tmp_path / "filled").unlink()
    assert back_fill(store, tmp_path, now) == made
    page = store.rows(RowQuery("pet_event", Window.last(timedelta(days=15), now), limit=2000))
    store.close()
    assert len({point.fields["event_id"] for point in page.points}) == len(page.points)


def test_a_lost_store_is_filled_again(store: EmbeddedStore, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    made = back_fill(store, tmp_path, now)
    store.close()
    fresh = EmbeddedStore(tmp_path / "other.sqlite")
    assert back_fill(fresh, tmp_path, now) == made
    fresh.close()
