"""What is to be known of a chip on an I²C bus, so that one adapter can read any."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """``length`` registers from ``first`` on, read at once; with the bits the chip wants set for that."""

    first: int
    length: int


@dataclass(frozen=True, slots=True)
class Chip:
    """How a chip is asked for one measurement, and what its bytes mean.

    At each turn: ``identity`` (register, value) must be as the data sheet says; ``start`` (register, value)
    is written in this order; the measurement is there once the status register, and-ed with ``ready[1]``,
    is ``ready[2]``, within ``patience`` seconds. ``values`` takes the bytes of ``calibration``, one block
    after the other, and those of ``output``; it gives fields of ``environment`` in their units, None for
    what was not measured, and raises ``SensorLost`` where the bytes make no sense.
    """

    name: str
    addresses: tuple[int, ...]
    identity: tuple[int, int]
    calibration: tuple[Block, ...]
    start: tuple[tuple[int, int], ...]
    ready: tuple[int, int, int]
    patience: float
    output: Block
    fields: tuple[str, ...]
    values: Callable[[bytes, bytes], Mapping[str, float | None]]
