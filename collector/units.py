"""Units that devices and people use, and how they become the units of the vocabulary."""

from collections.abc import Mapping
from types import MappingProxyType

_Step = tuple[float, float]
"""What is added first, and what it is multiplied with then."""

_UNITS: Mapping[str, Mapping[str, _Step]] = MappingProxyType(
    {
        "°C": {"C": (0, 1), "F": (-32, 5 / 9), "K": (-273.15, 1)},
        "%": {"%": (0, 1), "ratio": (0, 100)},
        # NIST SP 811 (2008), appendix B.8: conventional inch and millimetre of mercury.
        "hPa": {
            "hPa": (0, 1),
            "mbar": (0, 1),
            "Pa": (0, 0.01),
            "kPa": (0, 10),
            "inHg": (0, 33.86389),
            "mmHg": (0, 1.333224),
        },
        "ppm": {"ppm": (0, 1), "ppb": (0, 0.001), "%": (0, 10_000)},
    }
)


class UnitError(ValueError):
    """A unit that cannot become what is stored, in one sentence with those that can."""


def check_unit(unit: str, stored: str) -> str:
    """``unit`` by its plain name (``F`` for ``°F``), where it can become ``stored``; raises ``UnitError``."""
    known = _UNITS.get(stored, {stored: (0, 1)})
    name = unit.removeprefix("°")
    if name not in known:
        raise UnitError(
            f"{unit!r:.40} is no unit for what is stored in {stored}; there are {', '.join(known)}"
        )
    return name


def to_stored(value: float, unit: str, stored: str) -> float:
    """``value`` of ``unit`` in the unit of the vocabulary, to 4 decimals where it is another one.

    Raises ``UnitError``.
    """
    shift, factor = _UNITS.get(stored, {stored: (0, 1)})[check_unit(unit, stored)]
    return value if (shift, factor) == (0, 1) else round((value + shift) * factor, 4)
