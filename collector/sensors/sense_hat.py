"""The Sense HAT through Raspberry Pi's own library: ``sudo apt install sense-hat``.

The library is no package of an index; a virtual environment sees it when it was made with
``--system-site-packages``. The same chips can be read without it as kind ``i2c`` (hts221 and lps25h).
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from pydantic import Field

from collector.sensors.host import cpu_temperature
from collector.sensors.reading import Reading, SensorLost
from influx.config import Section
from influx.schema import ENVIRONMENT

_TRIES, _BETWEEN_TRIES = 5, 0.1
"""The library's first answers may be empty; so often, and after so many seconds, it is asked again."""
_DIGITS = 2


class Board(Protocol):
    """What is used of ``sense_hat.SenseHat``; it answers 0 where the chip had no value for it."""

    def get_humidity(self) -> float:
        """Relative humidity in %."""

    def get_pressure(self) -> float:
        """Air pressure in hPa."""

    def get_temperature_from_humidity(self) -> float:
        """°C, of the chip for humidity."""

    def get_temperature_from_pressure(self) -> float:
        """°C, of the chip for pressure."""


class SenseHatOptions(Section):
    """A Sense HAT on a Raspberry Pi, through the library of `apt install sense-hat`."""

    temperature_from: Literal["humidity", "pressure"] = Field(
        "humidity", description="Which chip's temperature to give: humidity (±0.5 °C) or pressure (±2 °C)."
    )
    cpu_heat_correction: float | None = Field(
        None,
        gt=0,
        le=100,
        description=(
            "Only for a HAT right on top of the Pi, which warms it: f in t - (t_cpu - t) / f;"
            " measured once beside a good thermometer, f = (t_cpu - t) / (t - true)."
        ),
    )


def open_board() -> Board:
    """The HAT of this machine; raises ``SensorLost`` without the library, ``OSError`` without the HAT."""
    try:
        from sense_hat import SenseHat as Library
    except ImportError:
        raise SensorLost(
            "the library sense_hat is missing: sudo apt install sense-hat, and make the virtual environment"
            " with --system-site-packages"
        ) from None
    board: Board = Library()
    return board


class SenseHat:
    """The three values of the HAT; ``cpu`` tells the processor's temperature in °C, None where unknown."""

    def __init__(
        self,
        options: SenseHatOptions,
        *,
        open_board: Callable[[], Board] = open_board,
        cpu: Callable[[], float | None] = cpu_temperature,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = options
        self._open_board = open_board
        self._cpu = cpu
        self._sleep = sleep
        self._board: Board | None = None

    def read(self) -> Sequence[Reading]:
        """The climate at the HAT; raises ``SensorLost`` where it is away or has no value."""
        try:
            if self._board is None:
                self._board = self._open_board()
            found = self._values(self._board)
        except OSError as error:
            self._board = None
            raise SensorLost(f"the Sense HAT does not answer: {error}") from error
        fields = {name: round(value, _DIGITS) for name, value in found.items() if value is not None}
        if not fields:
            raise SensorLost("the Sense HAT has no value yet")
        return [Reading(ENVIRONMENT, fields)]

    def close(self) -> None:
        """Let the library go; the next reading opens it again."""
        self._board = None

    def _values(self, board: Board) -> dict[str, float | None]:
        humidity = self._ask(board.get_humidity)
        by_humidity = self._ask(board.get_temperature_from_humidity)
        temperature = by_humidity
        if self._options.temperature_from == "pressure":
            temperature = self._ask(board.get_temperature_from_pressure)
        pressure = self._ask(board.get_pressure)
        factor = self._options.cpu_heat_correction
        if factor is not None and temperature is not None:
            cpu = self._cpu()
            if cpu is None:
                raise SensorLost("cpu_heat_correction is set, but the processor has no thermometer")
            temperature = without_cpu_heat(temperature, cpu, factor)
            if humidity is not None and by_humidity is not None:
                humidity = humidity_at(temperature, humidity, by_humidity)
        return {"temperature": temperature, "humidity": humidity, "pressure": pressure}

    def _ask(self, get: Callable[[], float]) -> float | None:
        for _ in range(_TRIES):
            value = float(get())
            if value != 0:
                return value
            self._sleep(_BETWEEN_TRIES)
        return None


def without_cpu_heat(measured: float, cpu: float, factor: float) -> float:
    """The air's °C where a processor of ``cpu`` °C warms the thermometer: ``t - (t_cpu - t) / factor``.

    The thermometer stands between air and processor, a fixed part of the way; so the way from it down to
    the air is ``1 / factor`` of the way up to the processor. Where the processor is no warmer there is
    nothing to correct. (Initial State, *Sense HAT temperature correction*, wunderground-sensehat wiki, 2016,
    which found 5.466 for one Pi; fans, cases and models differ.)
    """
    return measured - max(0.0, cpu - measured) / factor


def humidity_at(temperature: float, humidity: float, measured_at: float) -> float:
    """Relative humidity in % at ``temperature`` of air that had ``humidity`` at ``measured_at`` °C.

    Ratio of saturation pressures by the Magnus formula over water, coefficients of Sonntag (1990).
    """
    return min(100.0, humidity * _saturation(measured_at) / _saturation(temperature))


def _saturation(temperature: float) -> float:
    return 6.112 * math.exp(17.62 * temperature / (243.12 + temperature))
