"""A believable room, the same at every look: a pure function of a seed and a moment.

Weather drifts over days, the heating of a cool room cycles between two limits, nights are cooler, and now
and then somebody opens a window or the sun gets in. So any stretch of the past can be filled in later.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import Field

from collector.sensors.reading import Reading, SensorLost
from influx.config import Section
from influx.schema import ENVIRONMENT

_MINUTE, _HOUR, _DAY, _YEAR = 60.0, 3600.0, 86_400.0, 365.25 * 86_400.0
_COLDEST_DAY = 15 * _DAY
"""The middle of January, in seconds since New Year (1970 began at one)."""
_HEATING_CYCLE = 45 * _MINUTE
_HEATING_PART = 0.3
_EXCURSION_CHANCE = 0.2
_DROPOUT_SLOT, _DROPOUT_CHANCE = 4 * _HOUR, 0.04

# One stream of random numbers for each thing that varies.
_FRONT, _SHOWER, _PHASE, _MOISTURE, _BREATH, _HIGH, _TROUGH, _WINDOW, _DROPOUT, _JITTER = range(10)


@dataclass(frozen=True, slots=True)
class Climate:
    """The climate of the room: °C, % relative humidity, hPa."""

    temperature: float
    humidity: float
    pressure: float


class SimulatedOptions(Section):
    """Keys of a simulated sensor."""

    seed: int = Field(1, ge=0, lt=2**31, description="Which room; the same seed is the same room.")


class Simulated:
    """A sensor in the room of ``seed``; ``now`` gives seconds since 1970."""

    def __init__(self, seed: int, now: Callable[[], float]) -> None:
        self._seed = seed
        self._now = now

    def read(self) -> Sequence[Reading]:
        """The climate now; raises ``SensorLost`` in the room's rare drop-outs."""
        moment = datetime.fromtimestamp(self._now(), UTC)
        if drops_out(self._seed, moment):
            raise SensorLost("the simulated device does not answer")
        return [reading(self._seed, moment)]

    def close(self) -> None:
        """Nothing to give back."""


def reading(seed: int, moment: datetime) -> Reading:
    """What the sensor reads at ``moment``, whether it drops out then or not."""
    room = climate(seed, moment)
    fields = {"temperature": room.temperature, "humidity": room.humidity, "pressure": room.pressure}
    return Reading(ENVIRONMENT, fields)


def climate(seed: int, moment: datetime) -> Climate:
    """The climate of room ``seed`` at ``moment`` (with a time zone); the room keeps UTC as its hours."""
    time = moment.timestamp()
    temperature = _temperature(seed, time)
    jitter = _random(seed, _JITTER, math.floor(time * 10)) - 0.5
    return Climate(
        temperature=round(temperature + 0.06 * jitter, 2),
        humidity=round(min(95.0, max(12.0, _humidity(seed, time, temperature) + 0.5 * jitter)), 2),
        pressure=round(_pressure(seed, time) + 0.04 * jitter, 2),
    )


def drops_out(seed: int, moment: datetime) -> bool:
    """Whether the sensor gives nothing at ``moment``: a few times a week, for one to five minutes."""
    slot, within = divmod(moment.timestamp(), _DROPOUT_SLOT)
    chance, place, length = (_random(seed, _DROPOUT, 3 * int(slot) + part) for part in range(3))
    start = place * (_DROPOUT_SLOT - 5 * _MINUTE)
    return chance < _DROPOUT_CHANCE and start <= within < start + (1 + 4 * length) * _MINUTE


def _outside(seed: int, time: float) -> float:
    season = -math.cos(2 * math.pi * (time - _COLDEST_DAY) / _YEAR)
    day = math.cos(2 * math.pi * (_hour(time) - 15) / 24)
    return 10 + 8 * season + 4 * day + 4 * _drift(seed, _FRONT, time, 3 * _DAY)


def _temperature(seed: int, time: float) -> float:
    outside = _outside(seed, time)
    wanted = 18.2 + 2.2 * _awake(_hour(time))
    demand = min(1.0, max(0.0, (wanted - outside) / 20))
    heat = (0.15 + 0.5 * demand) * _heating(seed, time)
    warmth = 0.2 * max(0.0, outside - 15) + 0.3 * _drift(seed, _SHOWER, time, 5 * _HOUR)
    return wanted + heat + warmth + _excursion(seed, time, outside)


def _awake(hour: float) -> float:
    """From 0 at night to 1 by day, softly around 7 and 22 o'clock."""
    return 1 / (1 + math.exp(-2 * (hour - 7))) * 1 / (1 + math.exp(2 * (hour - 22)))


def _heating(seed: int, time: float) -> float:
    """Between the two limits of a thermostat, -1 and 1: up fast while it heats, down slowly after."""
    cycles = time / _HEATING_CYCLE + 1.5 * _drift(seed, _PHASE, time, 6 * _HOUR)
    part = cycles % 1
    if part < _HEATING_PART:
        return -1 + 2 * _approach(part / _HEATING_PART, 2.5)
    return 1 - 2 * _approach((part - _HEATING_PART) / (1 - _HEATING_PART), 1.5)


def _approach(part: float, haste: float) -> float:
    """From 0 to 1 as ``part`` does, the way a body takes on a temperature."""
    return (1 - math.exp(-haste * part)) / (1 - math.exp(-haste))


def _excursion(seed: int, time: float, outside: float) -> float:
    """On some days a window stays open, or the sun gets in: for hours the room is out of its range."""
    day = math.floor(time / _DAY)
    chance, place, length, size = (_random(seed, _WINDOW, 4 * day + part) for part in range(4))
    start, duration = 9 + 8 * place, 1.5 + 2.5 * length
    part = (_hour(time) - start) / duration
    if chance >= _EXCURSION_CHANCE or not 0 <= part <= 1:
        return 0.0
    cools = outside < 12
    return (-1 if cools else 1) * (4 + 3 * size) * math.sin(math.pi * part) ** 2


def _humidity(seed: int, time: float, temperature: float) -> float:
    """Relative humidity of air with this much water in it: warmer air is drier.

    Saturation by the Magnus formula over water, coefficients of Sonntag (1990), in hPa and °C.
    """
    water = 9.5 + 2 * _drift(seed, _MOISTURE, time, 2 * _DAY) + 0.7 * _drift(seed, _BREATH, time, 3 * _HOUR)
    saturated = 6.112 * math.exp(17.62 * temperature / (243.12 + temperature))
    return 100 * water / saturated


def _pressure(seed: int, time: float) -> float:
    tide = 0.6 * math.cos(4 * math.pi * (_hour(time) - 10) / 24)
    slow, fast = _drift(seed, _HIGH, time, 2.5 * _DAY), _drift(seed, _TROUGH, time, 17 * _HOUR)
    return 1013.25 + 9 * slow + 4 * fast + tide


def _hour(time: float) -> float:
    return time % _DAY / _HOUR


def _drift(seed: int, stream: int, time: float, period: float) -> float:
    """A smooth wandering between -1 and 1 that turns about once a ``period``."""
    step = math.floor(time / period)
    part = time / period - step
    here, there = _random(seed, stream, step), _random(seed, stream, step + 1)
    return 2 * (here + (there - here) * part * part * (3 - 2 * part)) - 1


def _random(seed: int, stream: int, index: int) -> float:
    """A number from 0 to below 1 that only the arguments decide (SplitMix64, Steele et al. 2014)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + stream * 0xD1B54A32D192ED03 + index * 0x8CB92BA72F3D8DD7) % 2**64
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
    return (mixed ^ mixed >> 31) / 2**64
