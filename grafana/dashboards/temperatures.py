"""Panels of temperature, in the unit that the dashboard shows (a query for each unit), and of humidity."""

from dataclasses import replace

from grafana.home import Home
from grafana.limits import limits
from grafana.newest import newest
from grafana.panels import Json, Panel, lines, of_query, stat
from grafana.queries import Numbers, numbers
from grafana.units import FAHRENHEIT as DEGREES_F
from grafana.units import unit_of
from grafana.variables import CELSIUS, FAHRENHEIT, TO_FAHRENHEIT
from influx.alert_rules import TEMPERATURE, SubjectKind, Thresholds
from influx.schema import ENVIRONMENT
from influx.windows import Aggregate

FIELD = "temperature"
UNIT = unit_of(ENVIRONMENT, FIELD)
HERE = {"location": "location"}
NAME = "${__field.labels.location} ${__field.labels.sensor}"
RANGE = "${__field.labels.side} safe, ${__field.labels.subject}"
DASHED: Json = {"fill": "dash", "dash": [8, 8]}


def both(home: Home, asked: Numbers, *references: str) -> dict[str, str]:
    """``asked`` in °C and in °F under these references."""
    celsius, fahrenheit = references
    return {
        celsius: numbers(home, replace(asked, when=CELSIUS)),
        fahrenheit: numbers(home, replace(asked, when=FAHRENHEIT, scale=TO_FAHRENHEIT)),
    }


def safe_range(home: Home, *references: str) -> dict[str, str]:
    """The safe range of each location in °C and in °F: what people set over what the home is made with."""
    usual = {
        place.name: Thresholds(place.temperature_low, place.temperature_high) for place in home.locations
    }
    celsius, fahrenheit = references
    asked = (home, TEMPERATURE, SubjectKind.LOCATION, "location", usual)
    return {
        celsius: limits(*asked, when=CELSIUS),
        fahrenheit: limits(*asked, when=FAHRENHEIT, scale=TO_FAHRENHEIT),
    }


def over_time(home: Home, title: str = "Temperature", *, width: int = 24, height: int = 9) -> Panel:
    """Mean temperature of every sensor with the safe range of its location."""
    dashed = {"displayName": RANGE, "custom_lineStyle": DASHED, "custom_spanNulls": True, "color": _ORANGE}
    return lines(
        title,
        "Mean air temperature of every step, by location and sensor; a gap is a gap. Dashed: the safe range "
        "that is set for the location (ranges of pets and cameras that narrow it are on the page Alerts).",
        UNIT,
        both(home, Numbers(ENVIRONMENT, FIELD, Aggregate.MEAN, tags=HERE), "A", "B")
        | safe_range(home, "C", "D"),
        NAME,
        width=width,
        height=height,
        overrides=(
            of_query("B", unit=DEGREES_F),
            of_query("C", **dashed),
            of_query("D", unit=DEGREES_F, **dashed),
        ),
    )


_ORANGE: Json = {"mode": "fixed", "fixedColor": "orange"}


def now(home: Home, *, width: int = 6) -> Panel:
    """What every sensor says now."""
    asked = (home, ENVIRONMENT, FIELD)
    return stat(
        "Temperature now",
        "The newest reading of every sensor; one older than 15 minutes is not shown as current.",
        UNIT,
        {
            "A": newest(*asked, tags=HERE, when=CELSIUS),
            "B": newest(*asked, tags=HERE, when=FAHRENHEIT, scale=TO_FAHRENHEIT),
        },
        NAME,
        width=width,
        defaults={"decimals": 1, "noValue": "silent"},
        overrides=(of_query("B", unit=DEGREES_F),),
    )


def humidity(home: Home) -> Panel:
    """The newest humidity that each of the same sensors tells."""
    return stat(
        "Humidity now",
        "The newest reading of every sensor; one older than 15 minutes is not shown as current.",
        unit_of(ENVIRONMENT, "humidity"),
        {"A": newest(home, ENVIRONMENT, "humidity", tags=HERE)},
        NAME,
        width=8,
        defaults={"decimals": 0, "noValue": "silent"},
    )
