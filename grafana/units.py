"""Units as Grafana calls them, for those of the vocabulary."""

from influx.words import Measurement

_GRAFANA = {
    "": "none",
    "°C": "celsius",
    "%": "percent",
    "hPa": "pressurehpa",
    "ppm": "ppm",
    "s": "s",
    "min": "m",
    "B": "bytes",
    "bit/s": "bps",
    "1/s": "suffix:1/s",
    "points": "short",
    "frames": "short",
}
FAHRENHEIT = "fahrenheit"
PART = "percentunit"
"""A part of the whole, 0 to 1."""
COUNT = "short"
SIGMA = "suffix:σ"
HOURS = "suffix:h"
"""Where Grafana's own would have 33.3 min and 1.67 hour on one axis."""
OF_SECONDS = "r._value / 3600.0"
"""Flux that makes hours of seconds."""


def unit_of(spec: Measurement, field: str) -> str:
    """The unit of ``field``; raises ``KeyError`` where Grafana has no word for it yet."""
    return _GRAFANA[spec.field(field).unit]
