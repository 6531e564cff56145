"""Climate: how warm, damp and still the air is and was, beside what is safe and what was yesterday."""

from grafana import variables
from grafana.dashboards import temperatures as warm
from grafana.dashboards.nights import nights
from grafana.home import Home
from grafana.house import Dashboard
from grafana.limits import limits
from grafana.newest import newest
from grafana.panels import Panel, lines, of_ending, of_query, row, stat
from grafana.queries import BEFORE, Numbers, numbers
from grafana.units import FAHRENHEIT as DEGREES_F
from grafana.units import unit_of
from influx.alert_rules import RULES, SubjectKind
from influx.schema import ENVIRONMENT
from influx.windows import Aggregate


def dashboard(home: Home) -> Dashboard:
    """The dashboard of the climate."""
    return Dashboard(
        "climate",
        "Climate",
        "Temperature, humidity and pressure of every location, with the safe range and the nights.",
        [
            warm.now(home, width=8),
            _now(home, "humidity", "Humidity now"),
            _now(home, "pressure", "Pressure now"),
            warm.over_time(home),
            _humidity(home),
            _pressure(home),
            _yesterday(home),
            nights(home),
            row("Lowest and highest"),
            _band(home),
        ],
        [variables.location(home), variables.UNIT],
        clips=True,
    )


def _now(home: Home, field: str, title: str) -> Panel:
    return stat(
        title,
        "The newest reading of every sensor; one older than 15 minutes is not shown as current.",
        unit_of(ENVIRONMENT, field),
        {"A": newest(home, ENVIRONMENT, field, tags=warm.HERE)},
        warm.NAME,
        width=8,
        defaults={"decimals": 0, "noValue": "silent"},
    )


def _humidity(home: Home) -> Panel:
    asked = Numbers(ENVIRONMENT, "humidity", Aggregate.MEAN, tags=warm.HERE)
    dashed = {"displayName": warm.RANGE, "custom_lineStyle": warm.DASHED, "custom_spanNulls": True}
    return lines(
        "Humidity",
        "Mean relative humidity of every step. Dashed: the range that is set for the location.",
        unit_of(ENVIRONMENT, "humidity"),
        {
            "A": numbers(home, asked),
            "B": limits(home, RULES["humidity"], SubjectKind.LOCATION, "location", {}),
        },
        warm.NAME,
        overrides=(of_query("B", **dashed),),
    )


def _pressure(home: Home) -> Panel:
    return lines(
        "Pressure",
        "Mean air pressure of every step, as measured: not reduced to sea level.",
        unit_of(ENVIRONMENT, "pressure"),
        {"A": numbers(home, Numbers(ENVIRONMENT, "pressure", Aggregate.MEAN, tags=warm.HERE))},
        warm.NAME,
    )


def _yesterday(home: Home) -> Panel:
    asked = Numbers(ENVIRONMENT, warm.FIELD, Aggregate.MEAN, tags=warm.HERE, day_before=True)
    return lines(
        "Compared with the day before",
        "Mean temperature, and dotted that of the same time a day before.",
        warm.UNIT,
        warm.both(home, asked, "A", "B"),
        f"{warm.NAME}${{__field.labels.before}}",
        overrides=(
            of_query("B", unit=DEGREES_F),
            of_ending(
                BEFORE,
                color={"mode": "fixed", "fixedColor": "text"},
                custom_lineStyle={"fill": "dot", "dash": [0, 6]},
            ),
        ),
    )


def _band(home: Home) -> Panel:
    lowest, highest = (
        Numbers(ENVIRONMENT, warm.FIELD, aggregate, by=("location",), tags=warm.HERE)
        for aggregate in (Aggregate.MIN, Aggregate.MAX)
    )
    high = {"displayName": "highest", "custom_fillBelowTo": "lowest", "custom_fillOpacity": 20}
    return lines(
        "Lowest and highest in $location",
        "The lowest and the highest temperature of every step, of all sensors of the location together.",
        warm.UNIT,
        warm.both(home, lowest, "A", "B") | warm.both(home, highest, "C", "D"),
        "lowest",
        width=24,
        overrides=(
            of_query("B", unit=DEGREES_F),
            of_query("C", **high),
            of_query("D", unit=DEGREES_F, **high),
        ),
        more={"repeat": "location", "repeatDirection": "v"},
    )
