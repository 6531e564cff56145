"""The demo's configuration and the fortnight behind it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hutch.config import load
from hutch.demo import LOCATION, SENSOR, back_fill, write_config
from hutch.kinds import check_kinds
from influx import windows
from influx.embedded import EmbeddedStore
from influx.store import RowQuery
from influx.windows import Window


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


def test_a_fortnight_is_filled_in_without_a_hole_of_an_hour(store: EmbeddedStore) -> None:
    now = datetime.now(UTC)
    back_fill(store, now)
    window = Window.last(timedelta(days=14) - timedelta(hours=2), now)
    plan = windows.plan("environment", ("temperature",), window, every=timedelta(hours=1))
    (series,) = store.series(plan)
    store.close()
    assert series.tags["location"] == LOCATION
    assert series.tags["sensor"] == SENSOR
    assert len(series.rows) >= 14 * 24 - 3
    assert all(5 < value < 40 for _, (value,) in series.rows if value is not None)


def test_every_event_of_the_history_says_that_it_is_simulated_and_is_over(store: EmbeddedStore) -> None:
    now = datetime.now(UTC)
    back_fill(store, now)
    window = Window.last(timedelta(days=15), now)
    page = store.rows(RowQuery("pet_event", window, limit=2000))
    store.close()
    assert len(page.points) > 300
    assert {point.tags["pet"] for point in page.points} == {"miso", "nori"}
    for point in page.points:
        assert json.loads(str(point.fields["evidence"])) == {"simulated": True}
        assert point.time + timedelta(seconds=float(point.fields["duration"])) < now
    assert page.points[0].time > now - timedelta(days=1), "nothing happened since yesterday"


def test_the_history_is_written_once(store: EmbeddedStore) -> None:
    now = datetime.now(UTC)
    assert back_fill(store, now) > 20_000
    assert back_fill(store, now + timedelta(minutes=5)) == 0
    store.close()
