"""What the kernel shows of a DHT22 in /sys/bus/iio/devices: a tree, some of whose files fail to be read."""

from pathlib import Path

from collector.sensors import Clock, Sensor
from collector.sensors.gpio import Dht22, Dht22Options
from tests.collector.sensors.devices.tree import Tree

ALWAYS_FAILS = Path("/proc/self/mem")
"""Nothing is at its start, so that reading it fails with EIO, as the driver does for a torn answer."""


class Pins(Tree):
    """``input/`` is a tree of sysfs; a file that holds ``EIO`` cannot be read."""

    def play(self, said: Path) -> None:
        super().play(said)
        for file in self.folder.rglob("in_*"):
            if file.read_text(encoding="ascii").strip() == "EIO":
                file.unlink()
                file.symlink_to(ALWAYS_FAILS)

    def open(self, options: Dht22Options, now: Clock) -> Sensor:
        return Dht22(options, self.folder)


def device(scratch: Path) -> Pins:
    return Pins(scratch)
