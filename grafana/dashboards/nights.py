"""The coldest of each night: eight hours by the home's clock, worked out while they are read."""

from datetime import UTC, datetime, timedelta

from grafana import variables
from grafana.dashboards import temperatures as warm
from grafana.home import Home
from grafana.panels import Panel, lines, of_query
from grafana.queries import chosen, days_of
from grafana.units import FAHRENHEIT as DEGREES_F
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only, strings
from influx.schema import ENVIRONMENT, ROLLUPS

_EVENING, _LENGTH = timedelta(hours=22), timedelta(hours=8)
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
"""Clocks as they are in these years; nobody knows further ahead."""
_SHORTEST = timedelta(days=7)
"""No zone's clocks are changed for less."""


def nights(home: Home) -> Panel:
    """The panel with the lowest temperature of each night, of every sensor."""
    return lines(
        "Coldest of each night",
        "The lowest temperature of the eight hours from 22:00 by the home's clock, at the date of the "
        "morning (until 06:00; until 05:00 or 07:00 in the two nights when clocks are changed). "
        "From quarter hours, which are kept for two years unless configured otherwise.",
        warm.UNIT,
        {
            "A": _lowest(home, variables.CELSIUS),
            "B": _lowest(home, variables.FAHRENHEIT, variables.TO_FAHRENHEIT),
        },
        "${__field.labels.location} ${__field.labels.sensor}",
        overrides=(of_query("B", unit=DEGREES_F),),
        draws={"spanNulls": 2 * 24 * 3600 * 1000, "showPoints": "always", "pointSize": 6},
    )


def _lowest(home: Home, when: str, scale: str = "") -> str:
    """Thirds of days of UTC, one of which is the night by either clock; kept are those that begin at 22:00.

    What keeps them is a window of a quarter hour a day, and a sum of one value: asking each row for its local
    time takes ten times as long.
    """
    quarter = ROLLUPS[ENVIRONMENT.name][0]
    steps = [
        'import "date"',
        'import "timezone"',
        "",
        f"home = {days_of(home)}",
        f"isAsked = {when}",
        "day = date.truncate(t: v.timeRangeStart, unit: 1d, location: home)",
        "begin = if isAsked then date.sub(d: 12h, from: day) else 1970-01-01T00:00:00Z",
        "end = if isAsked then v.timeRangeStop else 1970-01-01T00:00:01Z",
        "",
        f"thirds = (offset) => from(bucket: {literal(bucket_name(quarter.bucket, home.prefix))})",
        "    |> range(start: begin, stop: end)",
        f"    {only('_measurement', [quarter.name])}",
        f"    {only('_field', [f'{warm.FIELD}_min'])}",
        *chosen(ENVIRONMENT, warm.HERE),
        _windows("8h, offset: offset, fn: min"),
        "",
        *_of_all([f"thirds(offset: {minutes}m)" for minutes in _phases(home)]),
        _windows("1d, offset: 22h, period: 15m, fn: sum, location: home"),
        "    |> timeShift(duration: 2h)",
        # A sensor that came to another machine within a night has a value from either.
        f"    |> group(columns: {strings(['location', 'sensor'])})",
        '    |> sort(columns: ["_value"])',
        '    |> unique(column: "_time")',
        '    |> sort(columns: ["_time"])',
        '    |> keep(columns: ["_time", "_value", "location", "sensor"])',
    ]
    if scale:
        steps.append(f"    |> map(fn: (r) => ({{r with _value: {scale}}}))")
    return "\n".join(steps) + "\n"


def _windows(how: str) -> str:
    return f'    |> aggregateWindow(every: {how}, createEmpty: false, timeSrc: "_start")'


def _of_all(sources: list[str]) -> list[str]:
    """A union takes two at least."""
    return [f"union(tables: [{', '.join(sources)}])"] if len(sources) > 1 else sources


def _phases(home: Home) -> list[int]:
    """Minutes of UTC at which thirds of days begin so that one is the night, by each of the zone's clocks."""
    weeks = range((_UNTIL - _FROM) // _SHORTEST)
    clocks = {(_FROM + week * _SHORTEST).astimezone(home.zone).utcoffset() for week in weeks}
    return sorted(
        {(_EVENING - clock) % _LENGTH // timedelta(minutes=1) for clock in clocks if clock is not None}
    )
