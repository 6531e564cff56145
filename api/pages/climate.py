"""What the overview shows of each location: its values, how far they can be trusted, and why."""

from dataclasses import dataclass

from api.climate import locations as kept
from api.climate.locations import Heard, LocationNow
from api.context import Context
from api.pages import words
from influx.location_value import LocationValue

MARGIN = 0.5
"""The bar shows this part of the safe range beyond either end of it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a temperature stands in the safe range, in percent of the width of a bar."""

    low: float
    high: float
    here: float


@dataclass(frozen=True, slots=True)
class ShownLocation:
    """A location with one value a field, out of those of its sensors.

    ``stale`` where no sensor lives. A field whose sensors all are silent is None unless everything is, and
    ``verdict`` is empty where the temperature is safe or unjudged. ``living`` and ``silent`` are sensors
    that spoke, ``unheard`` those that never did; ``leading`` says most of the temperature.
    """

    name: str
    label: str
    low: float | None
    high: float | None
    temperature: LocationValue | None
    humidity: LocationValue | None
    pressure: LocationValue | None
    living: tuple[Heard, ...]
    silent: tuple[Heard, ...]
    unheard: tuple[str, ...]
    simulated: bool
    verdict: str
    scale: Scale | None

    @property
    def stale(self) -> bool:
        """Whether the values are only what was true last."""
        return not self.living

    @property
    def leading(self) -> LocationValue | None:
        """The field that the location is known by: temperature where it is measured."""
        return self.temperature or self.humidity or self.pressure

    @property
    def sensors(self) -> int:
        """How many sensors there are, whether they speak or not."""
        return len(self.living) + len(self.silent) + len(self.unheard)


def locations(context: Context) -> list[ShownLocation]:
    """Every location that is configured or was heard of, in the order of the configuration."""
    return [_shown(context, one) for one in kept.locations_now(context)]


def configured(context: Context) -> list[ShownLocation]:
    """The locations of the configuration, without values: what is known while the store is away."""
    return [_shown(context, one) for one in kept.silent(context)]


def _shown(context: Context, one: LocationNow) -> ShownLocation:
    location = one.location
    living = tuple(heard for heard in one.heard if not heard.stale)
    silent = tuple(heard for heard in one.heard if heard.stale)
    fields = {name: value for name, value in one.fields.items() if not value.stale or not living}
    temperature = fields.get("temperature")
    celsius = None if temperature is None else temperature.value
    return ShownLocation(
        location.name,
        location.label or words.label(location.name),
        location.temperature_low,
        location.temperature_high,
        temperature,
        fields.get("humidity"),
        fields.get("pressure"),
        living,
        silent,
        one.unheard,
        any(is_simulated(context, heard.sensor) for heard in living or silent),
        verdict(celsius, location.temperature_low, location.temperature_high),
        scale(celsius, location.temperature_low, location.temperature_high),
    )


def is_simulated(context: Context, sensor: str) -> bool:
    """Whether the values of ``sensor`` are made up, for a demonstration."""
    return any(known.name == sensor and known.kind == "simulated" for known in context.sensors)


def verdict(temperature: float | None, low: float | None, high: float | None) -> str:
    """``cold`` below the safe range, ``warm`` above it, and empty within it or where there is none."""
    if temperature is None:
        return ""
    if low is not None and temperature < low:
        return "cold"
    if high is not None and temperature > high:
        return "warm"
    return ""


def scale(temperature: float | None, low: float | None, high: float | None) -> Scale | None:
    """The bar of a temperature in a safe range with two ends; None where there is no such range."""
    if temperature is None or low is None or high is None:
        return None
    span = high - low
    start, width = low - MARGIN * span, (1 + 2 * MARGIN) * span

    def percent(value: float) -> float:
        return round(min(98.0, max(2.0, (value - start) / width * 100)), 1)

    return Scale(percent(low), percent(high), percent(temperature))
