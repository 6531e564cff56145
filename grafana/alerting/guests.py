"""Whose own range of temperature narrows that of a location, in Flux, as ``influx.safe_ranges`` has it."""

from grafana.alerting import series
from grafana.effective import NONE
from grafana.home import Home
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only
from influx.registry import Kind
from influx.safe_ranges import SEEN_WITHIN
from influx.schema import PET_EVENT, REGISTRY


def narrowed(home: Home) -> list[str]:
    """The Flux of ``limits``, from the range that locations have of their ``own``.

    A camera is where the configuration says, a pet where it was last seen; who is retired is nowhere.
    """
    places = "".join(
        f"if camera == {literal(camera)} then {literal(location)} else "
        for camera, location in sorted(home.cameras.items())
    )
    long_ago = f"date.sub(d: {series.flux(SEEN_WITHIN)}, from: at)"
    return [
        f"none = {{low: {literal(-NONE)}, high: {literal(NONE)}}}",
        f'place = (camera) => {places}""',
        'pets = chosen(kind: "pet") |> effective(usual: none)',
        'names = pets |> group() |> findColumn(fn: (key) => true, column: "subject")',
        "isNone = length(arr: names) == 0",
        f"registered = from(bucket: {literal(bucket_name(REGISTRY.bucket, home.prefix))})",
        f"    |> range(start: 0, stop: {series.UNTIL})",
        f"    {only('_measurement', [REGISTRY.name])}",
        f"    {only('kind', [str(Kind.PET)])}",
        f"    {only('_field', ['retired'])}",
        "    |> last()",
        "    |> group()",
        'gone = registered |> filter(fn: (r) => r._value) |> findColumn(fn: (key) => true, column: "name")',
        "there = registered",
        "    |> filter(fn: (r) => not r._value)",
        '    |> findColumn(fn: (key) => true, column: "name")',
        f"seen = from(bucket: {literal(bucket_name(PET_EVENT.bucket, home.prefix))})",
        "    |> range(",
        f"        start: if isNone then 1970-01-01T00:00:00Z else {long_ago},",
        "        stop: if isNone then 1970-01-01T00:00:01Z else date.add(d: 1s, to: at),",
        "    )",
        f"    {only('_measurement', [PET_EVENT.name])}",
        f"    {only('_field', ['duration'])}",
        "    |> last()",
        '    |> group(columns: ["pet"])',
        '    |> sort(columns: ["_time"])',
        '    |> last(column: "_time")',
        _NARROWED,
    ]


_NARROWED = f"""guests = union(tables: [
    pets
        |> filter(fn: (r) =>
            not contains(value: r.subject, set: gone) or contains(value: r.subject, set: there))
        |> map(fn: (r) => ({{
            pet: r.subject, low: r.low, high: r.high, isSet: if r.off then 0 else 1, location: "",
        }})),
    seen |> map(fn: (r) => ({{pet: r.pet, low: 0.0, high: 0.0, isSet: 0, location: r.location}})),
])
    |> group(columns: ["pet"])
    |> reduce(
        identity: {{low: 0.0, high: 0.0, isSet: 0, location: ""}},
        fn: (r, accumulator) => ({{
            low: accumulator.low + r.low,
            high: accumulator.high + r.high,
            isSet: accumulator.isSet + r.isSet,
            location: accumulator.location + r.location,
        }}),
    )
    |> filter(fn: (r) => r.isSet == 1)
    |> map(fn: (r) => ({{subject: r.location, low: r.low, high: r.high, off: false, turn: 1}}))
limits = union(tables: [
    own |> map(fn: (r) => ({{subject: r.subject, low: r.low, high: r.high, off: r.off, turn: 0}})),
    chosen(kind: "camera")
        |> effective(usual: none)
        |> filter(fn: (r) => not r.off)
        |> map(fn: (r) => ({{
            subject: place(camera: r.subject), low: r.low, high: r.high, off: false, turn: 1,
        }})),
    guests,
])
    |> group(columns: ["subject"])
    |> sort(columns: ["turn", "low", "high"])
    |> reduce(
        identity: {{low: {literal(-NONE)}, high: {literal(NONE)}, off: false}},
        fn: (r, accumulator) => {{
            low = if r.low > accumulator.low then r.low else accumulator.low
            high = if r.high < accumulator.high then r.high else accumulator.high

            // Where nothing is safe by both it stays as it was: as the location itself has it at least.
            isTaken = r.turn == 0 or low < high

            return {{
                low: if isTaken then low else accumulator.low,
                high: if isTaken then high else accumulator.high,
                off: accumulator.off or r.off,
            }}
        }},
    )
    |> map(fn: (r) => ({{subject: r.subject, low: r.low, high: r.high, off: r.off, _time: time(v: 0)}}))"""
