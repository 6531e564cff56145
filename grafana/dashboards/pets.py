"""Pets: who did what, when they were active, where they were, and which days were unusual."""

from grafana import variables
from grafana.home import Home
from grafana.house import Dashboard
from grafana.panels import FEW, Panel, bars, html, steps
from grafana.queries import Numbers, chosen, days_of, numbers
from grafana.units import COUNT, HOURS, OF_SECONDS, SIGMA, unit_of
from influx.alert_rules import RULES, SubjectKind
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only
from influx.schema import BASELINE, CAPTURED_EVENT_TYPES, NO_PETS, PET_ACTIVE_1D, PET_ACTIVE_15M, PET_EVENT
from influx.windows import Aggregate

ALL = {"pet": "pet", "location": "location", "camera": "camera"}
NOTHING = {"event_type": tuple(sorted(CAPTURED_EVENT_TYPES)), "pet": tuple(sorted(NO_PETS))}
"""What no pet did."""
DURATION = "duration"


def dashboard(home: Home) -> Dashboard:
    """The dashboard of the pets."""
    return Dashboard(
        "pets",
        "Pets",
        "What the pets did, when they were active, where they were, and which days were unusual.",
        [
            per_pet(home, width=12),
            _by_type(home),
            _active(home),
            _asleep(home),
            _where(home),
            _unusual(home),
            _map(home),
        ],
        [variables.pet(home), variables.location(home), variables.camera(home)],
        last="14d",
    )


def per_pet(home: Home, *, width: int = 12) -> Panel:
    """Events of each day, by pet."""
    asked = Numbers(PET_EVENT, DURATION, Aggregate.COUNT, ("pet",), ALL, NOTHING, daily=True, empty=False)
    return bars(
        "Events a day, by pet",
        "How many events each pet had on each of the home's days; photos and recordings that a person asked "
        "for, and what was no pet, do not count.",
        COUNT,
        {"A": numbers(home, asked)},
        "${__field.labels.pet}",
        width=width,
        gives=("_time", "_value", "pet"),
    )


def _by_type(home: Home) -> Panel:
    asked = Numbers(PET_EVENT, DURATION, Aggregate.COUNT, ("event_type",), ALL, NOTHING, empty=False)
    return bars(
        "Events, by type",
        "How many events of each type there were, an hour or more a bar; of all pets that are chosen.",
        COUNT,
        {"A": numbers(home, asked)},
        "${__field.labels.event_type}",
        least_step="1h",
        gives=("_time", "_value", "event_type"),
        more=FEW,
    )


def _active(home: Home) -> Panel:
    quarter, day = (
        literal(bucket_name(spec.bucket, home.prefix)) for spec in (PET_ACTIVE_15M, PET_ACTIVE_1D)
    )
    pets = "\n".join(chosen(PET_ACTIVE_15M, {"pet": "pet"}))
    query = f"""wanted = int(v: v.windowPeriod)
hours = from(bucket: {quarter})
    |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
    {only("_measurement", [PET_ACTIVE_15M.name])}
    {only("_field", ["minutes"])}
{pets}
    |> toFloat()
    |> aggregateWindow(every: 1h, fn: sum, createEmpty: true, timeSrc: "_start")
    |> keep(columns: ["_time", "_value", "pet"])
days = from(bucket: {day})
    |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
    {only("_measurement", [PET_ACTIVE_1D.name])}
    {only("_field", ["minutes"])}
{pets}
    |> toFloat()
    |> map(fn: (r) => ({{r with _value: r._value / 24.0}}))
    |> keep(columns: ["_time", "_value", "pet"])

if wanted > 10800000000000 then days else hours
"""
    return bars(
        "Active minutes an hour",
        "In how many minutes of an hour a camera saw the pet move; over long windows the mean of each day. "
        "An hour without any has no bar.",
        unit_of(PET_ACTIVE_15M, "minutes"),
        {"A": query},
        "${__field.labels.pet}",
        least_step="1h",
        gives=("_time", "_value", "pet"),
        more=FEW,
    )


def _asleep(home: Home) -> Panel:
    asked = Numbers(
        PET_EVENT,
        DURATION,
        Aggregate.SUM,
        ("pet",),
        ALL,
        equal={"event_type": "sleeping"},
        daily=True,
        empty=False,
        scale=OF_SECONDS,
    )
    return bars(
        "Sleep a day",
        "How long each pet was seen asleep on each of the home's days: what no camera saw does not count.",
        HOURS,
        {"A": numbers(home, asked)},
        "${__field.labels.pet}",
        gives=("_time", "_value", "pet"),
    )


def _where(home: Home) -> Panel:
    asked = Numbers(
        PET_EVENT,
        DURATION,
        Aggregate.SUM,
        ("pet", "location"),
        ALL,
        NOTHING,
        daily=True,
        empty=False,
        scale=OF_SECONDS,
    )
    return bars(
        "Where they were",
        "How long the events of each pet lasted at each location, on each of the home's days.",
        HOURS,
        {"A": numbers(home, asked)},
        "${__field.labels.pet} in ${__field.labels.location}",
        gives=("_time", "_value", "pet", "location"),
    )


def _unusual(home: Home) -> Panel:
    rule = RULES["unusual_activity"]
    most = rule.defaults[SubjectKind.PET].high
    assert most is not None
    bucket = literal(bucket_name(BASELINE.bucket, home.prefix))
    pets = "/^${pet:regex}$/"
    query = f"""import "date"
import "math"
import "timezone"

home = {days_of(home)}
start = date.truncate(t: v.timeRangeStart, unit: 1d, location: home)
usual = from(bucket: {bucket})
    |> range(start: start, stop: v.timeRangeStop)
    {only("_measurement", [BASELINE.name])}
    |> filter(fn: (r) => r.kind == "activity" and r.subject =~ {pets})
    |> filter(fn: (r) => r._field == "mean" or r._field == "deviation")
    |> map(fn: (r) => ({{
        pet: r.subject, part: r._field, _time: r._time,
        _value: if r._field == "mean" then r._value else r._value * r._value,
    }}))
    |> group(columns: ["pet", "part"])
    |> aggregateWindow(every: 1d, fn: sum, location: home, createEmpty: false, timeSrc: "_start")
was = from(bucket: {bucket})
    |> range(start: start, stop: v.timeRangeStop)
    {only("_measurement", [PET_ACTIVE_15M.name])}
    {only("_field", ["minutes"])}
{chr(10).join(chosen(PET_ACTIVE_15M, {"pet": "pet"}))}
    |> aggregateWindow(every: 1d, fn: sum, location: home, createEmpty: false, timeSrc: "_start")
    |> map(fn: (r) => ({{pet: r.pet, part: "was", _time: r._time, _value: float(v: r._value)}}))

union(tables: [usual, was])
    |> group(columns: ["pet", "_time"])
    |> reduce(
        identity: {{was: 0.0, mean: 0.0, variance: 0.0}},
        fn: (r, accumulator) => ({{
            was: accumulator.was + (if r.part == "was" then r._value else 0.0),
            mean: accumulator.mean + (if r.part == "mean" then r._value else 0.0),
            variance: accumulator.variance + (if r.part == "deviation" then r._value else 0.0),
        }}),
    )
    |> filter(fn: (r) => r.variance > 0.0)
    |> map(fn: (r) => ({{r with _value: (r.was - r.mean) / math.sqrt(x: r.variance)}}))
    |> group(columns: ["pet"])
    |> keep(columns: ["_time", "_value", "pet"])
    |> sort(columns: ["_time"])
"""
    return bars(
        "Unusual days",
        "How far the active minutes of each day were from what was usual in its hours over the 14 days "
        f"before, in standard deviations of the day. Beyond {most:g} it is unusual; today counts until now.",
        SIGMA,
        {"A": query},
        "${__field.labels.pet}",
        gives=("_time", "_value", "pet"),
        draws={"stacking": {"mode": "none", "group": "A"}, "thresholdsStyle": {"mode": "dashed"}},
        defaults={"min": None, "thresholds": steps((None, "orange"), (-most, "green"), (most, "orange"))},
    )


def _map(home: Home) -> Panel:
    when = "start=${__from:date:iso}&stop=${__to:date:iso}"
    content = (
        f'<img src="{home.origin}/pets/${{pet:percentencode}}/where.png?{when}&over=picture" '
        'width="100%" alt="Where the pet was">'
    )
    return html(
        "Where $pet was",
        "A heat map over the newest picture of the camera that saw the pet most. What was seen every 10 s is "
        "kept for 90 days unless configured otherwise.",
        content,
        width=12,
        height=12,
        more={"repeat": "pet", "repeatDirection": "h", "maxPerRow": 2},
    )
