"""Chips on an I²C bus: the table of those that are known, a row and a file each."""

from collections.abc import Mapping
from types import MappingProxyType

from collector.sensors.chips.bme280 import BME280, BMP280
from collector.sensors.chips.chip import Block, Chip
from collector.sensors.chips.hts221 import HTS221
from collector.sensors.chips.lps25h import LPS25H

__all__ = ["CHIPS", "Block", "Chip"]

CHIPS: Mapping[str, Chip] = MappingProxyType({chip.name: chip for chip in (BME280, BMP280, HTS221, LPS25H)})
