"""Calibration by the owner: what is added, and what cannot be."""

from collections.abc import Sequence

import pytest

from collector.config import SensorSection
from collector.sensors import Reading, SensorError, check_sensor
from collector.sensors.calibration import calibrated
from influx.points import FieldValue
from influx.schema import ENVIRONMENT


class Fixed:
    """A sensor that always says the same."""

    def __init__(self, **fields: FieldValue | None) -> None:
        self._fields = fields

    def read(self) -> Sequence[Reading]:
        return [Reading(ENVIRONMENT, self._fields)]

    def close(self) -> None:
        """Nothing to give back."""


@pytest.mark.parametrize(
    ("humidity", "offset", "said"),
    [(50.0, -3.5, 46.5), (99.0, 3.0, 100.0), (1.0, -3.0, 0.0), (130.0, 3.0, 133.0), (None, 3.0, None)],
)
def test_an_offset_is_added_but_makes_nothing_impossible_nor_hides_it(
    humidity: float | None, offset: float, said: float | None
) -> None:
    (reading,) = calibrated(Fixed(humidity=humidity, pressure=1000.0), {"humidity": offset}).read()
    assert reading.fields == {"humidity": said, "pressure": 1000.0}


def test_a_sensor_without_offsets_is_itself() -> None:
    sensor = Fixed()
    assert calibrated(sensor, {}) is sensor


def test_an_offset_of_what_no_sensor_gives_is_refused_at_start() -> None:
    section = SensorSection.model_validate({"kind": "host", "name": "pi", "offsets": {"temprature": -1}})
    with pytest.raises(SensorError, match=r"^sensor 'pi': offsets: no sensor gives 'temprature'; there are"):
        check_sensor(section)
