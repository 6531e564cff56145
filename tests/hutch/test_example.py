"""The example configuration: what it shows of each kind of sensor can be taken as it stands."""

import re
import tomllib

import pytest

from collector.config import SensorSection
from collector.sensors import KINDS, check_sensor
from hutch.example import render


def examples() -> dict[str, str]:
    """The commented block of each kind, without the options that it leaves open."""
    found = {}
    for block in re.split(r"\n(?=# \[\[|\[)", render()):
        if block.startswith("# [[collector.sensors]]"):
            lines = [line.removeprefix("# ") for line in block.splitlines()[1:] if line.startswith("# ")]
            keys = "\n".join(line for line in lines if re.match(r"\w+ = \S", line))
            keys = "\n".join(line for line in keys.splitlines() if not re.match(r"\w+ =\s+#", line))
            found[str(tomllib.loads(keys)["kind"])] = keys
    return found


def test_every_kind_is_shown() -> None:
    assert examples().keys() >= KINDS.keys() - {"simulated"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_example_of_a_kind_is_a_sensor(kind: str) -> None:
    shown = examples()[kind]
    assert check_sensor(SensorSection.model_validate(tomllib.loads(shown))) is not None, shown
