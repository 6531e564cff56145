"""Every kind of sensor keeps the protocol, and a wrong key gets a sentence."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.config import SensorSection
from collector.sensors import KINDS, SensorError, SensorLost, check_sensor, open_sensor
from influx import points

SECTIONS: dict[str, dict[str, Any]] = {
    "simulated": {"location": "den", "seed": 3},
    "host": {},
}
"""The kinds that need no hardware; the others are tried on devices of the bench (cases/README.md)."""


def section(kind: str, **more: Any) -> SensorSection:
    return SensorSection.model_validate({"kind": kind, "name": "attic", **more})


@pytest.mark.parametrize("kind", sorted(SECTIONS))
def test_a_sensor_gives_readings_that_make_points(kind: str, tmp_path: Path) -> None:
    sensor = open_sensor(section(kind, **SECTIONS[kind]), data_dir=tmp_path)
    try:
        readings = sensor.read()
    except SensorLost:
        readings = open_sensor(
            section(kind, **SECTIONS[kind]), data_dir=tmp_path, now=lambda: 1_780_000_000.0
        ).read()
    assert readings, "no reading at all"
    for reading in readings:
        base = {"node": "pi", "sensor": "attic", "location": "den"}
        tags = {name: base[name] for name in reading.measurement.tag_names if name in base}
        point = points.make(reading.measurement, tags | dict(reading.tags), reading.fields, datetime.now(UTC))
        assert point.fields
    sensor.close()
    sensor.close()


@pytest.mark.parametrize(
    ("kind", "more", "sentence"),
    [
        ("warmth", {}, f"sensor 'attic': there is no kind 'warmth'; there are {', '.join(sorted(KINDS))}"),
        ("simulated", {}, "sensor 'attic': location is missing; a simulated sensor needs one"),
        ("simulated", {"location": "den", "sed": 1}, "sensor 'attic': sed is no key of kind 'simulated'"),
        (
            "simulated",
            {"location": "den", "seed": -1},
            "sensor 'attic': seed: input should be greater than or equal to 0",
        ),
        ("host", {"port": 1}, "sensor 'attic': port is no key of kind 'host'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(kind: str, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SensorError) as caught:
        check_sensor(section(kind, **more))
    assert str(caught.value) == sentence


def test_a_host_whose_data_folder_is_gone_is_lost_not_broken(tmp_path: Path) -> None:
    sensor = open_sensor(section("host"), data_dir=tmp_path / "gone")
    with pytest.raises(SensorLost, match="gone"):
        sensor.read()
