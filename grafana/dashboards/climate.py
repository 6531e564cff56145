"""Climate: how warm, damp and still the air is and was, beside what is safe and what was yesterday."""

from grafana import variables
from grafana.dashboards import temperatures as warm
from grafana.home import Home
from grafana.house import Dashboard
from grafana.limits import limits
from grafana.newest import newest
from grafana.panels import Panel, lines, of_query, row, stat
from grafana.queries import Numbers, chosen, days_of, numbers
from grafana.units import FAHRENHEIT as DEGREES_F
from grafana.units import unit_of
from influx.alert_rules import RULES, SubjectKind
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only
from influx.schema import ENVIRONMENT, ROLLUPS
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
            _nights(home),
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
    asked = Numbers(ENVIRONMENT, warm.FIELD, Aggregate.MEAN, tags=warm.HERE)
    before = Numbers(ENVIRONMENT, warm.FIELD, Aggregate.MEAN, tags=warm.HERE, before="1d")
    grey = {
        "displayName": f"{warm.NAME}, a day before",
        "color": {"mode": "fixed", "fixedColor": "text"},
        "custom_lineStyle": {"fill": "dot", "dash": [0, 6]},
    }
    return lines(
        "Compared with the day before",
        "Mean temperature, and dotted that of the same time a day before.",
        warm.UNIT,
        warm.both(home, asked, "A", "B") | warm.both(home, before, "C", "D"),
        warm.NAME,
        overrides=(
            of_query("B", unit=DEGREES_F),
            of_query("C", **grey),
            of_query("D", unit=DEGREES_F, **grey),
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


def _nights(home: Home) -> Panel:
    name = "${__field.labels.location} ${__field.labels.sensor}"
    return lines(
        "Coldest of each night",
        "The lowest temperature between 22:00 and 06:00 by the home's clock, at the date of the morning. "
        "From quarter hours, which are kept for two years unless configured otherwise.",
        warm.UNIT,
        {
            "A": _night(home, variables.CELSIUS, "r._value"),
            "B": _night(home, variables.FAHRENHEIT, variables.TO_FAHRENHEIT),
        },
        name,
        overrides=(of_query("B", unit=DEGREES_F),),
        draws={"spanNulls": 2 * 24 * 3600 * 1000, "showPoints": "always", "pointSize": 6},
    )


def _night(home: Home, when: str, scale: str) -> str:
    """Hours first, which the storage engine works out while it reads; then those of the night.

    Two hours later all of a night is in one day. Hours are those of UTC: where the home's begin at other
    minutes, so do its nights here.
    """
    quarter = ROLLUPS[ENVIRONMENT.name][0]
    lines = [
        'import "date"',
        'import "timezone"',
        "",
        "option location = timezone.utc",
        f"home = {days_of(home)}",
        f"from(bucket: {literal(bucket_name(quarter.bucket, home.prefix))})",
        "    |> range(start: date.sub(d: 1d, from: v.timeRangeStart), stop: v.timeRangeStop)",
        f"    {only('_measurement', [quarter.name])}",
        f"    {only('_field', ['temperature_min'])}",
        *chosen(ENVIRONMENT, warm.HERE),
        '    |> aggregateWindow(every: 1h, fn: min, createEmpty: false, timeSrc: "_start")',
        f"    |> filter(fn: (r) => {when})",
        "    |> hourSelection(start: 22, stop: 5, location: home)",
        "    |> timeShift(duration: 2h)",
        '    |> aggregateWindow(every: 1d, fn: min, location: home, createEmpty: false, timeSrc: "_start")',
        '    |> keep(columns: ["_time", "_value", "location", "sensor"])',
        f"    |> map(fn: (r) => ({{r with _value: {scale}}}))",
    ]
    return "\n".join(lines) + "\n"
