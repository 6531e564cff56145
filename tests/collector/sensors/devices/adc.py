"""What the kernel shows of an analogue-to-digital converter in /sys/bus/iio/devices."""

from pathlib import Path

from collector.sensors import Clock, Sensor
from collector.sensors.gpio import Adc, AdcOptions
from tests.collector.sensors.devices.tree import Tree


class Converter(Tree):
    """What stands in ``input/`` is what stands in /sys/bus/iio/devices."""

    def open(self, options: AdcOptions, now: Clock) -> Sensor:
        return Adc(options, self.folder)


def device(scratch: Path) -> Converter:
    return Converter(scratch)
