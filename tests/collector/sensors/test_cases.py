"""A new device is a new folder: every case's input gives the line protocol that it expects."""

import contextlib
from pathlib import Path

import pytest

from collector.sensors import KINDS, SensorLost, open_sensor
from influx.lines import parse_line
from tests.collector.sensors.bench import cases, sensors_of, transcript
from tests.collector.sensors.test_kinds import SECTIONS


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_device_gives_the_points_that_its_case_expects(case: Path, tmp_path: Path) -> None:
    expected = (case / "expected.lp").read_text(encoding="utf-8")
    assert transcript(case, tmp_path) == expected


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_what_a_case_expects_is_line_protocol_of_the_vocabulary(case: Path) -> None:
    for number, entry in enumerate((case / "expected.lp").read_text(encoding="utf-8").splitlines(), 1):
        if not entry.startswith("#"):
            assert parse_line(entry).fields, f"{case.name}/expected.lp:{number}"


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(SECTIONS)))
def test_on_a_machine_without_the_hardware_a_kind_is_lost_not_broken(kind: str, tmp_path: Path) -> None:
    section = next(
        section for case in cases() for section in sensors_of(case).sensors if section.kind == kind
    )
    with (
        contextlib.suppress(SensorLost),
        contextlib.closing(open_sensor(section, data_dir=tmp_path)) as sensor,
    ):
        assert sensor.read(), "this machine has such a device, and it gave nothing"


def test_every_kind_that_needs_hardware_has_a_case() -> None:
    tried = {section.kind for case in cases() for section in sensors_of(case).sensors}
    assert tried >= set(KINDS) - set(SECTIONS)
