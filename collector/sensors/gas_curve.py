"""From the voltage of an analogue sensor to what it measures: a line, a table, or an MQ sensor's curve."""

from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from influx.config import Section


class NoSignal(ValueError):
    """A voltage that the sensor cannot give, in one sentence."""


class GasCurve(Section):
    """An MQ sensor on its load resistor: ppm = a · (Rs / R0) ^ b.

    The data sheets (Hanwei, MQ-4 and MQ-7) draw Rs/R0 over ppm as nearly straight lines on two logarithmic
    axes, and give Rs = (Vc / VRL - 1) · RL for the circuit with RL to ground. a and b are read off the line
    of the gas; R0 is measured once, after a day of heating, in air whose Rs/R0 the sheet tells.
    """

    a: float = Field(gt=0, lt=1e30, description="ppm where Rs = R0; 1012.7 for CH4 on an MQ-4.")
    b: float = Field(ge=-30, lt=0, description="Slope of the line; -2.786 for CH4 on an MQ-4.")
    r0: float = Field(gt=0, le=1e9, description="R0 in ohms, measured in your own air.")
    load: float = Field(gt=0, le=1e9, description="RL in ohms, the resistor on the sensor's board.")
    supply: float = Field(5.0, gt=0, le=24, description="Vc in volts.")

    def ppm(self, volts: float) -> float:
        """The concentration where ``volts`` are on the load; raises ``NoSignal``."""
        if not 0 < volts < self.supply:
            raise NoSignal(f"{volts:.3f} V is not between 0 and {self.supply:g} V; is it wired and heated?")
        resistance = (self.supply / volts - 1) * self.load
        return float(self.a * (resistance / self.r0) ** self.b)


class Conversion(Section):
    """How a voltage becomes a value; of ``curve``, ``table`` and ``scale`` with ``offset`` there is one."""

    scale: float | None = Field(
        None, allow_inf_nan=False, description="Value = volts x scale + offset; 1 where unset."
    )
    offset: float | None = Field(None, allow_inf_nan=False, description="Added after scale; 0 where unset.")
    table: tuple[tuple[float, float], ...] = Field(
        (), max_length=100, description="Pairs of volts and value, straight lines between them; ends hold."
    )
    curve: GasCurve | None = Field(
        None,
        description="Of an MQ gas sensor: ppm = a x (Rs / r0) ^ b; r0 and load in ohms, supply in volts.",
        examples=[{"a": 1012.7, "b": -2.786, "r0": 20000, "load": 20000, "supply": 5.0}],
    )
    divider: float = Field(
        1.0, ge=1, le=1000, description="The voltage is so many times what the converter sees."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        line = self.scale is not None or self.offset is not None
        if line + bool(self.table) + (self.curve is not None) > 1:
            raise ValueError("there is more than one of curve, table, and scale with offset")
        if len(self.table) == 1 or any(low[0] >= high[0] for low, high in pairwise(self.table)):
            raise ValueError("the table needs at least two pairs, their volts rising")
        return self

    def value(self, volts: float) -> float:
        """What ``volts`` at the converter stand for; raises ``NoSignal``."""
        volts *= self.divider
        if self.curve is not None:
            return self.curve.ppm(volts)
        if self.table:
            return _between(self.table, volts)
        return volts * (1.0 if self.scale is None else self.scale) + (self.offset or 0.0)


def _between(table: tuple[tuple[float, float], ...], volts: float) -> float:
    if volts <= table[0][0]:
        return table[0][1]
    for (low, first), (high, last) in pairwise(table):
        if volts <= high:
            return first + (last - first) * (volts - low) / (high - low)
    return table[-1][1]
