"""Nursery: the room, what was eaten and drunk, how much a day, and how long ago."""

from grafana import variables
from grafana.dashboards import temperatures as warm
from grafana.home import Home
from grafana.house import Dashboard
from grafana.panels import Json, Panel, bars, of_column, stat, table
from grafana.queries import chosen, days_of
from grafana.units import COUNT
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only, strings
from influx.schema import JOURNAL

WHO = {"person": "person"}


def dashboard(home: Home) -> Dashboard:
    """The dashboard of the nursery."""
    return Dashboard(
        "nursery",
        "Nursery",
        "The room, feeds and drinks, amounts a day, and the time since the last.",
        [
            _since(home),
            warm.now(home, width=8),
            warm.humidity(home),
            warm.over_time(home, "Temperature of the room", width=24, height=8),
            _amounts(home),
            _feeds(home),
            _entries(home),
        ],
        [variables.person(home), _room(home), variables.UNIT],
        last="7d",
    )


def _room(home: Home) -> Json:
    """The location that is called nursery, where there is one; another can be chosen."""
    asked = variables.location(home)
    if all(place.name != "nursery" for place in home.locations):
        return asked
    return asked | {"current": {"text": ["nursery"], "value": ["nursery"], "selected": True}}


def _since(home: Home) -> Panel:
    query = f"""from(bucket: {literal(bucket_name(JOURNAL.bucket, home.prefix))})
    |> range(start: -30d)
    {only("_measurement", [JOURNAL.name])}
    {only("_field", ["amount"])}
{chr(10).join(chosen(JOURNAL, WHO))}
    |> last()
    |> map(fn: (r) => ({{r with _value: float(v: int(v: now()) - int(v: r._time)) / 1000000000.0}}))
    |> map(fn: (r) => ({{r with _time: now()}}))
    |> keep(columns: ["_time", "_value", "person", "entry_type"])
"""
    return stat(
        "Time since the last",
        "How long ago the last food and the last drink were written down; of the last 30 days.",
        "s",
        {"A": query},
        "${__field.labels.entry_type}, ${__field.labels.person}",
        width=8,
        gives=("_time", "_value", "person", "entry_type"),
        defaults={"decimals": 0},
    )


def _amounts(home: Home) -> Panel:
    fields = only("_field", ["amount", "name"])
    query = f"""import "date"
import "timezone"

home = {days_of(home)}
from(bucket: {literal(bucket_name(JOURNAL.bucket, home.prefix))})
    |> range(start: date.truncate(t: v.timeRangeStart, unit: 1d, location: home), stop: v.timeRangeStop)
    {only("_measurement", [JOURNAL.name])}
    {fields}
{chr(10).join(chosen(JOURNAL, WHO))}
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
    |> filter(fn: (r) => exists r.amount)
    |> map(fn: (r) => ({{
        _time: r._time, person: r.person, what: if exists r.name then r.name else "", _value: r.amount,
    }}))
    |> group(columns: ["person", "what"])
    |> sort(columns: ["_time"])
    |> aggregateWindow(every: 1d, fn: sum, location: home, createEmpty: false, timeSrc: "_start")
    |> keep(columns: ["_time", "_value", "person", "what"])
"""
    return bars(
        "Amounts a day",
        "How much of each food and drink there was on each of the home's days; the unit is part of the name.",
        "none",
        {"A": query},
        "${__field.labels.what}, ${__field.labels.person}",
        gives=("_time", "_value", "person", "what"),
        legend=("lastNotNull", "mean"),
        height=10,
    )


def _feeds(home: Home) -> Panel:
    query = f"""import "date"
import "timezone"

home = {days_of(home)}
from(bucket: {literal(bucket_name(JOURNAL.bucket, home.prefix))})
    |> range(start: date.truncate(t: v.timeRangeStart, unit: 1d, location: home), stop: v.timeRangeStop)
    {only("_measurement", [JOURNAL.name])}
    {only("_field", ["amount"])}
{chr(10).join(chosen(JOURNAL, WHO))}
    |> aggregateWindow(every: 1d, fn: count, location: home, createEmpty: false, timeSrc: "_start")
    |> keep(columns: ["_time", "_value", "person", "entry_type"])
"""
    return bars(
        "Feeds and drinks a day",
        "How many entries of food and of drink were written down on each of the home's days.",
        COUNT,
        {"A": query},
        "${__field.labels.entry_type}, ${__field.labels.person}",
        gives=("_time", "_value", "person", "entry_type"),
        height=10,
    )


def _entries(home: Home) -> Panel:
    columns = ("_time", "amount", "name", "entry_type", "person", "note")
    query = f"""from(bucket: {literal(bucket_name(JOURNAL.bucket, home.prefix))})
    |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
    {only("_measurement", [JOURNAL.name])}
    {only("_field", ["amount", "name", "note"])}
{chr(10).join(chosen(JOURNAL, WHO))}
    // The newest of each person and kind are enough: the table shows no more.
    |> tail(n: 200)
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
    |> group()
    |> sort(columns: ["_time"], desc: true)
    |> limit(n: 200)
    |> keep(columns: {strings(columns)})
"""
    return table(
        "Journal",
        "The newest 200 entries of the window, as they were written down.",
        {"A": query},
        columns,
        width=24,
        height=10,
        overrides=(
            of_column("_time", displayName="When", unit="dateTimeAsLocal", custom_width=170),
            of_column("person", displayName="Who"),
            of_column("entry_type", displayName="Kind"),
            of_column("amount", displayName="Amount", unit=COUNT),
            of_column("name", displayName="Of what"),
            of_column("note", displayName="Note"),
        ),
    )
