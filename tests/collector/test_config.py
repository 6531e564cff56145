"""The collector's section of hutch.toml."""

import pytest
from pydantic import ValidationError

from collector.config import CollectorSection


@pytest.mark.parametrize("interval", [0.01, "PT0S", 86_401, "P9999D"])
@pytest.mark.parametrize("owner", ["collector", "sensor"])
def test_an_interval_no_sensor_can_keep_is_refused(owner: str, interval: float | str) -> None:
    sensor: dict[str, object] = {"kind": "host", "name": "pi"}
    section = {"sensors": [sensor | {"interval": interval}]} if owner == "sensor" else {"interval": interval}
    with pytest.raises(ValidationError, match=r"from 0\.1 s to a day|longer than nothing"):
        CollectorSection.model_validate(section)


def test_a_sensor_without_an_interval_keeps_the_collectors() -> None:
    section = CollectorSection.model_validate(
        {
            "interval": 86_400,
            "sensors": [{"kind": "host", "name": "pi"}, {"kind": "host", "name": "nas", "interval": 0.1}],
        }
    )
    found = [sensor.interval.total_seconds() for sensor in section.timed_sensors if sensor.interval]
    assert found == [86_400, 0.1]
