"""This machine's own readings: how warm, how busy, how full."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from collector.sensors.reading import Reading, SensorLost
from influx.config import Section
from influx.schema import NODE

_PROCESSOR_CHIPS = ("cpu_thermal", "coretemp", "k10temp", "zenpower", "soc_thermal", "cpu-thermal")
"""What Linux calls the processor's thermometer: first the Raspberry Pi's, then Intel's and AMD's."""


class HostOptions(Section):
    """A host sensor has no keys of its own."""


class Host:
    """Reads this machine; ``folder`` is on the disk whose room is told. ``now`` gives seconds since 1970."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._folder = folder
        self._now = now

    def read(self) -> Sequence[Reading]:
        """The machine now; the processor's temperature is None where it has no thermometer."""
        try:
            disk = psutil.disk_usage(str(self._folder)).percent
            fields = {
                "cpu_temperature": cpu_temperature(),
                "load": os.getloadavg()[0],
                "disk_used": disk,
                "memory_used": psutil.virtual_memory().percent,
                "uptime": max(0.0, self._now() - psutil.boot_time()),
            }
        except (OSError, psutil.Error) as error:
            raise SensorLost(str(error)) from error
        return [Reading(NODE, fields)]

    def close(self) -> None:
        """Nothing to give back."""


def cpu_temperature() -> float | None:
    """The processor's °C; None where it has no thermometer that is known."""
    if not hasattr(psutil, "sensors_temperatures"):  # macOS
        return None
    found = psutil.sensors_temperatures()
    for chip in _PROCESSOR_CHIPS:
        for entry in found.get(chip, []):
            if entry.current is not None:
                return float(entry.current)
    return None
