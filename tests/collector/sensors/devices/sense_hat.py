"""A Sense HAT: the adapter finds a library of that name, as apt installs it, which answers from a file.

Lines of ``input/readings.txt``: a name of what the library is asked for and what successive questions get,
the last stays, ``-`` where its chip has no value; ``cpu 55.0``, the processor's temperature; or ``no-hat``.
A name that is missing is a chip that cannot be set up.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

from collector.sensors import Clock, Sensor
from collector.sensors.sense_hat import SenseHat, SenseHatOptions

LIBRARY = Path(__file__).with_name("library")


class Hat:
    """The machine with the library installed."""

    def __init__(self) -> None:
        sys.path.insert(0, str(LIBRARY))
        self._library: Any = importlib.import_module("sense_hat")

    def play(self, said: Path) -> None:
        self._library.said = said

    def open(self, options: SenseHatOptions, now: Clock) -> Sensor:
        return SenseHat(options, cpu=self._cpu, sleep=lambda _seconds: None)

    def close(self) -> None:
        sys.path.remove(str(LIBRARY))
        del sys.modules["sense_hat"]

    def _cpu(self) -> float | None:
        said = self._library.readings().get("cpu")
        return float(said[0]) if said else None


def device(scratch: Path) -> Hat:
    return Hat()
