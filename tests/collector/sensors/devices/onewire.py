"""A 1-Wire bus: the sysfs tree of a case, laid where the adapter looks."""

from pathlib import Path

from collector.sensors import Clock, Sensor
from collector.sensors.onewire import OneWire, OneWireOptions
from tests.collector.sensors.devices.tree import Tree


class Bus(Tree):
    """What stands in ``input/`` is what stands in /sys/bus/w1/devices."""

    def open(self, options: OneWireOptions, now: Clock) -> Sensor:
        return OneWire(options.id, bus=self.folder)


def device(scratch: Path) -> Bus:
    return Bus(scratch)
