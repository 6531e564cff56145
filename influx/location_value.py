"""What several sensors of one location say together: one value, and whether they are too far apart."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest value of one sensor and its age; ``stale`` where it is too old to be called current."""

    sensor: str
    value: float
    age: timedelta
    stale: bool


@dataclass(frozen=True, slots=True)
class LocationValue:
    """What a location shows.

    ``value`` is the median of the sensors that live: of one that one, of two their mean. ``age`` is that of
    the oldest value in it. Where none lives, the value is the newest there was, and ``stale`` is true.
    ``spread`` is between the lowest and the highest living sensor; ``disagrees`` where it is larger than
    sensors of one location may be apart.
    """

    value: float
    age: timedelta
    stale: bool
    living: tuple[Newest, ...]
    silent: tuple[Newest, ...]
    spread: float
    disagrees: bool


def location_value(said: Sequence[Newest], disagreement: float | None) -> LocationValue | None:
    """What a location shows of what its sensors ``said`` of one field; None where none has ever spoken.

    ``disagreement`` is in the unit of the field; without it nothing is odd.
    """
    living = tuple(one for one in said if not one.stale)
    silent = tuple(one for one in said if one.stale)
    if not living:
        if not silent:
            return None
        newest = min(silent, key=lambda one: one.age)
        return LocationValue(newest.value, newest.age, True, living, silent, 0.0, False)
    values = [one.value for one in living]
    # Rounded like the values themselves: 0.1 + 0.2 is a hair more than 0.3.
    spread = round(max(values) - min(values), 6)
    return LocationValue(
        value=together(values),
        age=max(one.age for one in living),
        stale=False,
        living=living,
        silent=silent,
        spread=spread,
        disagrees=disagreement is not None and spread > disagreement,
    )


def together(values: Sequence[float]) -> float:
    """The one value that stands for ``values`` of one location and time: their median."""
    # Mostly there is but one, of thousands of moments.
    return round(values[0] if len(values) == 1 else statistics.median(values), 6)
