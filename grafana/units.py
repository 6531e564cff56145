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
    "1/s": "suffix: 1/s",
    "points": "short",
    "frames": "short",
}
FAHRENHEIT = "fahrenheit"
PART = "percentunit"
"""A part of the whole, 0 to 1."""
COUNT = "short"
SIGMA = "suffix: σ"


def unit_of(spec: Measurement, field: str) -> str:
    """The unit of ``field``; raises ``KeyError`` where Grafana has no word for it yet."""
    return _GRAFANA[spec.field(field).unit]
